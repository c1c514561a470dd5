import type { BotState, StateReason } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Row, Trx } from './tables.ts'

/** So many changes of state at most: what is older than the oldest of them is not known. */
const STATES = 2_000

export type MessageNumbers = {
  received: number
  sent: number
  failed: number
  waiting: number
  p50: number | null
  p95: number | null
  parts: { part: number; received: number; sent: number }[]
}
export type StateAt = { state: BotState; reason: StateReason; at: Date }
/** When the bot was silent, by the alert that says so; `to` null: it still is. */
export type Silence = { from: Date; to: Date | null }

/** The smallest id of a message that was stored at that time or later: ids are UUIDs of version 7, so that the index by tenant and id is one by time. */
function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

/** What was stored since `from`, in all and by parts of that time, each `partMs` long; parts in which nothing was stored are left out. */
export async function messageNumbers(trx: Trx, tenantId: string, from: Date, partMs: number): Promise<MessageNumbers> {
  const { rows } = await sql<MessageNumbers>`
    with recent as materialized (
      select not from_me as received, from_me and author <> 'owner' and status in ('accepted', 'delivered', 'read') as sent,
        status in ('failed', 'expired') as failed, status in ('queued', 'handed', 'unknown') as waiting,
        case when from_me and author = 'flow' and not lag(from_me) over chat and page_at >= lag(created_at) over chat
          then extract(epoch from page_at - lag(created_at) over chat)::float8 * 1000 end as answer_ms,
        floor(extract(epoch from created_at - ${from}::timestamptz) * 1000 / ${partMs}::float8)::int as part
      from messages where tenant_id = ${tenantId}::uuid and id >= ${firstIdAt(from)}::uuid and created_at >= ${from}
      window chat as (partition by conversation_id order by seq)
    )
    select count(*) filter (where received)::int as received, count(*) filter (where sent)::int as sent,
      count(*) filter (where failed)::int as failed, count(*) filter (where waiting)::int as waiting,
      percentile_cont(0.5) within group (order by answer_ms) as p50, percentile_cont(0.95) within group (order by answer_ms) as p95,
      (select coalesce(jsonb_agg(p), '[]') from (
        select part, count(*) filter (where received)::int as received, count(*) filter (where sent)::int as sent from recent group by part
      ) p) as parts
    from recent`.execute(trx)
  return rows[0]!
}

/** What the bot said of itself since `from`, and what it had said last before; oldest first. */
export async function statesSince(trx: Trx, botId: string, from: Date): Promise<StateAt[]> {
  const recent: Pick<Row<'bot_states'>, 'state' | 'reason' | 'at'>[] = await trx
    .selectFrom('bot_states')
    .select(['state', 'reason', 'at'])
    .where('bot_id', '=', botId)
    .orderBy('id', 'desc')
    .limit(STATES)
    .execute()
  const before = recent.findIndex(({ at }) => at <= from)
  return recent.slice(0, before === -1 ? recent.length : before + 1).toReversed()
}

/** Times since `from` in which the bot did not beat. */
export async function silencesSince(trx: Trx, tenantId: string, from: Date): Promise<Silence[]> {
  const rows = await trx
    .selectFrom('alerts')
    .select(['raised_at', 'resolved_at'])
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', 'bot_not_beating')
    .where((where) => where.or([where('resolved_at', 'is', null), where('resolved_at', '>', from)]))
    .orderBy('id')
    .execute()
  return rows.map(({ raised_at, resolved_at }) => ({ from: raised_at, to: resolved_at }))
}
