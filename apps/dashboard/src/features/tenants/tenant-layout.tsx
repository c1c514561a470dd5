import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { ChevronLeft, Link2, MessagesSquare, SlidersHorizontal, Workflow } from 'lucide-react'
import type { ReactNode } from 'react'
import { problemText } from '../../api/problem.ts'
import { isTenantGone } from '../../api/query-client.ts'
import { formatPhone } from '../../format/phone.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { buttonClass } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Page, usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { BotStatus } from '../bot/bot-status.tsx'
import { botQuery } from '../bot/bot.ts'
import { summarize } from '../bot/summary.ts'
import { tenantQuery } from './tenants.ts'

const TAB =
  'flex min-h-10 items-center gap-2 border-b-2 border-transparent px-1 text-sm whitespace-nowrap text-ink-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:font-medium aria-[current=page]:text-ink max-sm:[&_svg]:hidden [&_svg]:size-4'

/** A tenant's header and the way between its pages. */
export function TenantLayout({ tenantId, children }: { tenantId: string; children: ReactNode }) {
  const t = useT()
  const tenant = useQuery(tenantQuery(tenantId))
  const params = { tenantId }
  // On a phone the chat needs the height, and brings its own way back.
  const inChat = useParams({ strict: false, select: (all) => all.conversationId !== undefined })
  if (tenant.error !== null && (tenant.data === undefined || isTenantGone(tenant.error))) {
    return <NotThere error={tenant.error} onRetry={() => void tenant.refetch()} />
  }
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className={cn('border-b bg-surface', inChat && 'max-md:hidden')}>
        <div className="mx-auto max-w-6xl px-4 pt-3 sm:px-6">
          <div className="flex items-start gap-2">
            <Link to="/" className="-ml-2 rounded-control p-1.5 text-ink-soft hover:bg-sunken" aria-label={t('tenant.back')}>
              <ChevronLeft className="size-5" aria-hidden />
            </Link>
            <div className="min-w-0 flex-1">
              <h1 tabIndex={-1} className="truncate text-lg font-semibold outline-none" data-testid="tenant-title">
                {tenant.data?.name ?? '…'}
              </h1>
              <BotLine tenantId={tenantId} />
            </div>
          </div>
          <nav aria-label={t('tenant.pages')} className="mt-1 -mb-px flex gap-4 overflow-x-auto sm:gap-5">
            <Link to="/tenants/$tenantId" params={params} activeOptions={{ exact: true }} className={TAB} data-testid="tab-connect">
              <Link2 aria-hidden />
              {t('tenant.connect')}
            </Link>
            <Link to="/tenants/$tenantId/conversations" params={params} className={TAB} data-testid="tab-conversations">
              <MessagesSquare aria-hidden />
              {t('tenant.conversations')}
            </Link>
            <Link to="/tenants/$tenantId/flow" params={params} className={TAB} data-testid="tab-flow">
              <Workflow aria-hidden />
              {t('tenant.flow')}
            </Link>
            <Link to="/tenants/$tenantId/details" params={params} className={TAB} data-testid="tab-details">
              <SlidersHorizontal aria-hidden />
              {t('tenant.details')}
            </Link>
          </nav>
        </div>
      </div>
      <div className="relative flex min-h-0 flex-1 flex-col overflow-y-auto" data-page-scroll>
        {children}
      </div>
    </div>
  )
}

function NotThere({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const t = useT()
  usePageTitle(problemText(error, t).title)
  return (
    <Page>
      <ProblemNotice error={error} onRetry={onRetry} />
      <Link to="/" className={buttonClass()}>
        {t('tenant.back')}
      </Link>
    </Page>
  )
}

function BotLine({ tenantId }: { tenantId: string }) {
  const t = useT()
  const { data: bot } = useQuery(botQuery(tenantId))
  if (bot === undefined) return <div className="h-7" />
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-ink-soft" data-testid="tenant-bot">
      <BotStatus bot={bot} />
      {bot !== null && (
        <>
          {bot.number !== null && <span data-testid="number">{formatPhone(bot.number)}</span>}
          <span className="max-sm:hidden">
            <TimeAgo at={bot.state.at} />
          </span>
          <span className="max-sm:hidden" data-testid="reason">
            {t(summarize(bot).advice)}
          </span>
        </>
      )}
    </div>
  )
}
