import { Link } from '@tanstack/react-router'
import { OVERVIEW_CONVERSATIONS, type OverviewTenant } from '@zaptria/contract'
import { MessageCircle, MessageCircleQuestion } from 'lucide-react'
import { memo } from 'react'
import { formatPhone } from '../../format/phone.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { statusLook } from '../../ui/status.tsx'
import { summarize, type BotTone } from '../bot/summary.ts'
import { SubscriptionBadge } from '../tenants/subscription.tsx'
import { sinceOf } from './standing.ts'

export type View = 'tiles' | 'rows'

/** What asks for somebody stands out of the calm ones by its frame too. */
const FRAMES: Partial<Record<BotTone, string>> = { bad: 'border-bad/60', warn: 'border-warn/60' }

type TileProps = { tenant: OverviewTenant; view: View }

/** One bot: how it stands (icon, colour and words, to be read across a room), whose it is, since when. Drawn again only when its tenant changes. */
export const Tile = memo(function Tile({ tenant, view }: TileProps) {
  const t = useT()
  const { bot, name } = tenant
  const { tone, title, advice } = summarize(bot)
  const { icon: Icon, soft, ink, spin } = statusLook(tone)
  const rows = view === 'rows'
  const number = bot?.number ?? null
  const paid = tenant.subscription === 'paid'
  return (
    <Link
      to="/tenants/$tenantId"
      params={{ tenantId: tenant.id }}
      data-testid="tenant-open"
      data-tone={tone}
      className={cn(
        'grid h-full gap-x-3 -outline-offset-2 hover:bg-sunken in-data-stale:grayscale',
        rows
          ? 'grid-cols-[auto_minmax(0,1fr)_auto] content-center items-center border-b px-3 sm:grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)_minmax(0,15rem)]'
          : 'grid-cols-[auto_minmax(0,1fr)] grid-rows-[1fr_auto] gap-y-1 rounded-card border bg-surface p-3.5 shadow-xs',
        !rows && FRAMES[tone],
      )}
    >
      <span className={cn('grid place-items-center rounded-control', soft, ink, rows ? 'size-9 max-sm:row-span-2' : 'size-12')}>
        <Icon className={cn(rows ? 'size-5' : 'size-7', spin)} aria-hidden />
      </span>
      <span className={cn('min-w-0', rows && 'contents')}>
        <span className="flex items-center gap-2">
          <span className="min-w-0 flex-1 truncate font-medium" title={name}>
            {name}
          </span>
          {!rows && <Unread tenant={tenant} />}
        </span>
        <span
          className={cn(
            ink,
            'font-semibold',
            rows ? 'truncate text-sm leading-tight max-sm:col-span-2 max-sm:col-start-2' : 'line-clamp-2 leading-snug',
          )}
          title={t(advice)}
          data-testid="tenant-state"
          data-state={bot?.state.state ?? 'none'}
          data-reason={bot?.state.reason ?? 'none'}
          data-alive={bot?.alive ?? false}
        >
          {t(title)}
        </span>
      </span>
      <span
        className={cn(
          'flex min-w-0 items-center gap-x-2 text-sm text-ink-soft',
          rows ? 'justify-end max-sm:col-start-3 max-sm:row-start-1' : 'col-span-2',
        )}
      >
        {/* A tile has room for a number or for a subscription in words. */}
        {(rows || paid || number !== null) && (
          <span className={cn('truncate', rows && 'max-sm:hidden')}>{number === null ? t('tenants.no-number') : formatPhone(number)}</span>
        )}
        {paid ? (
          <Since tenant={tenant} rows={rows} />
        ) : (
          <SubscriptionBadge subscription={tenant.subscription} small={!rows && number !== null} />
        )}
        {rows && <Unread tenant={tenant} />}
      </span>
    </Link>
  )
})

function Since({ tenant, rows }: { tenant: OverviewTenant; rows: boolean }) {
  const at = sinceOf(tenant)
  if (at === null) return null
  return (
    <span className={cn('shrink-0', rows && 'max-sm:hidden')}>
      <span aria-hidden>· </span>
      <TimeAgo at={at} short />
    </span>
  )
}

/** Conversations with something unread; in the accent's colour when a person is waited for. */
function Unread({ tenant: { unread, waiting } }: { tenant: OverviewTenant }) {
  const t = useT()
  if (unread === 0) return null
  const Icon = waiting > 0 ? MessageCircleQuestion : MessageCircle
  const count = waiting > 0 ? waiting : unread
  const said = waiting > 0 ? t('overview.waiting', { count: waiting }) : t('overview.unread', { count: unread })
  return (
    <span
      className={cn(
        'inline-flex shrink-0 items-center gap-1 rounded-full px-2 py-0.5 text-xs font-semibold tabular-nums',
        waiting > 0 ? 'bg-accent text-on-accent' : 'bg-sunken text-ink-soft',
      )}
      title={said}
      data-testid="tenant-unread"
    >
      <Icon className="size-3.5" aria-hidden />
      <span aria-hidden>{count >= OVERVIEW_CONVERSATIONS ? `${count}+` : count}</span>
      <span className="sr-only">{said}</span>
    </span>
  )
}
