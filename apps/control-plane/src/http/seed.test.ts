import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let now = 0
let tenant: string
let external: string
let token: string
let serial = 0

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, { now: () => now })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  external = `loja ${++serial}/ção`
  const made = await http.call('POST', '/api/v1/tenants', { name: 'Laravel', subscription: 'paid', external_id: external })
  ;({ id: tenant, bot_token: token } = made.body as { id: string; bot_token: string })
})

const STAMP = '2026-11-24T10:00:00.000Z'
const incoming = (more: object = {}) => ({
  from: '5511911112222@c.us',
  body: 'oi',
  timestamp: Math.floor(Date.now() / 1000),
  type: 'chat',
  ...more,
})
const post = async (what: string, payload: object | string, { as = tenant, headers = {} }: { as?: string; headers?: object } = {}) => {
  const answer = await http.bots.inject({
    method: 'POST',
    url: `/api/tenants/${encodeURIComponent(as)}/whatsapp/${what}`,
    payload,
    headers: { 'content-type': 'application/json', 'x-bot-token': token, ...headers },
  })
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>(), headers: answer.headers }
}
const bot = async () => (await http.call('GET', `/api/v1/tenants/${tenant}/bot`)).body as Record<string, unknown>
const stored = () =>
  http.db
    .selectFrom('messages')
    .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
    .selectAll('messages')
    .select('conversations.chat_id')
    .where('messages.tenant_id', '=', tenant)
    .orderBy('seq')
    .execute()

describe('a bot that we run', () => {
  it('is not believed to be anything by a webhook, and its messages are taken', async () => {
    const row = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
    const grant = { bot_id: row.id, tenant_id: tenant, epoch: 1, volume_id: randomUUID(), expires_at: new Date(Date.now() + 45_000) }
    await http.db.insertInto('grants').values(grant).execute()
    await http.db.updateTable('bots').set({ state: 'connected', reason: 'ready' }).where('id', '=', row.id).execute()
    expect(await post('status', { status: 'disconnected', timestamp: STAMP })).toMatchObject({ status: 200 })
    expect(await post('qr', { qr_code: 'EVIL', timestamp: STAMP })).toMatchObject({ status: 200 })
    expect(await bot()).toMatchObject({ state: { state: 'connected' } })
    expect((await http.call('GET', `/api/v1/tenants/${tenant}/bot/qr`)).body).toMatchObject({ qr_code: null })
    expect(await post('incoming', incoming())).toMatchObject({ status: 200 })
    expect(await stored()).toHaveLength(1)
  })
})

