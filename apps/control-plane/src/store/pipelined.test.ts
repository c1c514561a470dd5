import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from './db.ts'
import { createDatabase } from './db.ts'
import { pipelined } from './pipelined.ts'
import type { Trx } from './tables.ts'
import { together } from './together.ts'

let database: TestDatabase
let store: Database
beforeAll(async () => {
  database = await createTestDatabase()
  store = createDatabase(database.url, { max: 1 })
  await sql`create table kept (n int)`.execute(store.db)
})
afterAll(async () => {
  await store.close()
  await database[Symbol.asyncDispose]()
})

const keep = (trx: Trx, n: number): Promise<unknown> => sql`insert into kept values (${n})`.execute(trx)
const kept = async (): Promise<number[]> =>
  (await sql<{ n: number }>`select n from kept order by n`.execute(store.db)).rows.map((row) => row.n)

describe('a pipelined transaction', () => {
  it('is one transaction, though no statement waits for another', async () => {
    const transactions = await pipelined(store.db, (trx) =>
      together(
        ...[1, 2, 3].map((n) =>
          sql<{ id: string }>`insert into kept values (${n}) returning pg_current_xact_id()::text as id`.execute(trx),
        ),
      ),
    )
    expect(new Set(transactions.map(({ rows }) => rows[0]!.id)).size).toBe(1)
    expect(await kept()).toEqual([1, 2, 3])
  })

  it('keeps nothing when one statement fails, whichever it is', async () => {
    const failing = pipelined(store.db, (trx) => together(keep(trx, 4), sql`select 1 / 0`.execute(trx), keep(trx, 5)))
    await expect(failing).rejects.toThrow('division by zero')
    const late = pipelined(store.db, async (trx) => {
      await keep(trx, 6)
      throw new Error('no reason of the database')
    })
    await expect(late).rejects.toThrow('no reason of the database')
    expect(await kept()).toEqual([1, 2, 3])
  })

  it('tells of the first failure, also of what nobody waited for before the end', async () => {
    const tooLate = pipelined(store.db, async (trx, last) => last(sql`select 1 / 0`.execute(trx)))
    await expect(tooLate).rejects.toThrow('division by zero')
    // The second fails for the first alone.
    const both = pipelined(store.db, async (trx, last) => {
      last(sql`select 1 / 0`.execute(trx))
      await keep(trx, 8)
    })
    await expect(both).rejects.toThrow('division by zero')
    const before = pipelined(store.db, async (trx, last) => {
      const failing = sql`select 1 / 0`.execute(trx)
      last(keep(trx, 8))
      await failing
    })
    await expect(before).rejects.toThrow('division by zero')
    await pipelined(store.db, async (trx, last) => last(keep(trx, 9)))
    expect(await kept()).toEqual([1, 2, 3, 9])
  })

  it('takes nothing when it is over: the connection is another’s by then', async () => {
    let leaked: Trx | undefined
    await pipelined(store.db, async (trx) => {
      leaked = trx
    })
    await expect(keep(leaked!, 7)).rejects.toThrow('This transaction is over.')
  })
})
