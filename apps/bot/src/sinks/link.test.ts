import { randomUUID } from 'node:crypto'
import { UNKNOWN_COMMAND } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FAST, startTestBot, tempDir, TENANT, TOKEN } from '../testing/bot.ts'
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
const connected = async () => {
  await until('a QR', () => server.of('qr').length > 0)
  whatsapp.engine().scan()
  await until('connected', () => server.states().at(-1) === 'connected/ready')
}
const bodies = (n: number, prefix = 'm'): string[] => Array.from({ length: n }, (_, index) => `${prefix}${index}`)

describe('link', () => {
  it('says who it is, then hello, then beats', async () => {
    await using _bot = await start()
    await until('beats', () => server.state.beats.length >= 2)
    expect(server.state.headers[0]).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'x-tenant-id': TENANT })
    expect(server.state.frames[0]).toBe('hello')
    expect(server.state.hellos[0]).toMatchObject({
      protocol: 1,
      engine: 'wwebjs',
      epoch: 0,
      session_open: false,
      state: 'starting',
      place: 0,
    })
    expect(server.state.beats[0]).toMatchObject({
      outbox_set_aside: 0,
      rss_bytes: expect.any(Number),
      disk_free_bytes: expect.any(Number),
    })
    expect(server.state.beats[0]).toHaveProperty('outbox_oldest_ms')
  })

  it('delivers a burst in order, in batches', async () => {
    await using _bot = await start()
    await connected()
    const frames = server.state.frames.length
    const wanted = bodies(1_000)
    for (const body of wanted) whatsapp.say({ body })
    await until('all of them', () => server.messages().length === wanted.length)
    expect(server.messages()).toEqual(wanted)
    expect(server.state.frames.slice(frames).filter((type) => type === 'events').length).toBeLessThan(50)
    const seqs = server.state.events.map((event) => event.seq)
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
  })

  it('sends again from the last acknowledged event after a reconnect', async () => {
    await using _bot = await start()
    await connected()
    await until('everything acknowledged', () => server.state.beats.at(-1)?.outbox_pending === 0)
    server.state.acks = false
    for (const body of bodies(10)) whatsapp.say({ body })
    await until('the first delivery', () => server.messages().length === 10)
    server.state.acks = true
    server.cut()
    await until('the second', () => server.state.repeats === 10)
    for (const body of bodies(5, 'n')) whatsapp.say({ body })
    await until('an empty outbox', () => server.messages().length === 15 && server.state.beats.at(-1)?.outbox_pending === 0)
    expect(server.messages()).toEqual([...bodies(10), ...bodies(5, 'n')])
    expect(server.state.repeats).toBe(10)
  })

  it('delivers what came while nobody was there, and finds its way back by itself', async () => {
    await using _bot = await start()
    await connected()
    server.state.refuse = { status: 503, headers: 'Retry-After: 0\r\n' }
    server.cut()
    for (const body of bodies(300)) whatsapp.say({ body })
    await until('some tries', () => server.state.headers.length > 5)
    server.state.refuse = null
    await until('all of them', () => server.messages().length === 300)
    expect(server.messages()).toEqual(bodies(300))
    const [first, ...others] = server.state.hellos
    expect(others.every((hello) => hello.boot_id === first?.boot_id && hello.volume_id === first.volume_id)).toBe(true)
  })

  it('keeps only the newest QR while nobody is there', async () => {
    await using _bot = await start()
    await until('a QR', () => server.of('qr').length > 0)
    server.state.refuse = { status: 503 }
    server.cut()
    for (let n = 2; n < 30; n += 1) whatsapp.engine().showQr(`qr-${n}`)
    server.state.refuse = null
    await until('the newest', () => server.of('qr').at(-1)?.body.qr_code === 'qr-29')
    expect(server.of('qr').map((event) => event.body.qr_code)).toEqual(['qr-1', 'qr-29'])
  })

  it('dials again when the other side falls silent without closing', async () => {
    await using _bot = await start({ linkTimings: { ...FAST.linkTimings, silenceMs: 400 } })
    await until('hello', () => server.state.hellos.length === 1)
    server.freeze()
    await until('another hello', () => server.state.hellos.length === 2)
  })

  it('goes on dialling where the server never says welcome', async () => {
    server.state.welcomes = false
    await using _bot = await start({ linkTimings: { ...FAST.linkTimings, handshakeMs: 100 } })
    await until('a second hello', () => server.state.hellos.length >= 2)
    server.state.welcomes = true
    await until('events', () => server.state.events.length > 0)
  })

  it.each([
    ['the HTTP status 401', () => (server.state.refuse = { status: 401 })],
    ['the HTTP status 404', () => (server.state.refuse = { status: 404 })],
    ['the close code 4401', () => server.close(4401)],
    ['the close code 4426', () => server.close(4426)],
  ] as const)('pauses and raises an alarm on %s, and asks again rarely', async (_what, refuse) => {
    await using bot = await start({ linkTimings: { ...FAST.linkTimings, retry: { baseMs: 20, maxMs: 50, refusedMs: 3_000 } } })
    await until('beats', () => server.state.beats.length > 0)
    refuse()
    if (server.state.refuse !== null) server.cut()
    const metric = async (): Promise<string> => (await fetch(`${bot.url}/metrics`)).text()
    await until('the alarm', async () => (await metric()).includes('\nzaptria_bot_sink_paused 1'))
    expect(bot.logs()).toContain('the control plane refuses this bot')
    expect(server.state.headers.length).toBeLessThanOrEqual(2)
    server.state.refuse = null
    await until('the link again', async () => (await metric()).includes('\nzaptria_bot_sink_paused 0'))
  })

  it('comes back after a newer link took over, without wrestling', async () => {
    await using _bot = await start({ linkTimings: { ...FAST.linkTimings, retry: { baseMs: 20, maxMs: 50, refusedMs: 3_000 } } })
    await until('hello', () => server.state.hellos.length === 1)
    const began = performance.now()
    server.close(4409)
    await until('hello again', () => server.state.hellos.length === 2)
    expect(performance.now() - began).toBeGreaterThan(450)
  })

  it('sets the one event aside that the control plane cannot read, and goes on with the others', async () => {
    server.state.cannotRead = ({ body }) => body.kind === 'message' && body.body === 'poison'
    await using bot = await start()
    await connected()
    for (const body of [...bodies(20), 'poison', ...bodies(20, 'n')]) whatsapp.say({ body })
    await until('the others', () => server.messages().length === 40)
    expect(server.messages()).toEqual([...bodies(20), ...bodies(20, 'n')])
    await until('a beat that tells', () => server.state.beats.at(-1)?.outbox_set_aside === 1)
    server.state.cannotRead = null
    const replayed = await fetch(`${bot.url}/replay`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN }),
    })
    expect(await replayed.json()).toEqual({ success: true, replayed: 1 })
    await until('it after all', () => server.messages().includes('poison'))
  })

  it('ignores frames that it does not know and fields that are new', async () => {
    await using bot = await start()
    await connected()
    server.raw('{"type":"weather","sky":"blue"}')
    server.raw('not JSON')
    server.raw('{"type":"settings","pacing":"fast"}')
    server.raw(JSON.stringify({ type: 'events_ack', seq: 0, mood: 'good' }))
    const id = randomUUID()
    const reply = server.command({ kind: 'fly' } as never, id)
    expect(await reply).toMatchObject({ ok: false, error: expect.stringContaining('does not know') })
    whatsapp.say({ body: 'still there' })
    await until('the message', () => server.messages().includes('still there'))
    expect(server.state.hellos).toHaveLength(1)
    expect(bot.logs()).toContain('a frame was ignored')
  })

  it('refuses a message of a type that it does not know, and sends nothing of it', async () => {
    await using _bot = await start()
    await connected()
    const message = { type: 'hologram', body: 'em palavras' }
    const command = { kind: 'send', message_id: randomUUID(), wa_id: '3EB0FE', chat_id: '5511988887777@c.us', alias_chat_id: null, message }
    const reply = await server.command({ ...command, expires_in_ms: 60_000, attempt: 1, priority: 0 } as never, command.message_id)
    expect(reply).toMatchObject({ ok: false, error: UNKNOWN_COMMAND })
    // What is known still goes.
    const known = { ...command, message_id: randomUUID(), wa_id: '3EB0FF', message: { type: 'text' as const, body: 'oi' } }
    await server.command({ ...known, kind: 'send', expires_in_ms: 60_000, attempt: 1, priority: 0 })
    await until('the text', () => whatsapp.world.sent.has('3EB0FF'))
    expect([...whatsapp.world.sent.keys()]).toEqual(['3EB0FF'])
  })

  it('numbers its events behind what the control plane knows, when the volume was rolled back', async () => {
    server.state.ackedSeq = 5_000
    await using _bot = await start()
    await connected()
    whatsapp.say({ body: 'after the copy' })
    await until('the message', () => server.messages().includes('after the copy'))
    expect(server.state.events.every((event) => event.seq > 5_000)).toBe(true)
  })

  it('refuses a snapshot of a session that is not connected, rather than leave the question open', async () => {
    await using _bot = await start()
    await until('hello', () => server.state.hellos.length === 1 && server.up())
    expect(await server.command({ kind: 'snapshot', snapshot_id: randomUUID() })).toMatchObject({ ok: false })
  })

  it('does not say of a snapshot that it is being taken when it was another process that took it on', async () => {
    const [id, snapshot_id] = [randomUUID(), randomUUID()]
    {
      await using _bot = await start()
      await connected()
      expect(await server.command({ kind: 'snapshot', snapshot_id }, id)).toMatchObject({ ok: true })
    }
    // So that its session stays closed.
    server.state.grants = false
    await using _bot = await start()
    await until('hello', () => server.state.hellos.length === 2 && server.up())
    expect(await server.command({ kind: 'snapshot', snapshot_id }, id)).toMatchObject({ ok: false, error: 'The session is not connected.' })
  })
})
