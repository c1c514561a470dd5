import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestBot, tempDir, TENANT, TOKEN } from '../testing/bot.ts'
import { startDashboard, type Dashboard } from '../testing/dashboard.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'

let dashboard: Dashboard
let whatsapp: FakeWhatsApp
let dir: Awaited<ReturnType<typeof tempDir>>
let bot: Awaited<ReturnType<typeof startTestBot>>
beforeEach(async () => {
  dashboard = await startDashboard({ token: TOKEN, tenantId: TENANT })
  whatsapp = createFakeWhatsApp()
  dir = await tempDir()
  bot = await startTestBot({
    dir: dir.path,
    engine: whatsapp.factory,
    environment: { DASHBOARD_URL: dashboard.url },
    senderTimings: { retryMs: 20, settleMs: 200 },
    sendWaitMs: 400,
  })
})
afterEach(async () => {
  await bot.stop()
  await dashboard.stop()
  await dir[Symbol.asyncDispose]()
})
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
const connected = async () => {
  await until('a QR', () => dashboard.taken('qr').length > 0)
  whatsapp.engine().scan()
  await until('readiness', async () => (await fetch(`${bot.url}/health/ready`)).status === 200)
}
const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(`${bot.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Record<string, unknown> }
}
const message = { token: TOKEN, to: '5511988887777', message: 'olá' }

describe('GET /health', () => {
  it('is healthy while a QR waits, and not ready', async () => {
    await until('a QR', () => dashboard.taken('qr').length > 0)
    const health = await fetch(`${bot.url}/health`)
    expect(health.status).toBe(200)
    expect(await health.json()).toEqual({
      status: 'healthy',
      uptime: expect.any(Number),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    const ready = await fetch(`${bot.url}/health/ready`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({ status: 'not_ready', state: 'qr_ready', reason: 'waiting_for_scan' })
  })

  it('stays healthy while the session reconnects', async () => {
    await connected()
    whatsapp.engine().emit({ kind: 'state', state: 'reconnecting', reason: 'network_lost' })
    expect((await fetch(`${bot.url}/health/ready`)).status).toBe(503)
    expect((await fetch(`${bot.url}/health`)).status).toBe(200)
  })
})

describe('POST /send', () => {
  it.each([
    ['digits', '5511988887777', '5511988887777@c.us'],
    ['what people type', '+55 (11) 98888-7777', '5511988887777@c.us'],
    ['a jid', '5511988887777@c.us', '5511988887777@c.us'],
    ['a LID', '77001122334455@lid', '77001122334455@lid'],
    ['a group', '120363000000000000@g.us', '120363000000000000@g.us'],
  ])('sends to %s', async (_what, to, chatId) => {
    await connected()
    expect(await post('/send', { ...message, to })).toMatchObject({ status: 200, body: { success: true } })
    expect([...whatsapp.world.sent.values()]).toMatchObject([{ chatId, text: 'olá', times: 1 }])
  })

  it.each<[string, unknown, number]>([
    ['a wrong token', { ...message, token: 'x'.repeat(TOKEN.length) }, 401],
    ['no token', { to: message.to, message: 'olá' }, 401],
    ['a token that is no text', { ...message, token: 5 }, 401],
    ['no JSON', '{"token":', 400],
    ['a list', [], 401],
    ['no recipient', { token: TOKEN, message: 'olá' }, 400],
    ['nothing to say', { ...message, message: '' }, 400],
    ['blanks alone', { ...message, message: ' \n\t\u00a0 ' }, 400],
    ['a recipient that is none', { ...message, to: 'my mother' }, 400],
    ['a body that is too large', { ...message, message: 'x'.repeat(1_100_000) }, 413],
    ['a text that is too long', { ...message, message: 'x'.repeat(70_000) }, 400],
  ])('refuses %s', async (_what, body, status) => {
    await connected()
    expect(await post('/send', body)).toMatchObject({ status, body: { error: expect.any(String) } })
    expect(whatsapp.world.sent.size).toBe(0)
  })

  it('takes JSON only', async () => {
    expect(await post('/send', 'token=x', { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      status: 415,
      body: { error: expect.any(String) },
    })
  })

  it('says that nobody is linked (409), or that it will be back (503)', async () => {
    await until('a QR', () => dashboard.taken('qr').length > 0)
    expect(await post('/send', message)).toMatchObject({ status: 409 })
    await connected()
    whatsapp.engine().emit({ kind: 'state', state: 'reconnecting', reason: 'network_lost' })
    const answer = await post('/send', message)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
  })

  it.each([
    ['not_on_whatsapp', 422],
    ['too_large', 413],
    ['rejected_by_whatsapp', 500],
  ] as const)('answers %s with %i', async (reason, status) => {
    await connected()
    whatsapp.world.beforeSend = () => Promise.resolve({ outcome: 'rejected', reason })
    expect(await post('/send', message)).toMatchObject({ status, body: { error: expect.any(String) } })
  })

  it('does not wait for ever, and does not send what it has given up on', async () => {
    await connected()
    const stuck = Promise.withResolvers<null>()
    whatsapp.world.beforeSend = () => stuck.promise
    expect(await post('/send', message)).toMatchObject({ status: 504 })
    // Behind the one that hangs, and expired by the time it could go.
    expect(await post('/send', message)).toMatchObject({ status: 504, body: { error: expect.stringContaining('will not be sent') } })
    stuck.resolve(null)
    await until('the first after all', () => whatsapp.world.sent.size === 1)
    expect(whatsapp.world.sent.size).toBe(1)
  })

  it('sends once for one Idempotency-Key', async () => {
    await connected()
    const key = { 'idempotency-key': 'order-17' }
    const [first, second] = [await post('/send', message, key), await post('/send', message, key)]
    expect(second).toMatchObject({ status: 200, body: first.body })
    expect([...whatsapp.world.sent.values()]).toMatchObject([{ times: 1 }])
    await post('/send', message, { 'idempotency-key': 'order-18' })
    expect(whatsapp.world.sent.size).toBe(2)
  })

  it('refuses an Idempotency-Key that was used for another message, also when that was sent long ago, and says so', async () => {
    await connected()
    const key = { 'idempotency-key': 'order-7' }
    const first = await post('/send', message, key)
    const waId = String(first.body['message_id'])
    whatsapp.engine().emit({ kind: 'ack', waId, chatId: '5511988887777@c.us', ack: 1 })
    for (const other of [{ to: '5511977776666' }, { message: 'tchau' }]) {
      expect(await post('/send', { ...message, ...other }, key)).toMatchObject({
        status: 409,
        body: { error: expect.stringContaining('Idempotency-Key was used for another message') },
      })
    }
    // The same in other writing.
    expect(await post('/send', { ...message, to: '+55 11 98888-7777' }, key)).toMatchObject({ status: 200, body: first.body })
    expect([...whatsapp.world.sent.values()]).toMatchObject([{ chatId: '5511988887777@c.us', text: 'olá', times: 1 }])
  })

  it('keeps to the first message of an Idempotency-Key while that has yet to leave', async () => {
    await connected()
    const stuck = Promise.withResolvers<null>()
    whatsapp.world.beforeSend = () => stuck.promise
    const key = { 'idempotency-key': 'order-8' }
    const first = post('/send', message, key)
    await until('the first to be tried', () => whatsapp.world.calls.some((call) => call.startsWith('send')))
    expect(await post('/send', { ...message, message: 'tchau' }, key)).toMatchObject({ status: 409 })
    stuck.resolve(null)
    expect(await first).toMatchObject({ status: 200 })
    expect([...whatsapp.world.sent.values()]).toMatchObject([{ text: 'olá', times: 1 }])
  })
})

describe('POST /pair', () => {
  it('asks for a code, refuses strangers and a bot that is linked', async () => {
    await until('a QR', () => dashboard.taken('qr').length > 0)
    expect(await post('/pair', { token: 'x'.repeat(TOKEN.length) })).toMatchObject({ status: 401 })
    expect(await post('/pair', { token: TOKEN, phone: 'abc' })).toMatchObject({ status: 400 })
    expect(await post('/pair', { token: TOKEN, phone: '5511900000001' })).toMatchObject({ status: 200, body: { success: true } })
    expect(whatsapp.world.calls).toContain('code 5511900000001')
    await connected()
    expect(await post('/pair', { token: TOKEN })).toMatchObject({ status: 409, body: { error: expect.stringContaining('linked already') } })
  })
})

describe('the listener', () => {
  it('serves its metrics, and has nothing else', async () => {
    await until('a QR', () => dashboard.taken('qr').length > 0)
    const metrics = await (await fetch(`${bot.url}/metrics`)).text()
    for (const name of [
      'outbox_pending 0',
      'link_up 0',
      'state{state="qr_ready"} 1',
      'process_cpu_seconds_total',
      'deliveries_total{answer="200"}',
    ]) {
      expect(metrics).toContain(`zaptria_bot_${name}`)
    }
    const nothing = await fetch(`${bot.url}/etc/passwd`)
    expect(nothing.status).toBe(404)
    expect(await nothing.json()).toEqual({ error: expect.any(String) })
  })

  it('logs neither bodies, nor tokens, nor numbers', async () => {
    await connected()
    whatsapp.say({ body: 'a very private thing' })
    await post('/send', { ...message, message: 'another private thing' })
    await post('/send', { ...message, token: 'wrong'.repeat(10) })
    whatsapp.world.beforeSend = () => Promise.reject(new Error('no chat 5511988887777@c.us'))
    await post('/send', { ...message, message: 'a third private thing' })
    const logs = bot.logs()
    for (const secret of ['private', TOKEN, 'wrongwrong', '5511988887777', '5511900000001']) expect(logs).not.toContain(secret)
  })
})
