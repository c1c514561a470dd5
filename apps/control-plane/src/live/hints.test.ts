import type { Hint } from '@zaptria/contract'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'

let database: TestDatabase
let f: Fixture
const hint = (id: string): Hint => ({ noun: 'bot', id, tenant_id: null, version: '1' })

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  await f.hints.start()
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

describe('hints', () => {
  it('are heard when the transaction commits, equal ones once, and never when it rolls back', async () => {
    const heard: string[] = []
    const unsubscribe = f.hints.subscribe(({ id }) => heard.push(id))
    await f.db.transaction().execute((trx) => f.hints.changed(trx, [hint('a'), hint('a'), hint('b')]))
    await f.db
      .transaction()
      .execute(async (trx) => {
        await f.hints.changed(trx, hint('rolled back'))
        throw new Error('no')
      })
      .catch(() => {})
    await f.db.transaction().execute((trx) => f.hints.changed(trx, hint('last')))
    await waitFor(() => heard.includes('last'), { what: 'the last hint' })
    expect(heard).toEqual(['a', 'b', 'last'])
    unsubscribe()
  })

  it('are listened to again after the connection broke, and say that some may be missing', async () => {
    let missed = 0
    const heard: string[] = []
    const unsubscribe = f.hints.subscribe(
      ({ id }) => heard.push(id),
      () => (missed += 1),
    )
    await f.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'zaptria hints' and datname = current_database()",
    )
    await waitFor(() => missed === 1, { what: 'the new connection' })
    await f.db.transaction().execute((trx) => f.hints.changed(trx, hint('after')))
    await waitFor(() => heard.includes('after'), { what: 'a hint over the new connection' })
    unsubscribe()
  })
})
