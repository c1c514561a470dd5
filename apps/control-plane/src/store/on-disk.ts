import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'

/**
 * This transaction's "commit" does not wait for the disk: everybody sees it at once, and a crash of the database in the next moment takes it back,
 * with all that was committed later. Whoever tells the world of it waits for `onDisk` first; a later transaction that does wait covers it as well.
 */
export async function commitAhead(trx: Trx): Promise<void> {
  await sql`set local synchronous_commit = off`.execute(trx)
}

/** Resolves when everything that was committed before it was called survives a crash. */
export async function onDisk(db: Db): Promise<void> {
  // The least that a transaction can write: its "commit" waits for the log up to there.
  await sql`select pg_logical_emit_message(true, 'zaptria', '')`.execute(db)
}
