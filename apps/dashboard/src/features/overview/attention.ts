import type { Alert, OverviewTenant } from '@zaptria/contract'
import type { MessageId } from '../../i18n/messages.ts'
import { alertPlace } from '../alerts/alerts.ts'
import type { BotDeed } from '../bot/bot.ts'
import { summarize, type BotTone } from '../bot/summary.ts'
import { wayOut } from '../bot/way-out.tsx'
import { sinceOf } from './standing.ts'

/** The one thing to do next: a deed that helps by itself, or the page where the cure is. */
export type NextStep =
  | { kind: 'deed'; deed: BotDeed; label: MessageId }
  | { kind: 'open'; place: 'connect' | 'conversations' | 'details' | 'flow' | 'alerts'; label: MessageId }

/** Somebody has to look at this: whom it is about, what it is, what to do. */
export type Attention = {
  key: string
  tone: 'bad' | 'warn' | 'info'
  tenantId: string | null
  name: string | null
  what: MessageId
  /** How many, where `what` counts. */
  count: number
  advice: MessageId
  /** What the alert adds. */
  detail: (Pick<Alert, 'kind'> & { text: string }) | null
  since: string | null
  step: NextStep
  /** A person may say that it is meant so, and is not told again. */
  meant: boolean
}

/** A bot that reconnects does so by itself; after so long it is worth a look. */
const LIMPS_AFTER_MS = 5 * 60_000
const OPEN = {
  connect: 'overview.open.connect',
  conversations: 'overview.open.conversations',
  details: 'overview.open.details',
  flow: 'overview.open.flow',
  alerts: 'overview.open.alerts',
} as const satisfies Record<string, MessageId>

type Ranked = Attention & { rank: number }

/**
 * Everything that waits for a person, the gravest first and of equals the newest; of each tenant the gravest alone. `byHand`: tenants whom people
 * answer on purpose.
 */
export function attentionOf(
  tenants: readonly OverviewTenant[],
  alerts: readonly Alert[],
  now: number,
  byHand: ReadonlySet<string> = new Set(),
): Attention[] {
  const byId = new Map(tenants.map((tenant) => [tenant.id as string, tenant]))
  const found = [
    ...alerts.filter(({ severity }) => severity !== 'info').map((alert) => ofAlert(alert, byId.get(alert.tenant_id ?? ''))),
    ...tenants.flatMap((tenant) => [...ofState(tenant, now), ...ofWaiting(tenant), ...ofSilence(tenant, byHand)]),
  ].toSorted((a, b) => a.rank - b.rank || (b.since ?? '').localeCompare(a.since ?? ''))
  const seen = new Set<string>()
  return found.filter(({ tenantId }) => {
    if (tenantId === null) return true
    if (seen.has(tenantId)) return false
    seen.add(tenantId)
    return true
  })
}

function ofAlert(alert: Alert, tenant: OverviewTenant | undefined): Ranked {
  const critical = alert.severity === 'critical'
  const place = alert.tenant_id === null ? 'alerts' : alertPlace(alert.kind)
  return {
    key: alert.id,
    // Before what the state says: an alert knows since when, and why.
    rank: critical ? 0 : 2,
    tone: critical ? 'bad' : 'warn',
    tenantId: alert.tenant_id,
    name: alert.tenant_name,
    what: `alert.${alert.kind}`,
    count: alert.count,
    advice: `alert.${alert.kind}.do`,
    detail: alert.detail === null ? null : { kind: alert.kind, text: alert.detail },
    since: alert.raised_at,
    step: (place === 'connect' ? deedOf(tenant) : null) ?? { kind: 'open', place, label: OPEN[place] },
    meant: false,
  }
}

const RANKS: Partial<Record<BotTone, { rank: number; tone: Attention['tone'] }>> = {
  bad: { rank: 1, tone: 'bad' },
  warn: { rank: 3, tone: 'warn' },
  wait: { rank: 4, tone: 'info' },
}

function ofState(tenant: OverviewTenant, now: number): Ranked[] {
  const { tone, title, advice } = summarize(tenant.bot)
  const found = RANKS[tone]
  const since = sinceOf(tenant)
  if (found === undefined || since === null) return []
  const comesBack = tone === 'warn' && tenant.bot?.state.state !== 'conflict'
  if (comesBack && now - Date.parse(since) < LIMPS_AFTER_MS) return []
  const label = tenant.bot?.state.state === 'qr_ready' ? 'overview.open.qr' : OPEN.connect
  return [
    {
      ...ofTenant(tenant, 'state'),
      ...found,
      what: title,
      count: 1,
      advice,
      detail: null,
      since,
      step: deedOf(tenant) ?? { kind: 'open', place: 'connect', label },
      meant: false,
    },
  ]
}

function ofWaiting(tenant: OverviewTenant): Ranked[] {
  if (tenant.waiting === 0) return []
  const step: NextStep = { kind: 'open', place: 'conversations', label: OPEN.conversations }
  const what = { what: 'overview.waiting', count: tenant.waiting, advice: 'overview.waiting.do' } as const
  return [{ ...ofTenant(tenant, 'waiting'), ...what, rank: 5, tone: 'info', detail: null, since: null, step, meant: false }]
}

/** It is connected, and nothing answers by itself: true of each one that was just linked, and the wish of whoever answers by hand. */
function ofSilence(tenant: OverviewTenant, byHand: ReadonlySet<string>): Ranked[] {
  if (tenant.answered_by !== 'people' || summarize(tenant.bot).tone !== 'ok' || byHand.has(tenant.id)) return []
  const step: NextStep = { kind: 'open', place: 'flow', label: OPEN.flow }
  const what = { what: 'connected.nobody', count: 1, advice: 'connected.nobody.do' } as const
  return [{ ...ofTenant(tenant, 'flow'), ...what, rank: 6, tone: 'info', detail: null, since: null, step, meant: true }]
}

const ofTenant = ({ id, name }: OverviewTenant, what: string) => ({ key: `${id} ${what}`, tenantId: id, name })

function deedOf(tenant: OverviewTenant | undefined): NextStep | null {
  // One that was removed is off on purpose: starting it is no cure for what an alert says of it.
  const way = tenant === undefined || tenant.bot?.desired === 'removed' ? null : wayOut(tenant.bot)
  return way === null ? null : { kind: 'deed', ...way }
}
