import { createHmac } from 'node:crypto'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FAST, startTestBot, tempDir, TENANT, TOKEN } from '../testing/bot.ts'
import { startDashboard, type Dashboard } from '../testing/dashboard.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { outcomeOf } from './http.ts'
import { webhookSecret } from './seed.ts'

let dashboard: Dashboard
let whatsapp: FakeWhatsApp
let dir: Awaited<ReturnType<typeof tempDir>>
beforeEach(async () => {
  dashboard = await startDashboard({ token: TOKEN, tenantId: TENANT })
  whatsapp = createFakeWhatsApp()
  dir = await tempDir()
})
afterEach(async () => {
  await dashboard.stop()
  await dir[Symbol.asyncDispose]()
})

const start = (environment: Record<string, string> = {}, more: Partial<Parameters<typeof startTestBot>[0]> = {}) =>
  startTestBot({ dir: dir.path, engine: whatsapp.factory, environment: { DASHBOARD_URL: dashboard.url, ...environment }, ...more })
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
const incoming = (): unknown[] => dashboard.taken('incoming').map((body) => body['body'])
const connected = async () => {
  await until('a QR', () => dashboard.taken('qr').length > 0)
  whatsapp.engine().scan()
  await until('connected', () => dashboard.taken('status').at(-1)?.['status'] === 'connected')
}

