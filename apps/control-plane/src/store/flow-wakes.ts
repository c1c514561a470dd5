import { phoneOfJid } from '@zaptria/core'
import { sql } from 'kysely'
import type { LockedConversation } from './conversations.ts'
import { withRuns } from './conversations.ts'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'

export type DueRun = { id: string; bot_id: string; tenant_id: string }

/** Conversations whose run is to go on, longest overdue first. Looked at only: whoever wakes one locks it, and looks again. */
export async function findDueRuns(db: Db, limit: number): Promise<DueRun[]> {
  const { rows } = await sql<DueRun>`
    select c.id, c.bot_id, c.tenant_id from flow_runs r join conversations c on c.id = r.conversation_id
    where r.due_at <= now() order by r.due_at limit ${limit}`.execute(db)
  return rows
}

export type WokenConversation = LockedConversation & { phone: string | null; push_name: string | null }

/**
 * Locks those of the conversations that are still due, in id order, as ingest does: a conversation first, then its run. What another replica or
 * a batch of messages holds is skipped: it is looked at again soon.
 */
export async function lockDue(trx: Trx, ids: readonly string[]): Promise<WokenConversation[]> {
  const locked = await trx.selectFrom('conversations').selectAll().where('id', 'in', ids).orderBy('id').forUpdate().skipLocked().execute()
  if (locked.length === 0) return []
  const { rows } = await sql<{ id: string; push_name: string | null; jid: string | null }>`
    select c.id, k.push_name, (select min(a.jid) from contact_aliases a where a.contact_id = k.id and a.jid like '%@c.us') as jid
    from flow_runs r join conversations c on c.id = r.conversation_id join contacts k on k.id = c.contact_id
    where r.conversation_id = any(${locked.map((row) => row.id)}::uuid[]) and r.due_at <= now()`.execute(trx)
  const due = new Map(rows.map((row) => [row.id, row]))
  const runs = await withRuns(
    trx,
    locked.filter((row) => due.has(row.id)),
  )
  return runs.map((row) => {
    const { push_name, jid } = due.get(row.id)!
    return { ...row, push_name, phone: jid === null ? null : phoneOfJid(jid) }
  })
}
