import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let now = 0
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, { now: () => now, registry: new Registry() })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const create = async (name: string) =>
  (await http.call('POST', '/api/v1/api-keys', { name })).body as { id: string; key: string; prefix: string }
const get = (key: string, url = '/api/v1/tenants') => http.app.inject({ url, headers: { authorization: `Bearer ${key}` } })

describe('api keys', () => {
  it('open the API, are shown once, and only their hash is kept', async () => {
    const made = await create('Laravel')
    expect(made.key).toMatch(/^zap_live_[0-9a-f]{8}_[\w-]{43}$/)
    expect(made.key.startsWith(`${made.prefix}_`)).toBe(true)
    expect((await get(made.key)).statusCode).toBe(200)
    const list = await http.call('GET', '/api/v1/api-keys')
    expect(list).toMatchObject({
      body: { items: [{ id: made.id, name: 'Laravel', prefix: made.prefix, last_used_at: expect.any(String) }] },
    })
    expect(JSON.stringify(list.body)).not.toContain(made.key.slice(-43))
    const row = await http.db.selectFrom('api_keys').selectAll().where('id', '=', made.id).executeTakeFirstOrThrow()
    expect(row.hash).toHaveLength(32)
    expect(JSON.stringify(row)).not.toContain(made.key.slice(-43))
  })

  it('need no Origin: they are not sent by browsers on their own', async () => {
    const { key } = await create('Script')
    const answer = await http.app.inject({
      method: 'POST',
      url: '/api/v1/tenants',
      payload: { name: 'Por chave' },
      headers: { authorization: `Bearer ${key}`, origin: 'https://elsewhere.example' },
    })
    expect(answer.statusCode).toBe(201)
  })

  it('are refused once revoked, or made up', async () => {
    const made = await create('Velha')
    expect((await http.call('DELETE', `/api/v1/api-keys/${made.id}`)).status).toBe(204)
    expect((await get(made.key)).statusCode).toBe(401)
    expect(await http.call('DELETE', `/api/v1/api-keys/${made.id}`)).toMatchObject({ status: 404, body: { code: 'api_key_not_found' } })
    expect(await http.call('DELETE', '/api/v1/api-keys/nonsense')).toMatchObject({ status: 404, body: { code: 'api_key_not_found' } })
    for (const key of ['nonsense', `${made.prefix}_${'A'.repeat(43)}`, '']) expect((await get(key)).statusCode, key).toBe(401)
    // A key that is wrong is not saved by a cookie that is right.
    const both = await http.app.inject({ url: '/api/v1/tenants', headers: { authorization: 'Bearer nonsense', cookie: http.cookie } })
    expect(both.statusCode).toBe(401)
  })

  it('have no session', async () => {
    const { key } = await create('Sem sessão')
    expect((await get(key, '/api/v1/session')).statusCode).toBe(401)
  })

  it('may ask sixty times a second each', async () => {
    const [one, other] = [await create('Rápida'), await create('Calma')]
    const answers = []
    for (let nr = 0; nr < 61; nr++) answers.push((await get(one.key, '/api/v1/servers')).statusCode)
    expect(answers.filter((status) => status === 200)).toHaveLength(60)
    const refused = await get(one.key, '/api/v1/servers')
    expect([refused.statusCode, refused.headers['retry-after'], refused.json().code]).toEqual([429, '1', 'rate_limited'])
    expect((await get(other.key, '/api/v1/servers')).statusCode).toBe(200)
    now += 1000
    expect((await get(one.key, '/api/v1/servers')).statusCode).toBe(200)
  })
})

describe('servers', () => {
  it('are listed with how full they are, without credentials', async () => {
    await http.call('POST', '/api/v1/tenants', { name: 'Um bot', subscription: 'paid' })
    const answer = await http.call('GET', '/api/v1/servers')
    expect(answer).toMatchObject({
      status: 200,
      body: { items: [{ name: 'local', driver: 'process', capacity: 50, bots: 1 }], next: null },
    })
    expect(JSON.stringify(answer.body)).not.toContain('sealed_credentials')
  })
})

describe('metrics', () => {
  it('are for this machine, or for who has a key', async () => {
    const { key } = await create('Prometheus')
    const local = await http.app.inject({ url: '/metrics' })
    expect([local.statusCode, local.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain/)])
    expect(local.body).toMatch(/zaptria_http_request_seconds_count\{method="GET",route="\/api\/v1\/servers",status="429"\} \d/)
    expect((await http.app.inject({ url: '/metrics', remoteAddress: '203.0.113.7' })).statusCode).toBe(401)
    expect((await http.app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '203.0.113.7' } })).statusCode).toBe(401)
    const far = { url: '/metrics', remoteAddress: '203.0.113.7', headers: { authorization: `Bearer ${key}` } }
    expect((await http.app.inject(far)).statusCode).toBe(200)
  })
})
