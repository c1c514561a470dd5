import type { Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'
import { takeDue } from './take.ts'

const BATCH = 500

/** Conversations in which the person has been silent for long enough: the bot answers again. */
export function resumeBots({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'again' | 'done'> {
  return db.transaction().execute(async (trx) => {
    const due = await takeDue(trx, { table: 'conversations', due: 'bot_resumes_at', limit: BATCH })
    if (due.length === 0) return 'done'
    const rows = await trx
      .updateTable('conversations')
      .set({
        answering: 'bot',
        answering_since: sql<Date>`case when answering = 'person' then now() else answering_since end`,
        bot_resumes_at: null,
        version: sql`version + 1`,
        updated_at: sql`now()`,
      })
      .where('id', 'in', due)
      .returning(['id', 'tenant_id', 'version'])
      .execute()
    await hints.changed(
      trx,
      rows.map(({ id, tenant_id, version }): Hint => ({ noun: 'conversation', id, tenant_id, version })),
    )
    return due.length === BATCH ? 'again' : 'done'
  })
}
