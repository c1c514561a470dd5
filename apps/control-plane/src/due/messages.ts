import type { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'
import { takeDue } from './take.ts'

/** Small: what waits for these rows or for the disk waits no longer. */
const BATCH = 100
const NO_WORD = 'the bot has not said what became of it'

/**
 * Messages whose time is up. A queued one expires: nobody has it. One that was handed over and of which nothing was heard is handed once more,
 * to be settled by key; when that brings no word either, it is `unknown`, until somebody knows.
 */
export function expireMessages({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'again' | 'done'> {
  return db.transaction().execute(async (trx) => {
    const due = await takeDue(trx, {
      table: 'messages',
      due: 'expires_at',
      where: sql`status = 'queued'
        or status = 'handed' and due_at is null and page_at is null and (handed_at < expires_at or expires_at < now() - interval '10 minutes')
        or status = 'handed' and page_at < now() - interval '24 hours' and expires_at < now() - interval '24 hours'`,
      limit: BATCH,
    })
    if (due.length === 0) return 'done'
    const { rows } = await sql<{ conversation_id: string; tenant_id: string }>`
      update messages set updated_at = now(),
        failure_detail = case when status = 'queued' or handed_at < expires_at and page_at is null then failure_detail else ${NO_WORD} end,
        status = case when status = 'queued' then 'expired' when handed_at < expires_at and page_at is null then status else 'unknown' end,
        due_at = case when status = 'handed' and handed_at < expires_at and page_at is null then now() end
      where id = any(${due}::uuid[])
      returning conversation_id, tenant_id`.execute(trx)
    const tenants = new Map(rows.map((row) => [row.conversation_id, row.tenant_id]))
    await hints.changed(
      trx,
      [...tenants].map(([id, tenant_id]): Hint => ({ noun: 'message', id, tenant_id, version: String(Date.now()) })),
    )
    return due.length === BATCH ? 'again' : 'done'
  })
}