describe('http sink', () => {
  it('speaks the seed to a dashboard that knows nothing else', async () => {
    await using _bot = await start({ DASHBOARD_URL: `${dashboard.url}/` })
    await connected()
    whatsapp.say({ waId: 'A1', body: 'oi', timestamp: 1_790_000_000, pushName: 'Ana' })
    await until('the message', () => incoming().length === 1)

    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const id = expect.any(String)
    expect(dashboard.taken('qr')).toEqual([{ qr_code: 'qr-1', timestamp: iso, event_id: id }])
    expect(dashboard.taken('status')).toEqual([
      { status: 'connected', number: '5511900000001', name: 'Padaria', timestamp: iso, state: 'connected', event_id: id },
    ])
    expect(dashboard.taken('incoming')).toEqual([
      {
        from: '5511988887777@c.us',
        body: 'oi',
        timestamp: 1_790_000_000,
        type: 'chat',
        message_id: 'A1',
        chat_id: '5511988887777@c.us',
        from_me: false,
        push_name: 'Ana',
        event_id: id,
      },
    ])
    const [webhook] = dashboard.tried('incoming')
    expect(webhook?.headers).toMatchObject({ 'x-bot-token': TOKEN, 'content-type': 'application/json' })
    const { 'webhook-id': webhookId, 'webhook-timestamp': at, 'webhook-signature': signature } = webhook?.headers ?? {}
    const key = Buffer.from(webhookSecret(TOKEN).slice('whsec_'.length), 'base64')
    expect(signature).toBe(`v1,${createHmac('sha256', key).update([webhookId, at, webhook?.raw].join('.')).digest('base64')}`)
    expect(webhookId).toBe(webhook?.body['event_id'])
  })

  it('resolves a LID to its phone where it is known, and gives the owner’s own replies the owner’s number', async () => {
    await using _bot = await start()
    await connected()
    whatsapp.say({ waId: 'L1', chatId: '77001122334455@lid', phone: '5511955554444@c.us', lid: '77001122334455@lid', body: 'by lid' })
    whatsapp.say({ waId: 'L2', chatId: '77001122334466@lid', phone: null, lid: '77001122334466@lid', body: 'unknown lid' })
    whatsapp.say({ waId: 'O1', fromMe: true, sender: '5511900000001@c.us', body: 'by the owner' })
    await until('three', () => incoming().length === 3)
    const by = (text: string) => dashboard.taken('incoming').find((body) => body['body'] === text)
    expect(by('by lid')).toMatchObject({ from: '5511955554444@c.us', chat_id: '77001122334455@lid' })
    expect(by('unknown lid')).toMatchObject({ from: '77001122334466@lid' })
    expect(by('by the owner')).toMatchObject({ from: '5511900000001@c.us', chat_id: '5511988887777@c.us', from_me: true })
  })

  it('tells of entering and leaving connected, and of nothing in between', async () => {
    await using _bot = await start()
    await connected()
    const engine = whatsapp.engine()
    engine.emit({ kind: 'state', state: 'reconnecting', reason: 'network_lost' })
    engine.emit({ kind: 'state', state: 'reconnecting', reason: 'phone_offline' })
    engine.connect()
    engine.connect()
    await until('three', () => dashboard.taken('status').length === 3)
    expect(dashboard.taken('status').map((body) => [body['status'], body['state'], body['reason']])).toEqual([
      ['connected', 'connected', undefined],
      ['disconnected', 'reconnecting', 'network_lost'],
      ['connected', 'connected', undefined],
    ])
  })

  it('keeps the order of each chat while another one waits, and doubles nothing', async () => {
    await using _bot = await start()
    await connected()
    dashboard.state.delayMs = 3
    let failures = 0
    dashboard.state.answer = (_what, body) => {
      if (!String(body['body']).startsWith('a') || Number(String(body['body']).slice(1)) % 3 !== 0) return null
      // Each third message of chat a fails twice.
      failures += 1
      return failures % 3 === 0 ? null : 503
    }
    for (let n = 0; n < 30; n += 1) {
      for (const chat of ['a', 'b', 'c', 'd']) {
        const jid = `551100000000${chat.charCodeAt(0)}@c.us`
        whatsapp.say({ waId: `${chat}${n}`, chatId: jid, phone: jid, body: `${chat}${n}` })
      }
    }
    await until('all of them', () => incoming().length === 120)
    for (const chat of ['a', 'b', 'c', 'd']) {
      expect(incoming().filter((body) => String(body).startsWith(chat))).toEqual(Array.from({ length: 30 }, (_, n) => `${chat}${n}`))
    }
    expect(failures).toBeGreaterThan(20)
    expect(dashboard.state.mostOpen).toBeGreaterThan(1)
    expect(dashboard.state.mostOpen).toBeLessThanOrEqual(8)
  })

  it('keeps the order of a contact whose chat changes between LID and phone, also when that is learnt while both are under way', async () => {
    await using _bot = await start()
    await connected()
    const [phone, lid] = ['5511955554444@c.us', '77001122334455@lid']
    const written: string[] = []
    const say = (chatId: string, known: { phone: string | null; lid: string | null }): void => {
      written.push(`${written.length}`)
      whatsapp.say({ waId: `S${written.length}`, chatId, ...known, body: written.at(-1) ?? '' })
    }
    dashboard.state.answer = (_what, body) => (dashboard.state.received.length % 7 === 0 && body['body'] !== undefined ? 503 : null)
    // Answers are late, the first ones latest.
    dashboard.state.delayMs = 60
    say(lid, { phone: null, lid })
    say(phone, { phone, lid: null })
    await until('both under way', () => dashboard.state.open === 2)
    dashboard.state.delayMs = 3
    for (let n = 0; n < 30; n += 1) {
      if (n % 3 === 0) say(lid, { phone, lid })
      else if (n % 3 === 1) say(phone, { phone, lid: n % 2 === 0 ? lid : null })
      else say(lid, { phone: null, lid })
      if (n % 10 === 0) await until('some more', () => incoming().length > n / 2)
    }
    await until('all of them', () => incoming().length >= written.length)
    expect(incoming()).toEqual(written)
    expect(new Set(dashboard.taken('incoming').map((body) => body['from']))).toEqual(new Set([phone, lid]))
  })

  it.each([
    ['500', 500],
    ['a redirect, which is not followed', { status: 302, headers: { location: '/elsewhere' } }],
    ['no answer in time', 'hang'],
    ['a connection that breaks', 'drop'],
  ] as const)('tries again after %s', async (_what, answer) => {
    await using _bot = await start()
    await connected()
    let tries = 0
    dashboard.state.answer = (what) => (what === 'incoming' && ++tries <= 2 ? answer : null)
    whatsapp.say({ body: 'patience' })
    await until('the message', () => incoming().includes('patience'))
    expect(tries).toBe(3)
    expect(dashboard.tried('').length).toBe(0)
  })

  it('asks nobody before Retry-After has passed', async () => {
    await using _bot = await start()
    await connected()
    let refusedAt = 0
    dashboard.state.answer = (what) => {
      if (what !== 'incoming' || refusedAt !== 0) return null
      refusedAt = performance.now()
      return { status: 429, headers: { 'retry-after': '1' } }
    }
    whatsapp.say({ body: 'one' })
    await until('the refusal', () => refusedAt > 0)
    whatsapp.say({ body: 'two', chatId: '5511977776666@c.us', phone: '5511977776666@c.us' })
    await until('both', () => incoming().length === 2)
    expect(performance.now() - refusedAt).toBeGreaterThan(950)
  })

  it.each([401, 403, 404])('pauses on %i, raises an alarm, asks with one event now and then, and loses nothing', async (status) => {
    await using bot = await start()
    await connected()
    dashboard.state.answer = () => status
    for (let n = 0; n < 20; n += 1) {
      const jid = `55119000011${n + 10}@c.us`
      whatsapp.say({ waId: `x${n}`, chatId: jid, phone: jid, body: `x${n}` })
    }
    const metrics = async (): Promise<string> => (await fetch(`${bot.url}/metrics`)).text()
    await until('the alarm', async () => (await metrics()).includes('\nzaptria_bot_sink_paused 1'))
    expect(bot.logs()).toContain('the dashboard refuses this bot')
    const refused = () => dashboard.state.received.filter((each) => each.status === status).length
    const before = refused()
    await until('a few more questions', () => refused() >= before + 3)
    dashboard.state.answer = null
    await until('all of them', () => incoming().length === 20)
    expect(await metrics()).toContain('\nzaptria_bot_sink_paused 0')
    expect(await metrics()).toContain('zaptria_bot_outbox_set_aside 0')
  })

  it('sets aside what is refused for good, goes on with the chat, and replays it on request', async () => {
    await using bot = await start()
    await connected()
    dashboard.state.answer = (_what, body) => (body['body'] === 'odd' ? 422 : null)
    for (const body of ['before', 'odd', 'after']) whatsapp.say({ body })
    await until('the others', () => incoming().length === 2)
    expect(incoming()).toEqual(['before', 'after'])
    expect(await (await fetch(`${bot.url}/metrics`)).text()).toContain('zaptria_bot_outbox_set_aside 1')
    dashboard.state.answer = null
    const post = (token: string) =>
      fetch(`${bot.url}/replay`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) })
    expect((await post('x'.repeat(44))).status).toBe(401)
    expect(await (await post(TOKEN)).json()).toEqual({ success: true, replayed: 1 })
    await until('it after all', () => incoming().includes('odd'))
  })

  it('stops on 410: the session is closed, nothing is delivered any more', async () => {
    await using bot = await start()
    await connected()
    dashboard.state.answer = () => 410
    whatsapp.say({ body: 'unwanted' })
    await until('a closed engine', () => whatsapp.engines[0]?.closed)
    const tried = dashboard.state.received.length
    expect((await fetch(`${bot.url}/health`)).status).toBe(200)
    expect((await fetch(`${bot.url}/health/ready`)).status).toBe(503)
    expect(dashboard.state.received.length).toBe(tried)
  })

  it('delivers after a restart what the dashboard was not there for', async () => {
    {
      await using _bot = await start()
      await connected()
      dashboard.state.answer = () => 503
      for (const body of ['1', '2', '3']) whatsapp.say({ body })
      await until('a try', () => dashboard.tried('incoming').length > 0)
    }
    dashboard.state.answer = null
    await using _bot = await start()
    await until('all of them', () => incoming().length === 3)
    expect(incoming()).toEqual(['1', '2', '3'])
  })

  it('drops a QR that is too old to be scanned', async () => {
    dashboard.state.answer = (what) => (what === 'qr' ? 503 : null)
    await using _bot = await start({}, { httpTimings: { ...FAST.httpTimings, retry: { baseMs: 10, maxMs: 20 } } })
    await until('tries', () => dashboard.tried('qr').length > 3)
    whatsapp.engine().showQr('qr-2')
    await until('a try of the newer QR', () => dashboard.tried('qr').some(({ body }) => body['qr_code'] === 'qr-2'))
    dashboard.state.answer = null
    await until('a QR', () => dashboard.taken('qr').length > 0)
    expect(dashboard.taken('qr').map((body) => body['qr_code'])).toEqual(['qr-2'])
  })
})

