import type { OustedBot, Page, Problem, Server } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const makeServer = async (silent: boolean): Promise<string> => {
  const id = uuidv7()
  const now = sql<Date>`now()`
  await http.db
    .insertInto('servers')
    .values({
      id,
      name: `s-${id}`,
      driver: 'process',
      address: '/x',
      failover: 'ask',
      state: 'suspected',
      listened_at: now,
      silent_since: silent ? now : null,
    })
    .execute()
  return id
}

describe('giving a server up', () => {
  it('is done when it is silent, once', async () => {
    const id = await makeServer(true)
    const answer = await http.call('POST', `/api/v1/servers/${id}/give-up`)
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({ id, state: 'given_up', version: '2' })
    const again = (await http.call('POST', `/api/v1/servers/${id}/give-up`)).body as Server
    expect(again).toMatchObject({ state: 'given_up', version: '2' })
  })

  it('is refused while it is heard', async () => {
    const id = await makeServer(false)
    const answer = await http.call('POST', `/api/v1/servers/${id}/give-up`)
    expect(answer.status).toBe(409)
    expect((answer.body as Problem).detail).toBe(
      `s-${id} is heard: only a server that is silent can be given up. To keep new bots away from it, cordon it.`,
    )
    expect((await http.call('GET', `/api/v1/servers/${id}`)).body).toMatchObject({ state: 'suspected' })
    expect((await http.call('POST', `/api/v1/servers/${uuidv7()}/give-up`)).status).toBe(404)
  })
})

describe('the bots that were taken from a server', () => {
  it('are listed with the volumes that were kept, newest first', async () => {
    const f = await fixture(database.url)
    try {
      const [one, two] = [await f.makeTenant(), await f.makeTenant()]
      const at = (seconds: number) => new Date(Date.now() - seconds * 1000)
      const common = { server_id: f.serverId, epoch: 1 }
      await f.db
        .insertInto('ousted_bots')
        .values([
          { ...common, bot_id: one.bot.id, tenant_id: one.tenantId, place: 0, ousted_at: at(60) },
          { ...common, bot_id: two.bot.id, tenant_id: two.tenantId, place: 2, ousted_at: at(30), drained_at: at(20), gone_at: at(10) },
        ])
        .execute()
      const { items } = (await http.call('GET', `/api/v1/servers/${f.serverId}/ousted`)).body as Page<OustedBot>
      expect(items).toMatchObject([
        {
          bot_id: two.bot.id,
          volume: `zaptria-${two.bot.id}-2`,
          tenant_name: 'Loja',
          drained_at: expect.any(String),
          gone_at: expect.any(String),
        },
        { bot_id: one.bot.id, volume: `zaptria-${one.bot.id}`, drained_at: null, gone_at: null },
      ])
      expect((await http.call('GET', `/api/v1/servers/${uuidv7()}/ousted`)).status).toBe(404)
    } finally {
      await f.close()
    }
  })
})
