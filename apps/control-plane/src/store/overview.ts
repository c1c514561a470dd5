import { OVERVIEW_CONVERSATIONS, type AnsweredBy, type UnderWay } from '@zaptria/contract'
import { sql } from 'kysely'
import { ALIVE, UNDER_WAY } from './bots-read.ts'
import type { Db } from './db.ts'
import type { Row } from './tables.ts'

type BotPart = Pick<
  Row<'bots'>,
  | 'desired'
  | 'state'
  | 'reason'
  | 'detail'
  | 'state_at'
  | 'last_beat_at'
  | 'instance_state'
  | 'instance_detail'
  | 'instance_at'
  | 'number'
  | 'wa_name'
  | 'transport'
>

export type OverviewRow = Pick<Row<'tenants'>, 'id' | 'name' | 'external_id' | 'subscription'> & {
  answered_by: AnsweredBy
  unread: number
  waiting: number
} & (({ bot_id: string; alive: boolean; under_way: UnderWay | null } & BotPart) | { bot_id: null })

export type OverviewList = { tenants: readonly string[] | undefined; before: string | undefined; limit: number }

/**
 * Every tenant with what a tile shows of it, newest first; one statement. What is unread is counted in the conversations last spoken in: to count in all
 * of them would take an index on `unread`, and with it each message that comes in would write to every index of its conversation.
 */
export async function listOverview(db: Db, { tenants, before, limit }: OverviewList): Promise<OverviewRow[]> {
  const { rows } = await sql<OverviewRow>`
    select tenants.id, tenants.name, tenants.external_id, tenants.subscription,
      bots.id as bot_id, bots.desired, bots.state, bots.reason, bots.detail, bots.state_at, bots.last_beat_at,
      bots.instance_state, bots.instance_detail, bots.instance_at, bots.number, bots.wa_name, bots.transport, ${ALIVE} as alive, ${UNDER_WAY} as under_way,
      case
        when exists (select from flow_versions where flow_versions.tenant_id = tenants.id and active) then 'flow'
        when bots.transport <> 'link' then 'program'
        when exists (
          select from webhook_endpoints w
          where w.tenant_id = tenants.id and w.enabled and (w.events is null or 'message.received' = any(w.events))
        ) then 'program'
        else 'people'
      end as answered_by,
      recent.unread, recent.waiting
    from tenants
    left join bots on bots.tenant_id = tenants.id
    cross join lateral (
      select count(*) filter (where c.unread > 0)::int as unread,
        count(*) filter (where c.unread > 0 and c.answering = 'person')::int as waiting
      from (
        select unread, answering from conversations
        where conversations.tenant_id = tenants.id
        order by conversations.listed_at desc
        limit ${OVERVIEW_CONVERSATIONS}
      ) c
    ) recent
    where tenants.removed_at is null
      ${tenants === undefined ? sql`` : sql`and tenants.id = any(${tenants}::uuid[])`}
      ${before === undefined ? sql`` : sql`and tenants.id < ${before}::uuid`}
    order by tenants.id desc
    limit ${limit}`.execute(db)
  return rows
}