describe('what an answer means', () => {
  const of = (answer: Parameters<typeof outcomeOf>[0], attempts = 0) =>
    outcomeOf(answer, { attempts, nowMs: 0, retry: { baseMs: 1_000, maxMs: 600_000 }, random: () => 0.5 })
  it.each([
    [200, 'taken'],
    [204, 'taken'],
    [301, 'retry'],
    [400, 'aside'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'refused'],
    [408, 'retry'],
    [410, 'gone'],
    [413, 'aside'],
    [422, 'aside'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('%i: %s', (status, what) => expect(of({ status, retryAfter: null }).do).toBe(what))
  it('waits longer each time, never beyond its most', () => {
    const waits = [0, 1, 2, 5, 20, 2_000]
      .map((attempts) => of({ error: 'refused' }, attempts))
      .map((outcome) => (outcome.do === 'retry' ? outcome.waitMs : 0))
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(waits.at(-1)).toBeLessThanOrEqual(600_500)
  })
  it('honours Retry-After as seconds and as a date', () => {
    expect(of({ status: 503, retryAfter: '120' })).toMatchObject({ waitMs: 120_000, everybody: true })
    expect(of({ status: 503, retryAfter: new Date(90_000).toUTCString() })).toMatchObject({ waitMs: 90_000 })
    expect(of({ status: 503, retryAfter: 'soon' })).toMatchObject({ everybody: false })
  })
  it.each(['99999999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'waits an hour at most, whatever Retry-After says (%s)',
    (retryAfter) => {
      expect(of({ status: 429, retryAfter })).toMatchObject({ waitMs: 3600_000, everybody: true })
    },
  )
})
