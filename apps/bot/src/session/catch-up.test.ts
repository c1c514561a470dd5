import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FAST, startTestBot, tempDir } from '../testing/bot.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'

let server: LinkServer
let whatsapp: FakeWhatsApp
let dir: Awaited<ReturnType<typeof tempDir>>
beforeEach(async () => {
  server = await startLinkServer()
  whatsapp = createFakeWhatsApp()
  dir = await tempDir()
})
afterEach(async () => {
  await server.stop()
  await dir[Symbol.asyncDispose]()
  expect(server.state.faults).toEqual([])
})
const start = (more: Partial<Parameters<typeof startTestBot>[0]> = {}) =>
  startTestBot({ dir: dir.path, engine: whatsapp.factory, environment: { ZAPTRIA_LINK_URL: server.url }, ...more })
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
const isConnected = () => until('connected', () => server.up() && server.states().at(-1) === 'connected/ready')
const connected = async () => {
  await until('a QR', () => server.of('qr').length > 0)
  whatsapp.engine().scan()
  await isConnected()
}
const now = (): number => Math.floor(Date.now() / 1000)

describe('catching up', () => {
  it('reports what arrived while the bot was down, once, marked as such', async () => {
    {
      await using bot = await start()
      await connected()
      whatsapp.say({ body: 'live' })
      await until('the message', () => server.messages().includes('live'))
      await until('caught up', () => bot.logs().includes('caught up'))
    }
    whatsapp.say({ body: 'while down 1' })
    whatsapp.say({ body: 'while down 2', fromMe: true, sender: '5511900000001@c.us' })
    await using bot = await start()
    await until('caught up', () => bot.logs().includes('caught up'))
    whatsapp.say({ body: 'live again' })
    await until('all', () => server.messages().includes('live again'))
    expect(server.messages()).toEqual(['live', 'while down 1', 'while down 2', 'live again'])
    expect(server.of('message').map((event) => event.body.caught_up ?? false)).toEqual([false, true, true, false])
  })

  it('begins at the pairing: what was written before is not news', async () => {
    whatsapp.say({ body: 'last week', timestamp: now() - 7 * 86_400 })
    await using bot = await start()
    await connected()
    await until('caught up', () => bot.logs().includes('caught up'))
    expect(server.messages()).toEqual([])
  })

  it('begins where the control plane’s knowledge ends, on a new volume', async () => {
    server.state.watermarks = { '5511988887777@c.us': now() - 3_600 }
    whatsapp.say({ body: 'known', timestamp: now() - 7_200 })
    whatsapp.say({ body: 'missed', timestamp: now() - 1_800 })
    await using _bot = await start()
    await connected()
    await until('the missed one', () => server.messages().includes('missed'))
    expect(server.messages()).toEqual(['missed'])
  })

  it('does not let a live message hide a gap that was not closed before a crash', async () => {
    whatsapp.world.catchUpError = new Error('Evaluation failed')
    {
      await using bot = await start()
      await connected()
      // In the gap: the page had it, the bot could not read it yet.
      whatsapp.world.history.push({ ...whatsapp.say({ body: 'template' }), waId: 'GAP', body: 'in the gap', timestamp: now() + 1 })
      whatsapp.say({ body: 'live, later', timestamp: now() + 30 })
      await until('the live one, which waits no longer', () => server.messages().includes('live, later'))
      await until('a failure to catch up', () => bot.logs().includes('catching up failed'))
    }
    whatsapp.world.catchUpError = null
    await using _bot = await start()
    await until('the one in the gap', () => server.messages().includes('in the gap'))
    expect(server.messages().filter((body) => body === 'live, later')).toHaveLength(1)
  })

  it('keeps the order: what comes live meanwhile waits for what is missing', async () => {
    {
      await using bot = await start()
      await connected()
      await until('caught up', () => bot.logs().includes('caught up'))
    }
    whatsapp.say({ body: 'missed 1' })
    whatsapp.say({ body: 'missed 2' })
    const slow = Promise.withResolvers<void>()
    whatsapp.world.beforeCatchUp = slow.promise
    await using bot = await start({ sessionTimings: { ...FAST.sessionTimings, deferMs: 60_000 } })
    await isConnected()
    whatsapp.say({ body: 'live' })
    await until('the read', () => whatsapp.world.calls.filter((call) => call === 'catchUp').length === 2)
    expect(server.messages()).toEqual([])
    slow.resolve()
    await until('all', () => server.messages().length === 3)
    expect(server.messages()).toEqual(['missed 1', 'missed 2', 'live'])
    whatsapp.say({ body: 'live again' })
    await until('the last', () => server.messages().length === 4)
    expect(bot.logs()).not.toContain('wait no longer')
  })

  it('keeps the order of what comes live meanwhile, in whatever order it is read as well', async () => {
    {
      await using bot = await start()
      await connected()
      await until('caught up', () => bot.logs().includes('caught up'))
    }
    whatsapp.say({ body: 'missed' })
    const slow = Promise.withResolvers<void>()
    whatsapp.world.beforeCatchUp = slow.promise
    await using bot = await start({ sessionTimings: { ...FAST.sessionTimings, deferMs: 60_000 } })
    await isConnected()
    // Whose chats nobody knows yet to be one person's: they are read one after the other.
    const [lid, phone] = ['77@lid', '5511955554444@c.us']
    whatsapp.say({ body: 'live 1', chatId: lid, sender: lid, lid, phone: null, timestamp: now() })
    whatsapp.say({ body: 'live 2', chatId: phone, sender: phone, lid, phone, timestamp: now() })
    await until('the read', () => whatsapp.world.calls.filter((call) => call === 'catchUp').length === 2)
    const [one, two] = whatsapp.world.history.slice(-2)
    whatsapp.world.history.splice(-2, 2, { ...two!, timestamp: one!.timestamp - 1 }, { ...one!, phone })
    slow.resolve()
    await until('all', () => server.messages().length === 3)
    expect(server.messages()).toEqual(['missed', 'live 1', 'live 2'])
    expect(bot.logs()).not.toContain('wait no longer')
  })

  it('keeps the order however long it takes, while it gets on', async () => {
    {
      await using bot = await start()
      await connected()
      await until('caught up', () => bot.logs().includes('caught up'))
    }
    const missed = Array.from({ length: 10 }, (_, i) => `missed ${i}`)
    for (const body of missed) whatsapp.say({ body })
    whatsapp.world.catchUpPauseMs = 80
    await using bot = await start({ sessionTimings: { ...FAST.sessionTimings, deferMs: 400 } })
    await isConnected()
    whatsapp.say({ body: 'live' })
    await until('all', () => server.messages().length === 11)
    expect(server.messages()).toEqual([...missed, 'live'])
    expect(bot.logs()).not.toContain('wait no longer')
  })

  it('loses no live message when it dies meanwhile, though WhatsApp may not tell of it again', async () => {
    whatsapp.world.beforeCatchUp = new Promise(() => {})
    {
      await using bot = await start()
      await connected()
      whatsapp.say({ body: 'live in the gap' })
      await until('it to be kept', async () => (await (await fetch(`${bot.url}/metrics`)).text()).includes('zaptria_bot_outbox_pending 1'))
    }
    whatsapp.world.history = []
    whatsapp.world.beforeCatchUp = null
    await using _bot = await start()
    await until('it', () => server.messages().includes('live in the gap'))
    expect(server.messages()).toEqual(['live in the gap'])
  })

  it('counts a message of which the engine can make nothing, and says so', async () => {
    await using bot = await start()
    await connected()
    whatsapp.engine().emit({ kind: 'unreadable', what: 'chat' })
    const metrics = await (await fetch(`${bot.url}/metrics`)).text()
    expect(metrics).toContain('zaptria_bot_events_invalid_total{kind="message"} 1')
    expect(bot.logs()).toContain('a message came that this engine cannot read')
  })

  it('tries again until it succeeds, and after each reconnect', async () => {
    whatsapp.world.catchUpError = new Error('Evaluation failed')
    await using bot = await start()
    await connected()
    await until('failures', () => whatsapp.world.calls.filter((call) => call === 'catchUp').length >= 3)
    whatsapp.world.catchUpError = null
    await until('success', () => bot.logs().includes('caught up'))
    const times = whatsapp.world.calls.filter((call) => call === 'catchUp').length
    whatsapp.engine().emit({ kind: 'state', state: 'reconnecting', reason: 'network_lost' })
    whatsapp.say({ body: 'unheard' })
    whatsapp.engine().connect()
    await until('the unheard one', () => server.messages().includes('unheard'))
    expect(whatsapp.world.calls.filter((call) => call === 'catchUp').length).toBe(times + 1)
  })
})
