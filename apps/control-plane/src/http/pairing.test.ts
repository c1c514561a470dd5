import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hashToken } from '../secrets/index.ts'
import type { Answer, TestHttp } from './testing.ts'
import { startTestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let clock = 0
let tenant: string

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, { publicUrl: 'https://zap.example.com', now: () => clock })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  clock += 3_600_000
  tenant = await makeTenant('Padaria da Praça')
})

const operator = (...[method, path, body]: Parameters<TestHttp['call']>) =>
  http.call(method, `/api/v1/tenants${path === '' ? '' : `/${path}`}`, body, { origin: 'https://zap.example.com' })
const makeTenant = async (name: string): Promise<string> =>
  ((await operator('POST', '', { name, subscription: 'paid' })).body as { id: string }).id
const set = (values: object) => http.db.updateTable('bots').set(values).where('tenant_id', '=', tenant).execute()
const says = async (state: 'qr_ready' | 'connected' | 'logged_out', more: object = {}): Promise<void> => {
  const { id } = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
  await set({ state, ...more })
  await http.db.insertInto('bot_states').values({ tenant_id: tenant, bot_id: id, state, reason: 'ready' }).execute()
}
const shown = (seconds = 60) => ({ qr_code: '2@live', qr_expires_at: sql`now() + make_interval(secs => ${seconds})` })

async function link(body?: object): Promise<string> {
  const { status, body: made } = await operator('POST', `${tenant}/bot/pairing-link`, body)
  expect(status).toBe(201)
  return new URL((made as { url: string }).url).hash.slice(1)
}

/** As whoever has the link: no cookie, no key. */
async function customer(path: '' | '/ask', body: object, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await http.app.inject({
    method: 'POST',
    url: `/api/v1/pairing${path}`,
    headers: { host: 'zap.example.com', origin: 'https://zap.example.com', ...headers },
    payload: body,
  })
  return { status: answer.statusCode, body: JSON.parse(answer.body), headers: answer.headers }
}
const commands = async (): Promise<unknown[]> =>
  (await http.db.selectFrom('bot_commands').select('command').where('tenant_id', '=', tenant).orderBy('id').execute()).map(
    ({ command }) => command,
  )

