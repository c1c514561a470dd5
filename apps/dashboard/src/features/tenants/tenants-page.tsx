import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ChevronRight, Plus, Search, Store } from 'lucide-react'
import { useDeferredValue, useState } from 'react'
import { formatPhone } from '../../format/phone.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Page, PageTitle, usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { BotStatus } from '../bot/bot-status.tsx'
import { SubscriptionBadge } from './subscription.tsx'
import { TenantCreateDialog } from './tenant-create-dialog.tsx'
import { tenantsQuery, type TenantWithBot } from './tenants.ts'

export function TenantsPage() {
  const t = useT()
  usePageTitle(t('tenants.title'))
  const [creating, setCreating] = useState(false)
  const [typed, setTyped] = useState('')
  const q = useDeferredValue(typed.trim())
  const tenants = useInfiniteQuery({ ...tenantsQuery(q), placeholderData: (previous) => previous })
  const items = tenants.data?.pages.flatMap((page) => page.items) ?? []
  const create = (
    <Button look="primary" onClick={() => setCreating(true)} data-testid="tenant-create">
      <Plus aria-hidden />
      {t('tenants.create')}
    </Button>
  )

  return (
    <Page>
      <PageTitle action={create}>{t('tenants.title')}</PageTitle>
      <div className="relative">
        <Search className="pointer-events-none absolute top-3 left-3 size-4 text-ink-soft" aria-hidden />
        <TextField
          label={t('tenants.search')}
          hideLabel
          type="search"
          placeholder={t('tenants.search')}
          className="pl-9"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          data-testid="tenant-search"
        />
      </div>
      <ProblemNotice error={tenants.error} onRetry={() => void tenants.refetch()} />
      {tenants.isPending && <Loading lines={5} />}
      {tenants.isSuccess && items.length === 0 && (
        <div className="rounded-card border bg-surface">
          {q === '' ? (
            <Empty icon={Store} title={t('tenants.empty')} action={create} testId="tenants-empty">
              {t('tenants.empty.next')}
            </Empty>
          ) : (
            <Empty icon={Search} title={t('tenants.not-found', { q })}>
              {t('tenants.not-found.next')}
            </Empty>
          )}
        </div>
      )}
      {items.length > 0 && (
        <ul className="divide-y overflow-hidden rounded-card border bg-surface shadow-xs" data-testid="tenants">
          {items.map((tenant) => (
            <TenantRow key={tenant.id} tenant={tenant} />
          ))}
        </ul>
      )}
      {tenants.hasNextPage && (
        <div className="flex justify-center">
          <Button busy={tenants.isFetchingNextPage} onClick={() => void tenants.fetchNextPage()}>
            {t('common.more')}
          </Button>
        </div>
      )}
      {creating && <TenantCreateDialog onClose={() => setCreating(false)} />}
    </Page>
  )
}

function TenantRow({ tenant }: { tenant: TenantWithBot }) {
  const t = useT()
  const { bot } = tenant
  return (
    <li data-testid="tenant" data-tenant={tenant.id}>
      <Link
        to="/tenants/$tenantId"
        params={{ tenantId: tenant.id }}
        data-testid="tenant-open"
        className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1.5 px-4 py-3.5 -outline-offset-2 hover:bg-sunken sm:grid-cols-[minmax(0,1fr)_minmax(0,18rem)_auto]"
      >
        <span className="col-start-1 row-start-1 min-w-0">
          <span className="block truncate font-medium">{tenant.name}</span>
          <span className="flex flex-wrap items-center gap-x-2 text-sm text-ink-soft">
            {bot?.number === null || bot === null ? t('tenants.no-number') : formatPhone(bot.number)}
            {tenant.subscription !== 'paid' && <SubscriptionBadge subscription={tenant.subscription} />}
          </span>
        </span>
        <span className="col-span-2 row-start-2 min-w-0 sm:col-span-1 sm:col-start-2 sm:row-start-1">
          <BotStatus bot={bot} testId="tenant-state" />
        </span>
        <ChevronRight className="col-start-2 row-start-1 size-5 text-ink-soft sm:col-start-3" aria-hidden />
      </Link>
    </li>
  )
}
