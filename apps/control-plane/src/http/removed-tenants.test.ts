import type { RemovedTenant } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

const make = async (name: string): Promise<string> =>
  ((await http.call('POST', '/api/v1/tenants', { name, subscription: 'paid', external_id: name })).body as { id: string }).id
const removed = async (query = ''): Promise<{ items: RemovedTenant[]; next: string | null }> =>
  (await http.call('GET', `/api/v1/tenants/removed${query}`)).body as { items: RemovedTenant[]; next: string | null }

describe('removed tenants', () => {
  it('are listed, last removed first, with what is kept of them, in pages', async () => {
    const [first, second, kept] = [await make('Padaria'), await make('Loja'), await make('Banca')]
    for (const id of [first, second]) expect((await http.call('DELETE', `/api/v1/tenants/${id}`)).status).toBe(204)
    const { items } = await removed()
    expect(items).toMatchObject([
      { id: second, name: 'Loja', external_id: 'Loja', erasure: null },
      { id: first, name: 'Padaria', external_id: 'Padaria', erasure: null },
    ])
    const page = await removed('?limit=1')
    expect(page.items.map(({ id }) => id)).toEqual([second])
    expect((await removed(`?limit=1&cursor=${page.next}`)).items.map(({ id }) => id)).toEqual([first])
    expect((await http.call('GET', `/api/v1/tenants/removed/${first}`)).body).toEqual(items[1])
    expect(await http.call('GET', `/api/v1/tenants/removed/${kept}`)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } })
  })

  it('are erased when their name or id is said, and say which servers have yet to answer', async () => {
    const id = await make('Floricultura')
    const erase = (confirm: string) => http.call('POST', `/api/v1/tenants/${id}/erase`, { confirm })
    expect(await erase('Floricultura')).toMatchObject({
      status: 409,
      body: { code: 'tenant_not_removed', hint: expect.stringContaining('DELETE') },
    })
    await http.call('DELETE', `/api/v1/tenants/${id}`)
    expect(await erase('Flori')).toMatchObject({ status: 400, body: { code: 'validation_failed', errors: [{ path: 'confirm' }] } })
    const asked = await erase('Floricultura')
    expect(asked).toMatchObject({
      status: 202,
      body: { id, erasure: { state: 'erasing', erased_at: null, waiting_for: [{ server_name: 'local', trouble: null }] } },
    })
    expect(await http.db.selectFrom('tenant_keys').select('tenant_id').where('tenant_id', '=', id).execute()).toEqual([])
    expect((await erase(id)).body).toEqual(asked.body)
    expect((await removed()).items[0]).toEqual(asked.body)
  })

  it('hold the server on which volumes of theirs may be', async () => {
    const id = await make('Quitanda')
    const server = '0193a1f4-6c1e-7d20-9a41-5b7c0e8f1a77'
    await http.db.insertInto('servers').values({ id: server, name: 'santos', driver: 'docker' }).execute()
    await http.db.updateTable('bots').set({ server_id: server }).where('tenant_id', '=', id).execute()
    await http.call('DELETE', `/api/v1/tenants/${id}`)
    await http.call('POST', `/api/v1/tenants/${id}/erase`, { confirm: id })
    const drop = () => http.call('DELETE', `/api/v1/servers/${server}`)
    expect(await drop()).toMatchObject({
      status: 409,
      body: { code: 'server_not_empty', detail: expect.stringContaining('volumes of 1 tenants that are being erased') },
    })
    // A server that is lost answers for nothing any more.
    await http.db.updateTable('servers').set({ state: 'given_up', silent_since: new Date() }).where('id', '=', server).execute()
    expect((await drop()).status).toBe(204)
    expect((await http.call('GET', `/api/v1/tenants/removed/${id}`)).body).toMatchObject({ erasure: { state: 'erasing', waiting_for: [] } })
  })
})
