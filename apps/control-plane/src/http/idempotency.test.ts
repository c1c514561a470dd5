import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
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

const create = (body: object, key: string, url = '/api/v1/tenants') => http.call('POST', url, body, { 'idempotency-key': key })
const named = async (name: string) => (await http.db.selectFrom('tenants').select('id').where('name', '=', name).execute()).length

describe('idempotency', () => {
  it('answers a repeated request as the first time, secrets included, and creates nothing', async () => {
    const first = await create({ name: 'Uma', subscription: 'paid' }, 'key-1')
    const again = await create({ name: 'Uma', subscription: 'paid' }, 'key-1')
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body).toEqual(first.body)
    expect(first.body).toHaveProperty('bot_token')
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
    expect(await named('Uma')).toBe(1)
  })

  it('keeps no secret in the clear', async () => {
    const { body } = await create({ name: 'Cofre', subscription: 'paid' }, 'key-secret')
    const { rows } = await sql<{ all: string }>`select string_agg(response::text, ' ') as all from idempotency_keys`.execute(http.db)
    expect(rows[0]!.all).not.toContain((body as { bot_token: string }).bot_token)
    expect(rows[0]!.all).not.toContain('Cofre')
  })

  it('refuses a key with another body or another address', async () => {
    await create({ name: 'Duas' }, 'key-2')
    expect(await create({ name: 'Três' }, 'key-2')).toMatchObject({ status: 409, body: { code: 'idempotency_key_reused' } })
    expect(await create({ name: 'Duas' }, 'key-2', '/api/v1/api-keys')).toMatchObject({
      status: 409,
      body: { code: 'idempotency_key_reused' },
    })
  })

  it('lets one of many at once work, and the others wait for its answer', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => create({ name: 'Juntas', subscription: 'paid' }, 'key-3')))
    expect(new Set(answers.map((each) => JSON.stringify(each.body))).size).toBe(1)
    expect(answers.filter((each) => each.headers['idempotent-replayed'] === 'true')).toHaveLength(7)
    expect(await named('Juntas')).toBe(1)
  })

  it('keeps no failure: the same key may try again', async () => {
    const taken = (await create({ name: 'Ocupa', external_id: 'dono' }, 'key-4a')).body as { id: string }
    expect((await create({ name: 'Quer', external_id: 'dono' }, 'key-4')).status).toBe(409)
    await http.call('PATCH', `/api/v1/tenants/${taken.id}`, { external_id: null })
    expect((await create({ name: 'Quer', external_id: 'dono' }, 'key-4')).status).toBe(201)
  })

  it('is each caller’s own', async () => {
    const { key } = (await http.call('POST', '/api/v1/api-keys', { name: 'outro' })).body as { key: string }
    const mine = await create({ name: 'Minha' }, 'key-5')
    const other = await http.app.inject({
      method: 'POST',
      url: '/api/v1/tenants',
      payload: { name: 'Minha' },
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'key-5' },
    })
    expect(other.statusCode).toBe(201)
    expect(other.json().id).not.toBe((mine.body as { id: string }).id)
  })

  it('forgets after a day', async () => {
    const first = await create({ name: 'Ontem' }, 'key-6')
    await sql`update idempotency_keys set created_at = now() - interval '25 hours'`.execute(http.db)
    const later = await create({ name: 'Ontem' }, 'key-6')
    expect(later.status).toBe(201)
    expect((later.body as { id: string }).id).not.toBe((first.body as { id: string }).id)
  })

  it('refuses keys that are none', async () => {
    expect(await create({ name: 'x' }, 'x'.repeat(256))).toMatchObject({ status: 400, body: { errors: [{ path: 'Idempotency-Key' }] } })
  })
})
