import { randomUUID } from 'node:crypto'
import type { BotStats } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let stats: BotStats | null = null
let asked: unknown[] = []
let tenant: string
let token: string

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, {
    driver: {
      exposes: () => ['none', 'host'],
      stats: async (botId) => {
        asked.push(['stats', botId])
        return stats
      },
      logs: async (botId, tail) => {
        asked.push(['logs', botId, tail])
        return [{ at: null, line: 'hello' }]
      },
    },
  })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const made = (await http.call('POST', '/api/v1/tenants', { name: 'Bot', subscription: 'paid' })).body as { id: string; bot_token: string }
  tenant = made.id
  token = made.bot_token
  asked = []
})

const row = () => http.db.selectFrom('bots').selectAll().where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
const commands = async () =>
  (await http.db.selectFrom('bot_commands').select(['command', 'expires_at', 'bot_id']).where('tenant_id', '=', tenant).execute()).map(
    (each) => each.command,
  )
const bot = (rest: string): string => `/api/v1/tenants/${tenant}/bot${rest}`
const set = (values: object) => http.db.updateTable('bots').set(values).where('tenant_id', '=', tenant).execute()

describe('bot', () => {
  it('is stopped, started and removed by what is wanted of it; twice is once', async () => {
    expect(await http.call('POST', bot('/stop'))).toMatchObject({ status: 200, body: { desired: 'stopped' } })
    const { version } = await row()
    expect(await http.call('POST', bot('/stop'))).toMatchObject({ status: 200, body: { desired: 'stopped' } })
    expect((await row()).version).toBe(version)
    expect(await http.call('POST', bot('/start'))).toMatchObject({ body: { desired: 'running' } })
    expect(await http.call('DELETE', bot(''))).toMatchObject({ status: 200, body: { desired: 'removed' } })
    expect(await http.call('POST', bot('/stop'))).toMatchObject({ body: { desired: 'removed' } })
    expect(await http.call('POST', bot('/start'))).toMatchObject({ body: { desired: 'running' } })
  })

  it('is restarted by wanting another generation, at once', async () => {
    await set({ due_at: new Date('2100-01-01'), attempts: 7 })
    expect((await http.call('POST', bot('/restart'))).status).toBe(200)
    expect(await row()).toMatchObject({ generation: 2, attempts: 0 })
    expect((await row()).due_at.getTime()).toBeLessThan(Date.parse('2100-01-01'))
    await http.call('POST', bot('/stop'))
    for (const action of ['/restart', '/pair', '/logout'])
      expect(await http.call('POST', bot(action)), action).toMatchObject({ status: 409, body: { code: 'bot_not_running' } })
  })

  it('is paired anew by QR or by code, and logged out, by commands', async () => {
    expect((await http.call('POST', bot('/pair'))).status).toBe(200)
    expect((await http.call('POST', bot('/pair'), {})).status).toBe(200)
    await http.db.updateTable('bots').set({ pairing_code: 'OLDPHONE' }).execute()
    expect((await http.call('POST', bot('/pair'), { phone: '+55 (11) 98765-4321' })).status).toBe(200)
    // A code for another number is not shown as this one's.
    expect((await http.call('GET', bot('/qr'))).body).toMatchObject({ pairing_code: null })
    expect((await http.call('POST', bot('/logout'))).status).toBe(200)
    expect(await commands()).toEqual([{ kind: 'pair' }, { kind: 'pair', phone: '5511987654321' }, { kind: 'logout' }])
    expect(await http.call('POST', bot('/pair'), { phone: 'call me' })).toMatchObject({ status: 422, body: { code: 'invalid_phone' } })
  })

  it('shows its QR until that runs out', async () => {
    await set({ state: 'qr_ready', reason: 'waiting_for_scan', qr_code: '2@abc', qr_expires_at: new Date(Date.now() + 60_000) })
    expect(await http.call('GET', bot('/qr'))).toMatchObject({
      status: 200,
      body: { qr_code: '2@abc', expires_at: expect.any(String), pairing_code: null, state: 'qr_ready', reason: 'waiting_for_scan' },
    })
    await set({ qr_expires_at: new Date(Date.now() - 1000), pairing_code: 'ABCD-1234' })
    expect(await http.call('GET', bot('/qr'))).toMatchObject({ body: { qr_code: null, expires_at: null, pairing_code: 'ABCD-1234' } })
    expect(await commands()).toEqual([])
  })

  it('makes a paused QR anew when somebody looks, once', async () => {
    await set({ state: 'qr_ready', reason: 'qr_paused' })
    for (let look = 0; look < 3; look++)
      expect(await http.call('GET', bot('/qr'))).toMatchObject({ body: { qr_code: null, reason: 'qr_paused' } })
    expect(await commands()).toEqual([{ kind: 'pair', look: true }])
    await set({ desired: 'stopped' })
    await http.db.deleteFrom('bot_commands').where('tenant_id', '=', tenant).execute()
    await http.call('GET', bot('/qr'))
    expect(await commands()).toEqual([])
  })

  it('has a new token when asked: shown once, the spec is applied again', async () => {
    const rotated = await http.call('POST', bot('/token'))
    expect(rotated).toMatchObject({ status: 200, body: { version: 2, bot_token: expect.stringMatching(/^zbt_[\w-]{36,}$/) } })
    expect((rotated.body as { bot_token: string }).bot_token).not.toBe(token)
    expect(await row()).toMatchObject({ token_version: 2, generation: 2 })
    const seed = (with_: string) =>
      http.app.inject({
        method: 'POST',
        url: `/api/tenants/${tenant}/whatsapp/qr`,
        headers: { 'x-bot-token': with_ },
        payload: { qr_code: 'x', timestamp: '2026-11-24T00:00:00Z' },
      })
    expect((await seed(token)).statusCode).toBe(401)
    expect((await seed((rotated.body as { bot_token: string }).bot_token)).statusCode).toBe(200)
  })

  it('takes settings: pacing by parts, exposure with another generation', async () => {
    const { pacing } = await row()
    expect(await http.call('PATCH', bot(''), { pacing: { per_minute: 5 } })).toMatchObject({
      status: 200,
      body: { pacing: { ...pacing, per_minute: 5 }, expose: 'none' },
    })
    expect(await http.call('PATCH', bot(''), { pacing: { min_gap_ms: 100_000_000 } })).toMatchObject({ status: 400 })
    expect((await row()).generation).toBe(1)
    expect(await http.call('PATCH', bot(''), { expose: 'host' })).toMatchObject({ body: { expose: 'host', pacing: { per_minute: 5 } } })
    expect((await row()).generation).toBe(2)
    await http.call('PATCH', bot(''), { expose: 'host' })
    expect((await row()).generation).toBe(2)
    expect(await http.call('PATCH', bot(''), { expose: 'domain' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'expose', message: 'this bot’s server can do: none, host' }] },
    })
    expect((await row()).generation).toBe(2)
  })

  it('moves to an address of the customer’s, and back to us', async () => {
    await set({
      state: 'connected',
      reason: 'ready',
      number: '5511999990000',
      started_at: new Date(),
      beat: '{}',
      last_beat_at: new Date(),
    })
    await http.call('POST', bot('/logout'))
    const address = { public_url: 'https://bot.example.com' }
    expect(await http.call('PATCH', bot(''), { transport: 'http' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'public_url' }] },
    })
    expect(await http.call('PATCH', bot(''), address)).toMatchObject({ status: 400, body: { errors: [{ path: 'public_url' }] } })
    expect(await http.call('PATCH', bot(''), { transport: 'http', ...address })).toMatchObject({
      status: 200,
      body: { transport: 'http', ...address, desired: 'running', number: null, state: { state: 'starting' } },
    })
    expect(await row()).toMatchObject({ generation: 2, beat: null })
    const open = await http.db.selectFrom('bot_commands').selectAll().where('tenant_id', '=', tenant).where('done_at', 'is', null).execute()
    expect(open).toEqual([])
    for (const action of ['/restart', '/pair', '/logout'])
      expect(await http.call('POST', bot(action)), action).toMatchObject({
        status: 409,
        body: { code: 'conflict', detail: expect.stringContaining('not run here') },
      })
    // The same again changes nothing; another address is only that.
    await http.call('PATCH', bot(''), { transport: 'http' })
    expect(await http.call('PATCH', bot(''), { public_url: 'http://127.0.0.1:3000' })).toMatchObject({
      body: { public_url: 'http://127.0.0.1:3000' },
    })
    expect(await row()).toMatchObject({ generation: 2 })
    expect((await http.call('POST', bot('/token'))).body).toMatchObject({ version: 2 })

    expect(await http.call('PATCH', bot(''), { transport: 'link', ...address })).toMatchObject({ status: 400 })
    expect(await http.call('PATCH', bot(''), { transport: 'link' })).toMatchObject({ body: { transport: 'link', public_url: null } })
    expect(await row()).toMatchObject({ generation: 4 })
  })

  it('shows what it went through, page by page', async () => {
    const { id } = await row()
    for (const state of ['starting', 'qr_ready', 'connected'] as const)
      await http.db.insertInto('bot_states').values({ tenant_id: tenant, bot_id: id, state, reason: 'boot' }).execute()
    const first = (await http.call('GET', bot('/states?limit=2'))).body as { items: { state: string }[]; next: string }
    expect(first.items.map((each) => each.state)).toEqual(['connected', 'qr_ready'])
    expect(await http.call('GET', bot(`/states?limit=2&cursor=${first.next}`))).toMatchObject({
      body: { items: [{ state: 'starting' }], next: null },
    })
  })

  it('asks its driver for figures and log lines', async () => {
    const { id } = await row()
    expect(await http.call('GET', bot('/stats'))).toMatchObject({ status: 409, body: { code: 'bot_not_running' } })
    stats = { memory_bytes: 1, cpu_ratio: 0.5, processes: 2, uptime_s: 3, at: '2026-11-24T00:00:00.000Z' }
    expect(await http.call('GET', bot('/stats'))).toMatchObject({ status: 200, body: stats })
    expect(await http.call('GET', bot('/logs?tail=5'))).toMatchObject({ status: 200, body: { items: [{ at: null, line: 'hello' }] } })
    expect(asked).toEqual([
      ['stats', id],
      ['stats', id],
      ['logs', id, 5],
    ])
    expect((await http.call('GET', bot('/logs?tail=99999'))).status).toBe(400)
  })

  it('is on its way from a wish until the new process speaks, and its session is back', async () => {
    const underWay = async () => ((await http.call('GET', bot(''))).body as { under_way: string | null }).under_way
    const speaks = (boot_id: string, state: string, reason: string) =>
      set({ boot_id, state, reason, state_at: new Date(Date.now() + 1000), last_beat_at: new Date() })
    const runs = async (generation: number) => set({ instance_state: 'running', instance_generation: generation, started_at: new Date() })
    const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()]
    await runs(1)
    await speaks(first, 'connected', 'ready')
    expect(await underWay()).toBeNull()
    expect(await http.call('POST', bot('/restart'))).toMatchObject({ body: { under_way: 'start' } })
    // The old one speaks until it ends, and what it said last may come late.
    await speaks(first, 'connected', 'ready')
    expect(await underWay()).toBe('start')
    await runs(2)
    await speaks(first, 'starting', 'stopped')
    expect(await underWay()).toBe('start')
    // It has dialled in, and said nothing yet.
    await set({ boot_id: second, state_at: new Date(Date.now() - 60_000) })
    expect(await underWay()).toBe('start')
    await speaks(second, 'starting', 'boot')
    expect(await underWay()).toBeNull()
    // It ends by itself: that is no wish.
    await set({ instance_state: 'absent', instance_generation: null, wished_at: new Date(Date.now() - 360_000) })
    expect(await underWay()).toBeNull()

    expect(await http.call('POST', bot('/restart'))).toMatchObject({ body: { under_way: 'start' } })
    await set({ restore_from: randomUUID() })
    expect(await underWay()).toBe('restore')
    await runs(3)
    await speaks(third, 'reconnecting', 'restoring')
    expect(await underWay()).toBe('restore')
    await speaks(third, 'connected', 'ready')
    expect(await underWay()).toBeNull()
    expect(await http.call('POST', bot('/restart'))).toMatchObject({ body: { under_way: 'restore' } })
    expect(await http.call('POST', bot('/stop'))).toMatchObject({ body: { under_way: null } })
  })

  it('is alive while its link is up and beats', async () => {
    const alive = async () => ((await http.call('GET', bot(''))).body as { alive: boolean }).alive
    await set({ link_replica: '0192f0c1-0000-7000-8000-000000000000', last_beat_at: new Date() })
    expect(await alive()).toBe(true)
    await set({ last_beat_at: new Date(Date.now() - 120_000) })
    expect(await alive()).toBe(false)
    await set({ last_beat_at: new Date(), link_replica: null })
    expect(await alive()).toBe(false)
  })
})