describe('a pairing link', () => {
  it('shows the live QR to who has it, and nothing else of the tenant', async () => {
    const { body } = await operator('POST', `${tenant}/bot/pairing-link`, { expires_in_hours: 2 })
    const { url, expires_at, created_at, used_at } = body as Record<string, string>
    expect(url).toMatch(/^https:\/\/zap\.example\.com\/pair#[\w-]{54}$/)
    expect([Date.parse(expires_at!) - Date.parse(created_at!), used_at]).toEqual([2 * 3_600_000, null])
    await says('qr_ready', { reason: 'waiting_for_scan', ...shown() })
    const look = await customer('', { token: new URL(url!).hash.slice(1) })
    expect(look).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
    expect(look.body).toEqual({
      name: 'Padaria da Praça',
      state: 'qr_ready',
      reason: 'waiting_for_scan',
      alive: false,
      qr_code: '2@live',
      qr_expires_at: expect.any(String) as string,
      pairing_code: null,
      link_expires_at: expires_at,
    })
    const rows = await http.db.selectFrom('pairing_links').selectAll().where('tenant_id', '=', tenant).execute()
    expect(rows).toMatchObject([{ hash: hashToken(new URL(url!).hash.slice(1)) }])
  })

  it('asks for a fresh QR, or a code for a phone, and that is in the audit', async () => {
    const token = await link()
    expect(await customer('/ask', { token })).toMatchObject({ status: 200 })
    await http.db.updateTable('bots').set({ pairing_code: 'OLDPHONE' }).where('tenant_id', '=', tenant).execute()
    expect(await customer('/ask', { token, phone: '+55 (11) 98765-4321' })).toMatchObject({ status: 200, body: { pairing_code: null } })
    expect(await commands()).toEqual([{ kind: 'pair' }, { kind: 'pair', phone: '5511987654321' }])
    expect(await customer('/ask', { token, phone: '12' })).toMatchObject({ status: 422, body: { code: 'invalid_phone' } })
    const audit = await http.db.selectFrom('audit').selectAll().where('tenant_id', '=', tenant).orderBy('id').execute()
    expect(audit.slice(-3)).toMatchObject([
      { action: 'pairing_link.create' },
      { actor: 'pairing_link', action: 'pairing_link.pair', detail: { by: 'qr' } },
      { actor: 'pairing_link', action: 'pairing_link.pair', detail: { by: 'phone' } },
    ])
  })

  it('wakes a QR that paused', async () => {
    const token = await link()
    await set({ state: 'qr_ready', reason: 'qr_paused' })
    await customer('', { token })
    expect(await commands()).toEqual([{ kind: 'pair', look: true }])
  })

  it('is used up once the bot is connected: it says so, never whose number it is, and shows no QR again', async () => {
    const token = await link()
    await says('connected', { number: '5511900000001' })
    const used = await customer('', { token })
    expect(used).toMatchObject({ status: 200, body: { state: 'connected', qr_code: null } })
    expect(JSON.stringify(used.body)).not.toContain('5511900000001')
    expect(await operator('GET', `${tenant}/bot/pairing-link`)).toMatchObject({
      status: 200,
      body: { used_at: expect.any(String) as string },
    })
    await says('logged_out')
    await says('qr_ready', shown())
    for (const path of ['', '/ask'] as const)
      expect(await customer(path, { token })).toMatchObject({ status: 404, body: { code: 'pairing_link_not_found' } })
  })

  it('is used up although nobody looked while the bot was connected', async () => {
    const token = await link()
    await says('connected')
    await says('qr_ready', shown())
    expect(await operator('GET', `${tenant}/bot/pairing-link`)).toMatchObject({ body: { used_at: expect.any(String) as string } })
    expect(await customer('', { token })).toMatchObject({ status: 404 })
    // Another one begins anew.
    expect(await customer('', { token: await link() })).toMatchObject({ status: 200, body: { qr_code: '2@live' } })
  })

  it('is void when another is made, when it is taken back, and when it is too old', async () => {
    const [first, second] = [await link(), await link()]
    expect((await customer('', { token: first })).status).toBe(404)
    expect((await customer('', { token: second })).status).toBe(200)
    expect((await operator('DELETE', `${tenant}/bot/pairing-link`)).status).toBe(204)
    expect((await customer('', { token: second })).status).toBe(404)
    expect(await operator('GET', `${tenant}/bot/pairing-link`)).toMatchObject({ status: 404, body: { code: 'pairing_link_not_found' } })
    const third = await link()
    await http.db
      .updateTable('pairing_links')
      .set({ expires_at: sql<Date>`now()` })
      .where('tenant_id', '=', tenant)
      .execute()
    expect((await customer('', { token: third })).status).toBe(404)
  })

  it('is nobody else’s', async () => {
    const token = await link()
    const other = await makeTenant('Outra')
    const forged = Buffer.from(token, 'base64url')
    Buffer.from(other.replaceAll('-', ''), 'hex').copy(forged)
    const unknown = Buffer.from(token, 'base64url')
    unknown.fill(7, 0, 16)
    for (const wrong of [forged.toString('base64url'), unknown.toString('base64url'), `${token}x`, 'x', '%', '-'.repeat(54)])
      expect(await customer('', { token: wrong })).toMatchObject({ status: 404, body: { code: 'pairing_link_not_found' } })
    expect(await customer('', { token }, { origin: 'https://evil.example.com' })).toMatchObject({ status: 403 })
    expect((await customer('', { token })).status).toBe(200)
  })

  it('is not made where there is nothing to pair', async () => {
    const make = () => operator('POST', `${tenant}/bot/pairing-link`)
    await says('connected')
    expect(await make()).toMatchObject({ status: 409, body: { code: 'conflict' } })
    await set({ state: 'qr_ready', desired: 'stopped' })
    expect(await make()).toMatchObject({ status: 409, body: { code: 'bot_not_running' } })
    const unpaid = ((await operator('POST', '', { name: 'Sem robô' })).body as { id: string }).id
    expect(await operator('POST', `${unpaid}/bot/pairing-link`)).toMatchObject({ status: 404, body: { code: 'bot_not_found' } })
    expect(await operator('POST', `${tenant}/bot/pairing-link`, { expires_in_hours: 169 })).toMatchObject({ status: 400 })
  })

  it('is not guessed at, and does not wear WhatsApp out', async () => {
    const token = await link()
    const answers = []
    for (let i = 0; i < 8; i++) answers.push((await customer('/ask', { token })).status)
    expect(answers).toEqual([200, 200, 200, 200, 200, 429, 429, 429])
    const looks = []
    for (let i = 0; i < 80; i++) looks.push((await customer('', { token: 'x' })).status)
    expect(looks).toContain(429)
  })
})
