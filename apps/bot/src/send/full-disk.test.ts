import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { SendCommand } from '@zaptria/contract'
import { mountSmallDisk, type SmallDisk, waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestBot, tempDir } from '../testing/bot.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'
import { newWaId } from './sender.ts'

const mayMount = process.getuid?.() === 0

describe.skipIf(!mayMount)('a bot whose disk is full (to mount one takes root)', () => {
  let server: LinkServer
  let whatsapp: FakeWhatsApp
  let dir: Awaited<ReturnType<typeof tempDir>>
  let disk: SmallDisk
  beforeEach(async () => {
    server = await startLinkServer()
    whatsapp = createFakeWhatsApp()
    dir = await tempDir()
    const mounted = mountSmallDisk(dir.path, 48)
    if (mounted === null) throw new Error('no disk could be mounted')
    disk = mounted
  })
  afterEach(async () => {
    await server.stop()
    disk.close()
    await dir[Symbol.asyncDispose]()
    expect(server.state.faults).toEqual([])
  })

  const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
  const connected = async () => {
    const bot = await startTestBot({
      dir: dir.path,
      engine: whatsapp.factory,
      environment: { ZAPTRIA_LINK_URL: server.url },
      senderTimings: { retryMs: 30, settleMs: 200 },
    })
    await until('a QR', () => server.of('qr').length > 0)
    whatsapp.engine().scan()
    await until('connected', () => server.up() && server.states().at(-1) === 'connected/ready')
    return bot
  }
  let nr = 0
  const send = (more: Partial<SendCommand> = {}): SendCommand => ({
    kind: 'send',
    message_id: randomUUID(),
    wa_id: newWaId(),
    chat_id: '5511988887777@c.us',
    alias_chat_id: null,
    // Long, so that there is no room for it between what is there.
    message: { type: 'text', body: `olá ${(nr += 1)} ${'x'.repeat(20_000)}` },
    expires_in_ms: 60_000,
    attempt: 1,
    priority: 0,
    ...more,
  })
  const result = (command: SendCommand) => until(`the result of ${command.wa_id}`, () => server.results(command.message_id).at(-1))
  const times = (command: SendCommand): number => whatsapp.world.sent.get(command.wa_id)?.times ?? 0

  it('takes no message on, nor one behind it, and begins a new link to be given them again', async () => {
    await using bot = await connected()
    const links = server.state.hellos.length
    disk.fill()
    const commands = [send(), send({ message: { type: 'text', body: 'short' } })]
    for (const command of commands) void server.command(command)
    await until('the end of the link', () => !server.up())
    disk.free()
    await until('the next link', () => server.state.hellos.length > links && server.up())
    expect(whatsapp.world.sent.size).toBe(0)
    for (const command of commands) expect(await server.command({ ...command, attempt: 2 })).toMatchObject({ ok: true })
    for (const command of commands) expect(await result(command)).toBe('handed')
    expect([...whatsapp.world.sent.values()].map((sent) => [sent.waId, sent.times])).toEqual(commands.map(({ wa_id }) => [wa_id, 1]))
    expect(bot.logs()).not.toContain('sending stumbled')
  })

  it('knows what became of a message that was on its way, however long that takes', async () => {
    await using _bot = await connected()
    const answer = Promise.withResolvers<null>()
    whatsapp.world.beforeSend = () => answer.promise
    const commands = [send(), send()]
    for (const command of commands) await server.command(command)
    disk.fill()
    answer.resolve(null)
    // Longer than the page has to say what it knows.
    await delay(600)
    // What its page could not keep is not given to it.
    expect(times(commands[1]!)).toBe(0)
    disk.free()
    for (const command of commands) {
      expect(await result(command)).toBe('handed')
      expect(times(command)).toBe(1)
    }
  })

  it('lives on when what waits expires, and when events are acknowledged, meanwhile', async () => {
    await using bot = await connected()
    const answer = Promise.withResolvers<null>()
    whatsapp.world.beforeSend = () => answer.promise
    const [hanging, waiting] = [send(), send({ expires_in_ms: 300 })]
    await server.command(hanging)
    await server.command(waiting)
    server.state.acks = false
    whatsapp.say({ body: 'antes' })
    await until('the message', () => server.of('message').length === 1)
    disk.fill()
    server.send({ type: 'events_ack', seq: server.state.events.at(-1)!.seq })
    for (let i = 0; i < 20; i++) whatsapp.say({ body: `durante ${i} ${'y'.repeat(20_000)}` })
    await delay(600)
    server.state.acks = true
    disk.free()
    await until('all messages', () => server.of('message').length === 21)
    await until('the expiry', () => server.results(waiting.message_id).includes('failed'))
    answer.resolve(null)
    expect(await result(hanging)).toBe('handed')
    expect(bot.logs()).not.toContain('nobody caught')
  })

  it('closes its browser, and opens one when there is room again', async () => {
    await using _bot = await connected()
    const engine = whatsapp.engine()
    disk.fill()
    await until('the end of the engine', () => engine.closed)
    await until('what is so, told by a beat', () => server.state.beats.at(-1)?.reason === 'disk_full')
    await delay(200)
    expect(whatsapp.engines).toHaveLength(1)
    disk.free()
    await until('connected', () => whatsapp.engines.length === 2 && server.states().at(-1) === 'connected/ready')
    expect(server.states()).toContain('failed/disk_full')
    whatsapp.say({ body: 'depois' })
    await until('the message', () => server.messages().includes('depois'))
  })
})
