import { TimelineAction } from '@zaptria/contract'
import { sql } from 'kysely'
import type { AuditRow } from './audit.ts'
import type { Db } from './db.ts'
import type { Row } from './tables.ts'
import { withTenant } from './with-tenant.ts'

/** Of each source the oldest that was shown; undefined before the first page. */
export type Shown = { state: string | undefined; asked: string | undefined; alert: string | undefined }

export type TimelineRows = {
  states: Row<'bot_states'>[]
  asked: (Pick<AuditRow, 'id' | 'at' | 'actor' | 'actor_name'> & { action: TimelineAction })[]
  alerts: Row<'alerts'>[]
}

/** Each source's next ones, newest first, at most `limit` of each. */
export async function readTimeline(db: Db, tenantId: string, { shown, limit }: { shown: Shown; limit: number }): Promise<TimelineRows> {
  const { states, alerts } = await withTenant(db, tenantId, async (trx) => ({
    states: await trx
      .selectFrom('bot_states')
      .selectAll()
      .$if(shown.state !== undefined, (query) => query.where('id', '<', shown.state!))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute(),
    alerts: await trx
      .selectFrom('alerts')
      .selectAll()
      .where('tenant_id', '=', tenantId)
      .$if(shown.alert !== undefined, (query) => query.where('id', '<', shown.alert!))
      .orderBy('id', 'desc')
      .limit(limit)
      .execute(),
  }))
  // Not the tenant's to read.
  const { rows: asked } = await sql<TimelineRows['asked'][number]>`
    select a.id, a.at, a.actor, a.action, coalesce(p.email, k.name) as actor_name
    from audit a
    left join people p on a.actor = 'person:' || p.id
    left join api_keys k on a.actor = 'key:' || k.id
    where a.tenant_id = ${tenantId}::uuid and (${shown.asked ?? null}::bigint is null or a.id < ${shown.asked ?? null}::bigint)
      -- As the index says it, in these words.
      and a.action not like 'message.%' and a.action not like 'conversation.%' and a.action not like 'media.%'
      and a.action = any(${TimelineAction.options}::text[])
    order by a.id desc limit ${limit}`.execute(db)
  return { states, asked, alerts }
}
