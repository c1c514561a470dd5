import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import type { Insertable } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTenant } from '../tenants/lifecycle.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { choosePlace } from './places.ts'
import type { Tables } from './tables.ts'

const GB = 2 ** 30
let database: TestDatabase
let f: Fixture
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})
/** Only what a test adds takes bots. */
beforeEach(async () => {
  await f.db.updateTable('servers').set({ cordoned: true }).execute()
})

async function server(row: Partial<Insertable<Tables['servers']>>): Promise<string> {
  const id = uuidv7()
  await f.db
    .insertInto('servers')
    .values({ name: `s-${id}`, driver: 'process', address: '/x', state: 'well', ...row, id })
    .execute()
  return id
}
const place = (without?: string[]) => f.db.transaction().execute((trx) => choosePlace(trx, without === undefined ? {} : { without }))
const hire = async (): Promise<string> => {
  const tenant = await f.db
    .transaction()
    .execute((trx) => createTenant(trx, f, { name: 'Loja', subscription: 'paid', external_id: undefined }))
  return botOf(tenant.tenant.id)
}
const botOf = async (tenantId: string): Promise<string> =>
  (await f.db.selectFrom('bots').select('server_id').where('tenant_id', '=', tenantId).executeTakeFirstOrThrow()).server_id

describe('the place of a new bot', () => {
  it('is where most memory is free, those counted that are on their way', async () => {
    const small = await server({ memory_free_bytes: 2 * GB })
    const large = await server({ memory_free_bytes: 2.625 * GB })
    expect(await place()).toEqual({ serverId: large })
    expect(await place([large])).toEqual({ serverId: small })
    // Three of 256 MB, that nobody has seen running yet.
    expect([await hire(), await hire(), await hire(), await hire()]).toEqual([large, large, large, small])
    // They run, and have for a while: the server's own figure knows of them.
    await f.db
      .updateTable('bots')
      .set({ instance_state: 'running', started_at: new Date(Date.now() - 5 * 60_000) })
      .where('server_id', '=', large)
      .execute()
    expect(await place()).toEqual({ serverId: large })
  })

  it('is never one too many, however many come at once', async () => {
    const [one, two] = [await server({ capacity: 3 }), await server({ capacity: 2 })]
    const places = await Promise.allSettled(Array.from({ length: 8 }, hire))
    const taken = places.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(taken.filter((id) => id === one)).toHaveLength(3)
    expect(taken.filter((id) => id === two)).toHaveLength(2)
    const [why] = places.flatMap((each) => (each.status === 'rejected' ? [each.reason as { code: string; message: string }] : []))
    expect(why?.code).toBe('unavailable')
    expect(why?.message).toContain(`s-${one} is full (3 of 3)`)
    // One that was removed leaves room.
    await f.db.updateTable('bots').set({ desired: 'removed' }).where('server_id', '=', two).execute()
    expect(await place()).toEqual({ serverId: two })
  })

  it('is not where it fell silent', async () => {
    await server({ state: 'suspected' })
    await server({ state: 'given_up' })
    await server({ state: 'unheard', trouble: 'no key' })
    const { why } = (await place()) as { why: string }
    for (const each of ['is silent', 'is given up', 'cannot be reached: no key', 'is cordoned']) expect(why).toContain(each)
  })

  it('is not needed by a bot that runs at an address of its owner', async () => {
    const tenant = await f.db
      .transaction()
      .execute((trx) =>
        createTenant(trx, f, { name: 'Loja', subscription: 'paid', transport: 'http', public_url: 'https://bot.example.com' }),
      )
    expect(await botOf(tenant.tenant.id)).toMatch(/^[0-9a-f-]{36}$/)
  })
})
