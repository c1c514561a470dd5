import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Tables, Trx } from '../store/tables.ts'

export type Queue = {
  table: keyof Tables
  /** The row's name; `id` but for the few tables that have another. */
  id?: string
  /** The column that says when it is due, on the database's clock. */
  due: string
  /** What besides makes it due. */
  where?: RawBuilder<unknown>
  limit: number
}

/**
 * Rule 8's one helper: takes rows that are due, longest overdue first, locked until the transaction ends. What another replica has taken is
 * skipped, not waited for. Whoever takes them must change what made them due in the same transaction.
 */
export async function takeDue(trx: Trx, { table, id = 'id', due, where = sql`true`, limit }: Queue): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select ${sql.ref(id)}::text as id from ${sql.table(table)}
    where ${sql.ref(due)} <= now() and (${where})
    order by ${sql.ref(due)} limit ${limit} for update skip locked`.execute(trx)
  return rows.map((row) => row.id)
}
