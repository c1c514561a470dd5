import type { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'

const BATCH = 200

/**
 * Changes that will not be done any more: their time is up before the bot had them, or nothing was heard of them for long after; or the message
 * that they are about has not been sent.
 */
export function endChanges({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'again' | 'done'> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ conversation_id: string; tenant_id: string }>`
      with over as (
        select c.id, m.status in ('failed', 'expired', 'cancelled') as unsent
        from message_changes c join messages m on m.id = c.message_id
        where c.status = 'queued' and (c.expires_at <= now() or m.status in ('failed', 'expired', 'cancelled'))
          or c.status = 'handed' and c.expires_at <= now() - interval '10 minutes'
        order by c.expires_at limit ${BATCH} for update of c skip locked
      )
      update message_changes c set updated_at = now(), status = case when o.unsent then 'failed' else 'expired' end,
        failure_reason = case when o.unsent then 'message_not_sent' else 'expired' end
      from over o where c.id = o.id
      returning c.conversation_id, c.tenant_id`.execute(trx)
    const tenants = new Map(rows.map((row) => [row.conversation_id, row.tenant_id]))
    await hints.changed(
      trx,
      [...tenants].map(([id, tenant_id]): Hint => ({ noun: 'message', id, tenant_id, version: String(Date.now()) })),
    )
    return rows.length === BATCH ? 'again' : 'done'
  })
}
