import type { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import { showSent } from '../store/answering.ts'
import type { Db } from '../store/db.ts'
import { together } from '../store/together.ts'

const BATCH = 200

/**
 * Scheduled messages whose time has come go into the queue, behind all that is in it: `seq` is the order within a chat. Their conversations are
 * locked first, as everywhere; what somebody cancels at this moment is skipped.
 */
export function queueScheduled({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'again' | 'done'> {
  return db.transaction().execute(async (trx) => {
    const { rows: chats } = await sql<{ id: string }>`
      select id from conversations where id in (
        select conversation_id from messages where status = 'scheduled' and due_at <= now() order by due_at limit ${BATCH})
      order by id for update skip locked`.execute(trx)
    if (chats.length === 0) return 'done'
    const { rows: due } = await sql<{ id: string; conversation_id: string; tenant_id: string; body: string; type: string }>`
      select id, conversation_id, tenant_id, body, type from messages
      where conversation_id = any(${chats.map((chat) => chat.id)}::uuid[]) and status = 'scheduled' and due_at <= now()
      order by due_at, seq limit ${BATCH} for update skip locked`.execute(trx)
    const queued = due.map(({ id }) =>
      sql`update messages set status = 'queued', due_at = null, seq = default, wa_at = now(), updated_at = now() where id = ${id}`.execute(
        trx,
      ),
    )
    const last = new Map(due.map((row) => [row.conversation_id, row]))
    const shown = await together(...queued).then(() => together(...[...last].map(([id, row]) => showSent(trx, id, row))))
    await hints.changed(
      trx,
      shown.flatMap(({ id, tenant_id, version }): Hint[] => [
        { noun: 'conversation', id, tenant_id, version },
        { noun: 'message', id, tenant_id, version },
      ]),
    )
    return due.length === BATCH ? 'again' : 'done'
  })
}
