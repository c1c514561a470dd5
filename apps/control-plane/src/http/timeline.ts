import { BotNumbers, NumbersQuery, PageQuery, TimelineEntry, ZaptriaError, page } from '@zaptria/contract'
import { uptime } from '@zaptria/core'
import { z } from 'zod'
import { botOf } from '../store/bots-read.ts'
import type { BotRow } from '../store/bots-read.ts'
import type { Db } from '../store/db.ts'
import { messageNumbers, silencesSince, statesSince } from '../store/numbers.ts'
import type { StateAt } from '../store/numbers.ts'
import { findTenant } from '../store/tenants-read.ts'
import { readTimeline } from '../store/timeline.ts'
import type { Shown, TimelineRows } from '../store/timeline.ts'
import { withTenant } from '../store/with-tenant.ts'
import type { App } from './app.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { TenantParams } from './tenants.ts'

/** Bars in the picture of a day, or of a week. */
const PARTS = 24
/** Nothing of this source was shown yet. */
const NONE = ''

/** What happened to a bot, and how it did. */
export function timelineRoutes(app: App, { db }: { db: Db }): void {
  const tags = ['bot']
  const params = TenantParams

  const botOr404 = async (tenantId: string): Promise<BotRow> => {
    const tenant = await findTenant(db, tenantId)
    if (tenant === undefined) throw new ZaptriaError('tenant_not_found')
    const bot = await botOf(db, tenantId)
    if (bot === undefined) throw new ZaptriaError('bot_not_found')
    return bot
  }

  app.get(
    '/tenants/:tenant/timeline',
    {
      schema: {
        tags,
        summary: 'What happened to the bot, newest first',
        description: 'What it said of itself, what people asked for and who, and what was wrong with it.',
        params,
        querystring: PageQuery,
        response: { 200: page(TimelineEntry) },
      },
    },
    async ({ params: { tenant }, query: { cursor, limit } }) => {
      if ((await findTenant(db, tenant)) === undefined) throw new ZaptriaError('tenant_not_found')
      const number = z.string().regex(/^\d{0,18}$/)
      const [state, asked, alert] = decodeCursor(cursor, [number, number, z.union([z.literal(NONE), z.uuid()])]) ?? [NONE, NONE, NONE]
      const shown: Shown = { state: state || undefined, asked: asked || undefined, alert: alert || undefined }
      const all = entriesOf(await readTimeline(db, tenant, { shown, limit: limit + 1 }))
      const items = all.slice(0, limit)
      const last = (kind: TimelineEntry['kind'], before: string): string => items.findLast((item) => item.kind === kind)?.id ?? before
      const next = all.length > limit ? encodeCursor([last('state', state), last('asked', asked), last('alert', alert)]) : null
      return { items, next }
    },
  )

  app.get(
    '/tenants/:tenant/numbers',
    {
      schema: {
        tags,
        summary: 'How the bot did: uptime, messages, time to answer',
        params,
        querystring: NumbersQuery,
        response: { 200: BotNumbers },
      },
    },
    async ({ params: { tenant }, query: { hours } }): Promise<BotNumbers> => {
      const bot = await botOr404(tenant)
      const to = new Date()
      const from = new Date(to.getTime() - hours * 3_600_000)
      const partMs = (hours * 3_600_000) / PARTS
      const { messages, states, silences } = await withTenant(db, tenant, async (trx) => ({
        messages: await messageNumbers(trx, tenant, from, partMs),
        states: withEnd(await statesSince(trx, bot.id, from), bot),
        silences: await silencesSince(trx, tenant, from),
      }))
      const { p50, p95, parts, ...counts } = messages
      const share = uptime({
        states: states.map(({ state, at }) => ({ state, atMs: at.getTime() })),
        silences: silences.map((silence) => ({ fromMs: silence.from.getTime(), toMs: silence.to?.getTime() ?? null })),
        fromMs: from.getTime(),
        toMs: to.getTime(),
      })
      const byPart = new Map(parts.map(({ part, received, sent }) => [Math.min(part, PARTS - 1), { received, sent }]))
      return {
        from: from.toISOString(),
        to: to.toISOString(),
        uptime: share,
        connected_since: bot.state === 'connected' && states.at(-1)?.reason !== 'stopped' ? bot.state_at.toISOString() : null,
        ...counts,
        answer_ms: p50 === null || p95 === null ? null : { p50, p95 },
        parts: Array.from({ length: PARTS }, (_, part) => ({
          at: new Date(from.getTime() + part * partMs).toISOString(),
          ...(byPart.get(part) ?? { received: 0, sent: 0 }),
        })),
        states: states.map(({ state, reason, at }) => ({ state, reason, at: at.toISOString() })),
      }
    },
  )
}

/** One that is gone as it was wished may not have said so: what it said last ends when it was gone. */
function withEnd(states: StateAt[], { desired, instance_state, instance_at }: BotRow): StateAt[] {
  const last = states.at(-1)
  const gone = desired !== 'running' && (instance_state === 'absent' || instance_state === 'exited')
  if (!gone || instance_at === null || last === undefined || last.reason === 'stopped' || instance_at < last.at) return states
  return [...states, { state: 'starting', reason: 'stopped', at: instance_at }]
}

/** All of them, newest first; each source in its own order, so that the ids of the last ones shown say where to go on. */
function entriesOf({ states, asked, alerts }: TimelineRows): TimelineEntry[] {
  const sources: TimelineEntry[][] = [
    states.map(({ id, at, state, reason, detail }) => ({ kind: 'state', id, at: at.toISOString(), state, reason, detail })),
    asked.map(({ id, at, action, actor, actor_name }) => ({ kind: 'asked', id, at: at.toISOString(), action, actor, actor_name })),
    alerts.map(({ id, raised_at, kind, severity, detail, count, resolved_at }) => ({
      kind: 'alert',
      id,
      at: raised_at.toISOString(),
      alert: kind,
      severity,
      detail,
      count,
      resolved_at: resolved_at?.toISOString() ?? null,
    })),
  ]
  const merged: TimelineEntry[] = []
  for (;;) {
    const newest = sources.reduce((best, source) => ((source[0]?.at ?? '') > (best[0]?.at ?? '') ? source : best))
    const entry = newest.shift()
    if (entry === undefined) return merged
    merged.push(entry)
  }
}