describe('a foreign bot', () => {
  it('that tells milliseconds for seconds is told so', async () => {
    expect(await post('incoming', incoming({ timestamp: Date.now() }))).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'timestamp', message: 'is in Unix seconds, not in milliseconds' }] },
    })
  })

  it('shows its QR, then that it is connected, then that it is not', async () => {
    expect(await post('qr', { qr_code: '2@raw', timestamp: STAMP })).toMatchObject({ status: 200, body: { success: true } })
    expect((await http.call('GET', `/api/v1/tenants/${tenant}/bot/qr`)).body).toMatchObject({ qr_code: '2@raw', state: 'qr_ready' })
    expect((await post('status', { status: 'connected', number: '5511999990000', name: 'Loja', timestamp: STAMP })).status).toBe(200)
    expect(await bot()).toMatchObject({ state: { state: 'connected', reason: 'ready' }, number: '5511999990000', name: 'Loja' })
    expect((await http.call('GET', `/api/v1/tenants/${tenant}/bot/qr`)).body).toMatchObject({ qr_code: null })
    const ends: [reason: string | null, state: string, because: string][] = [
      ['NAVIGATION', 'logged_out', 'logout_by_phone'],
      ['LOGOUT', 'logged_out', 'logout_by_phone'],
      ['CONFLICT', 'conflict', 'opened_elsewhere'],
      ['TOS_BLOCK', 'banned', 'account_banned'],
      ['whatever', 'reconnecting', 'network_lost'],
      [null, 'reconnecting', 'network_lost'],
    ]
    for (const [reason, state, because] of ends) {
      expect((await post('status', { status: 'disconnected', reason, timestamp: '2026-11-24T07:00:00-03:00' })).status).toBe(200)
      expect(await bot(), String(reason)).toMatchObject({ state: { state, reason: because } })
    }
    await post('status', { status: 'disconnected', state: 'passkey_required', timestamp: STAMP })
    expect(await bot()).toMatchObject({ state: { state: 'passkey_required', reason: 'passkey' } })
  })

  it('is believed by what it said last, not by what came last', async () => {
    const at = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString()
    const says = (status: string, minutes: number, more: object = {}) => post('status', { status, timestamp: at(minutes), ...more })
    const current = async () => {
      const { state, number } = await bot()
      return [(state as { state: string }).state, number]
    }
    const history = async (): Promise<string[]> => {
      const { body } = await http.call('GET', `/api/v1/tenants/${tenant}/bot/states`)
      return (body as { items: { state: string }[] }).items.map((each) => each.state).toReversed()
    }
    await says('connected', -10, { number: '5511900000001' })
    // Said before that, delivered late: QR and status alike.
    expect((await says('disconnected', -20, { reason: 'LOGOUT' })).status).toBe(200)
    expect((await post('qr', { qr_code: '2@old', timestamp: at(-30) })).status).toBe(200)
    expect(await current()).toEqual(['connected', '5511900000001'])
    expect((await http.call('GET', `/api/v1/tenants/${tenant}/bot/qr`)).body).toMatchObject({ qr_code: null })
    expect(await history()).toEqual(['connected', 'logged_out', 'qr_ready'])
    await says('disconnected', -5)
    expect(await current()).toEqual(['reconnecting', '5511900000001'])
    // A clock that was wrong for a moment does not make the bot deaf.
    await says('connected', 60 * 24 * 365)
    expect(await current()).toEqual(['connected', '5511900000001'])
    await says('disconnected', 1)
    expect(await current()).toEqual(['reconnecting', '5511900000001'])
  })

  it('that repeats what was taken already, its answer having been lost, adds nothing to the history', async () => {
    const connected = { status: 'connected', timestamp: new Date(Date.now() - 60_000).toISOString() }
    await post('status', connected)
    await post('status', { status: 'disconnected', timestamp: new Date(Date.now() - 30_000).toISOString() })
    expect((await post('status', connected)).status).toBe(200)
    const { body } = await http.call('GET', `/api/v1/tenants/${tenant}/bot/states`)
    expect((body as { items: { state: string }[] }).items.map((each) => each.state)).toEqual(['reconnecting', 'connected'])
  })

  it('is known by our id for the tenant or by the caller’s own', async () => {
    for (const as of [tenant, external])
      expect(await post('incoming', incoming({ message_id: `by ${as}` }), { as })).toMatchObject({ status: 200 })
    expect(await stored()).toHaveLength(2)
  })

  it('has its messages stored, each once', async () => {
    const ids = ['false_5511911112222@c.us_3EB0AA', '3EB0AA']
    for (const message_id of ids) await post('incoming', incoming({ message_id, push_name: 'Ana' }))
    expect(await stored()).toMatchObject([{ wa_id: '3EB0AA', body: 'oi', from_me: false, author: 'contact', status: 'received' }])
    const event_id = '0192f0c1-0000-7000-8000-00000000000a'
    for (let twice = 0; twice < 2; twice++) await post('incoming', incoming({ event_id, body: 'evento' }))
    const bare = incoming({ body: 'sem id' })
    for (let twice = 0; twice < 2; twice++) await post('incoming', bare)
    await post('incoming', { ...bare, timestamp: bare.timestamp + 1 })
    expect((await stored()).map((each) => each.body)).toEqual(['oi', 'evento', 'sem id', 'sem id'])
  })

  it('says who wrote where: groups, LIDs, the owner', async () => {
    await post('incoming', incoming({ message_id: 'A1', chat_id: '120363000000000001@g.us', body: 'no grupo' }))
    await post('incoming', incoming({ message_id: 'A2', chat_id: '123456789012345@lid', body: 'por lid' }))
    await post('incoming', incoming({ message_id: 'A3', body: 'por número' }))
    await post(
      'incoming',
      incoming({ message_id: 'A4', from: '5511999990000@c.us', chat_id: '5511911112222@c.us', from_me: true, body: 'dona' }),
    )
    await post(
      'incoming',
      incoming({
        message_id: 'A5',
        from: '5511933334444',
        body: 'só dígitos',
        quoted: 'true_x@c.us_3EB0FF',
        media: { mimetype: 'image/png' },
      }),
    )
    const rows = await stored()
    expect(rows.map((each) => [each.body, each.author])).toEqual([
      ['no grupo', 'contact'],
      ['por lid', 'contact'],
      ['por número', 'contact'],
      ['dona', 'owner'],
      ['só dígitos', 'contact'],
    ])
    expect(new Set([rows[1], rows[2], rows[3]].map((each) => each!.conversation_id)).size).toBe(1)
    expect(rows[0]).toMatchObject({ chat_id: '120363000000000001@g.us', sender: '5511911112222@c.us' })
    expect(rows[4]).toMatchObject({ chat_id: '5511933334444@c.us', quoted: '3EB0FF', media: { mimetype: 'image/png' } })
  })

  it('is refused with the wrong token, for the wrong tenant, or without any', async () => {
    const other = (await http.call('POST', '/api/v1/tenants', { name: 'Outra', subscription: 'paid' })).body as { bot_token: string }
    for (const wrong of ['', 'nonsense', other.bot_token, token.slice(0, -1)])
      expect(await post('incoming', incoming(), { headers: { 'x-bot-token': wrong } }), wrong).toMatchObject({
        status: 401,
        body: { code: 'bot_token_invalid' },
      })
    for (const as of ['nobody', '0192f0c1-0000-7000-8000-000000000000'])
      expect(await post('incoming', incoming(), { as })).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } })
    expect(await stored()).toHaveLength(0)
  })

  it('is told to stop when the subscription ends or the tenant is removed', async () => {
    await http.call('PATCH', `/api/v1/tenants/${tenant}`, { subscription: 'past_due' })
    expect((await post('incoming', incoming())).status).toBe(200)
    await http.call('PATCH', `/api/v1/tenants/${tenant}`, { subscription: 'cancelled' })
    expect(await post('incoming', incoming())).toMatchObject({ status: 410, body: { code: 'gone' } })
    await http.call('DELETE', `/api/v1/tenants/${tenant}`)
    for (const as of [tenant, external]) expect(await post('incoming', incoming(), { as })).toMatchObject({ status: 410 })
    expect((await post('incoming', incoming(), { headers: { 'x-bot-token': 'wrong' } })).status).toBe(401)
  })

  it('hears what is wrong with what it posts', async () => {
    expect(await post('incoming', '{"from":')).toMatchObject({ status: 400, body: { code: 'bad_request' } })
    expect(await post('incoming', incoming({ body: 'x'.repeat(1024 * 1024) }))).toMatchObject({
      status: 413,
      body: { code: 'payload_too_large' },
    })
    expect(await post('incoming', incoming({ timestamp: 'now' }))).toMatchObject({ status: 400, body: { errors: [{ path: 'timestamp' }] } })
    expect(await post('incoming', incoming({ from: 'no jid' }))).toMatchObject({ status: 400, body: { errors: [{ path: 'from' }] } })
    expect(await post('status', { status: 'tired', timestamp: STAMP })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'status' }] },
    })
    expect(await post('qr', { qr_code: '', timestamp: 'yesterday' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'qr_code' }, { path: 'timestamp' }] },
    })
    expect(await post('incoming', 'x', { headers: { 'content-type': 'text/plain' } })).toMatchObject({ status: 415 })
    expect(await post('nothing', {})).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it('may post fifty times a second; what is over comes again', async () => {
    const answers = []
    for (let nr = 0; nr < 52; nr++) answers.push(await post('incoming', incoming({ message_id: `T${nr}` })))
    expect(answers.map((each) => each.status)).toEqual([...Array.from({ length: 50 }, () => 200), 429, 429])
    expect(answers[51]).toMatchObject({ body: { code: 'rate_limited' }, headers: { 'retry-after': '1' } })
    now += 1000
    expect((await post('incoming', incoming({ message_id: 'T51' }))).status).toBe(200)
  })

  it('is served on the public listener too, and the API is not on the bots’', async () => {
    const answer = await http.app.inject({
      method: 'POST',
      url: `/api/tenants/${tenant}/whatsapp/incoming`,
      headers: { 'x-bot-token': token },
      payload: incoming(),
    })
    expect(answer.statusCode).toBe(200)
    for (const url of ['/api/v1/tenants', '/api/v1/session', '/api/docs', '/api/openapi.json', '/metrics', '/'])
      expect((await http.bots.inject({ url, headers: { cookie: http.cookie } })).statusCode, url).toBe(404)
    for (const url of ['/healthz', '/readyz']) expect((await http.bots.inject({ url })).json()).toEqual({ status: 'ok' })
  })
})
