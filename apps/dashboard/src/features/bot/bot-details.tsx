import { useQuery } from '@tanstack/react-query'
import { useT } from '../../i18n/use-t.ts'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { QuickRepliesCard } from '../quick-replies/quick-replies-card.tsx'
import { SnapshotsCard } from '../snapshots/snapshots-card.tsx'
import { TenantForm } from '../tenants/tenant-form.tsx'
import { TenantRemove } from '../tenants/tenant-remove.tsx'
import { useTenantTitle } from '../tenants/use-tenant-title.ts'
import { WebhooksCard } from '../webhooks/webhooks-card.tsx'
import { botQuery } from './bot.ts'
import { BotDeeds } from './deeds.tsx'
import { BotFacts, BotUsage } from './facts.tsx'
import { BotLog } from './bot-log.tsx'
import { Timeline } from './timeline.tsx'
import { TokenCard } from './token-card.tsx'

/** Everything about a tenant and its bot that is not needed every day. */
export function BotDetails({ tenant }: { tenant: string }) {
  const t = useT()
  useTenantTitle(tenant, t('tenant.details'))
  const { data: bot, isPending, error, refetch } = useQuery(botQuery(tenant))
  return (
    <>
      <ProblemNotice error={error} onRetry={() => void refetch()} />
      {isPending && <Loading lines={6} />}
      {bot && <BotDeeds tenant={tenant} bot={bot} />}
      <TenantForm tenant={tenant} />
      {bot && (
        <>
          <div className="grid items-start gap-5 lg:grid-cols-2">
            <BotFacts bot={bot} />
            <BotUsage tenant={tenant} bot={bot} />
          </div>
          <Timeline tenant={tenant} bot={bot} />
          {bot.transport === 'link' && <SnapshotsCard tenant={tenant} />}
          <BotLog tenant={tenant} />
          <TokenCard tenant={tenant} />
        </>
      )}
      <QuickRepliesCard tenant={tenant} />
      <WebhooksCard tenant={tenant} />
      <TenantRemove tenant={tenant} />
    </>
  )
}
