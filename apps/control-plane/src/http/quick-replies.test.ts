import { MAX_QUICK_REPLIES_PER_TENANT } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { uuidv7 } from '../uuid.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let tenant: string

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
const makeTenant = async (): Promise<string> =>
  ((await http.call('POST', '/api/v1/tenants', { name: 'Padaria', subscription: 'paid' })).body as { id: string }).id
beforeEach(async () => {
  tenant = await makeTenant()
})

type Reply = { id: string; shortcut: string; body: string }
type Listed = { items: Reply[]; next: string | null }
const at = (rest = '', of = tenant): string => `/api/v1/tenants/${of}/quick-replies${rest}`
const make = (shortcut: string, body = 'Olá!', headers: Record<string, string> = {}) => http.call('POST', at(), { shortcut, body }, headers)
const list = async (query = ''): Promise<Listed> => (await http.call('GET', at(query))).body as Listed

describe('quick replies', () => {
  it('are made, listed by shortcut page by page, changed and removed', async () => {
    expect(await make('  Preço ', 'Olá, {{name}}! Custa R$ 10.')).toMatchObject({
      status: 201,
      body: { shortcut: 'preço', body: 'Olá, {{name}}! Custa R$ 10.' },
    })
    await make('bom-dia')
    await make('horario')
    const first = await list('?limit=2')
    expect(first.items.map(({ shortcut }) => shortcut)).toEqual(['bom-dia', 'horario'])
    const second = await list(`?limit=2&cursor=${first.next}`)
    expect([second.items.map(({ shortcut }) => shortcut), second.next]).toEqual([['preço'], null])

    const [greeting] = first.items
    const changed = await http.call('PATCH', at(`/${greeting!.id}`), { body: 'Bom dia!' })
    expect(changed).toMatchObject({ status: 200, body: { shortcut: 'bom-dia', body: 'Bom dia!' } })
    expect((await http.call('DELETE', at(`/${greeting!.id}`))).status).toBe(204)
    expect(await http.call('DELETE', at(`/${greeting!.id}`))).toMatchObject({ status: 404, body: { code: 'quick_reply_not_found' } })
    expect(await http.call('PATCH', at(`/${greeting!.id}`), { body: 'x' })).toMatchObject({ status: 404 })
    expect((await list()).items).toHaveLength(2)
  })

  it('have each a shortcut of its own, however it is written, and whoever is first', async () => {
    await make('preço')
    const decomposed = 'PREÇO'.normalize('NFD')
    expect(await make(decomposed)).toMatchObject({ status: 409, body: { code: 'quick_reply_exists' } })
    const other = (await make('outra')).body as Reply
    const renamed = await http.call('PATCH', at(`/${other.id}`), { shortcut: 'Preço' })
    expect(renamed).toMatchObject({ status: 409, body: { code: 'quick_reply_exists' } })
    const both = await Promise.all([make('juntas'), make('juntas')])
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409])
  })

  it('sent twice with the same key are one', async () => {
    const answers = [await make('oi', 'Oi!', { 'idempotency-key': 'q-1' }), await make('oi', 'Oi!', { 'idempotency-key': 'q-1' })]
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect((await list()).items).toHaveLength(1)
  })

  it.each([
    ['dois nomes', 'Olá!'],
    ['', 'Olá!'],
    ['a/b', 'Olá!'],
    ['x'.repeat(33), 'Olá!'],
    ['ok', '  '],
    ['ok', 'x'.repeat(4097)],
  ])('refuse what cannot be typed or sent: %j', async (shortcut, body) => {
    expect(await make(shortcut, body)).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
  })

  it('are at most so many', async () => {
    const rows = Array.from({ length: MAX_QUICK_REPLIES_PER_TENANT }, (_, nr) => ({
      id: uuidv7(),
      tenant_id: tenant,
      shortcut: `r${nr}`,
      body: 'x',
    }))
    await http.db.insertInto('quick_replies').values(rows).execute()
    expect(await make('mais')).toMatchObject({ status: 409, body: { code: 'too_many_quick_replies' } })
    expect((await list('?limit=200')).items).toHaveLength(MAX_QUICK_REPLIES_PER_TENANT)
  })

  it('of another tenant are not there', async () => {
    const { id } = (await make('minha')).body as Reply
    const other = await makeTenant()
    expect(((await http.call('GET', at('', other))).body as Listed).items).toEqual([])
    expect((await http.call('PATCH', at(`/${id}`, other), { body: 'x' })).status).toBe(404)
    expect((await http.call('DELETE', at(`/${id}`, other))).status).toBe(404)
    expect((await list()).items).toMatchObject([{ shortcut: 'minha', body: 'Olá!' }])
  })
})
