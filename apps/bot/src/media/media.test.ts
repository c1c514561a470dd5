import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { MediaLimits } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { newWaId } from '../send/sender.ts'
import { startTestBot, tempDir, TENANT, TOKEN } from '../testing/bot.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'
import { FETCHER_TIMINGS } from './fetcher.ts'

const CHAT = '5511988887777@c.us'
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The control plane's end for files, and switches for what it does with them. */
const startFiles = async () => {
  const state = {
    /** By key: what arrived whole. */
    stored: new Map<string, Buffer>(),
    puts: [] as { waId: string; headers: IncomingMessage['headers']; url: string }[],
    atOnce: 0,
    mostAtOnce: 0,
    answer: (_waId: string): number => 200,
    hold: null as Promise<void> | null,
    files: new Map<string, Buffer>(),
    getStatus: 200,
  }
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '', 'http://x')
      if (request.method === 'GET') {
        const bytes = state.files.get(url.pathname.split('/').at(-1) ?? '')
        response.writeHead(bytes === undefined ? 404 : state.getStatus).end(bytes)
        return
      }
      const waId = url.searchParams.get('wa_id') ?? ''
      state.puts.push({ waId, headers: request.headers, url: request.url ?? '' })
      state.atOnce += 1
      state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce)
      try {
        const chunks: Buffer[] = []
        for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
        await state.hold
        const status = state.answer(waId)
        if (status === 200) state.stored.set(waId, Buffer.concat(chunks))
        response.writeHead(status).end('{}')
      } catch {
        // Broken off: nothing was stored.
      } finally {
        state.atOnce -= 1
      }
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { state, port: (server.address() as AddressInfo).port, stop: () => server.close().closeAllConnections() }
}

let link: LinkServer
let files: Awaited<ReturnType<typeof startFiles>>
let dir: Awaited<ReturnType<typeof tempDir>>
let whatsApp: FakeWhatsApp
let bot: Awaited<ReturnType<typeof startTestBot>> | null = null
const limits: MediaLimits = { document: 100_000, other: 50_000 }
beforeEach(async () => {
  files = await startFiles()
  link = await startLinkServer({ files: files.port, media: limits })
  dir = await tempDir()
  whatsApp = createFakeWhatsApp()
})
afterEach(async () => {
  await bot?.stop()
  bot = null
  await link.stop()
  files.stop()
  await dir[Symbol.asyncDispose]()
  expect(link.state.faults).toEqual([])
})

const start = async (): Promise<void> => {
  bot = await startTestBot({
    dir: dir.path,
    engine: whatsApp.factory,
    environment: { ZAPTRIA_LINK_URL: link.url },
    fetcherTimings: { lookMs: 10, retry: { baseMs: 10, maxMs: 50 }, goneMs: [20, 20], giveUp: { failures: 3, ageMs: 0 } },
    senderTimings: { retryMs: 20, settleMs: 1_000 },
  })
  await waitFor(() => link.up(), { what: 'the link' })
  const engine = await waitFor(() => whatsApp.engines.at(-1), { what: 'an engine' })
  if (!engine.connected) await waitFor(() => link.of('qr').length > 0 || engine.connected, { what: 'a QR or a session' })
  if (!engine.connected) engine.scan()
  await waitFor(() => link.states().at(-1) === 'connected/ready', { what: 'the session' })
}
/** Somebody sends a file. */
const say = (bytes: Buffer | Error | null, more: { type?: string; size?: number } = {}) => {
  const waId = `FILE${whatsApp.world.history.length}`
  if (bytes !== null) whatsApp.world.files.set(waId, bytes)
  const known = Buffer.isBuffer(bytes) ? { size_bytes: bytes.length, sha256: hashOf(bytes) } : {}
  const media = { mimetype: 'image/png', ...known, ...(more.size === undefined ? {} : { size_bytes: more.size }) }
  whatsApp.say({ waId, body: 'veja', type: more.type ?? 'image', media })
  return waId
}
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
const failures = () => link.of('media_failed').map(({ body }) => [body.wa_id, body.reason])

describe('a file that came', () => {
  it('is brought beside the link, with its credentials, under the key of its message', async () => {
    await start()
    const bytes = randomBytes(30_000)
    const waId = say(bytes)
    await until('the file', () => files.state.stored.get(waId)?.equals(bytes))
    const [put] = files.state.puts
    expect(put?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, 'x-tenant-id': TENANT })
    expect(put?.url).toBe(
      `/api/bots/media?${new URLSearchParams({ wa_id: waId, chat_id: CHAT, from_me: 'false', sender: CHAT, sha256: hashOf(bytes) }).toString()}`,
    )
    expect(failures()).toEqual([])
  })

  it('waits until its message was delivered', async () => {
    await start()
    link.state.acks = false
    const waId = say(randomBytes(100))
    await until('the message', () => link.messages().length === 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(files.state.puts).toEqual([])
    link.state.acks = true
    link.cut()
    await until('the file', () => files.state.stored.has(waId))
  })

  it('is brought two at a time at most, all in the end', async () => {
    await start()
    const hold = Promise.withResolvers<void>()
    files.state.hold = hold.promise
    const sent = Array.from({ length: 7 }, () => say(randomBytes(2_000)))
    await until('two', () => files.state.atOnce === 2)
    await new Promise((resolve) => setTimeout(resolve, 100))
    hold.resolve()
    await until('all', () => sent.every((waId) => files.state.stored.has(waId)))
    expect(files.state.mostAtOnce).toBe(2)
    expect(files.state.puts).toHaveLength(7)
  })

  it('is brought by the next process when this one was stopped in the middle', async () => {
    await start()
    files.state.hold = new Promise(() => {})
    const bytes = randomBytes(40_000)
    const waId = say(bytes)
    await until('its beginning', () => files.state.puts.length > 0)
    await bot?.stop()
    files.state.hold = null
    await start()
    await until('the file', () => files.state.stored.get(waId)?.equals(bytes))
  })

  it.each([500, 503, 429, 404, 401])('is tried again while the control plane answers %i', async (status) => {
    await start()
    let left = 3
    files.state.answer = () => ((left -= 1) >= 0 ? status : 200)
    const waId = say(randomBytes(100))
    await until('the file', () => files.state.stored.has(waId))
    expect(files.state.puts).toHaveLength(4)
  })

  it('is tried again when WhatsApp does not have it, and given up with that reason', async () => {
    await start()
    const late = say(null)
    await until('a first try', () => whatsApp.world.calls.includes(`download ${late}`))
    whatsApp.world.files.set(late, Buffer.from('agora sim'))
    await until('the late one', () => files.state.stored.has(late))
    const never = say(null)
    await until('the end', () => failures().length > 0)
    expect(failures()).toEqual([[never, 'gone']])
    expect(whatsApp.world.calls.filter((call) => call === `download ${never}`)).toHaveLength(3)
  })

  it('is given up when it is too large, by what is said of it and by what comes', async () => {
    await start()
    const said = say(randomBytes(10), { size: 60_000 })
    const found = say(randomBytes(60_000), { size: 10 })
    const document = say(randomBytes(60_000), { type: 'document' })
    await until('the ends', () => failures().length === 2 && files.state.stored.has(document))
    expect(new Map(failures() as [string, string][])).toEqual(
      new Map([
        [said, 'too_large'],
        [found, 'too_large'],
      ]),
    )
    expect(whatsApp.world.calls).not.toContain(`download ${said}`)
    expect(files.state.stored.has(found)).toBe(false)
  })

  it('is given up after failures enough', async () => {
    await start()
    const waId = say(new Error('the page stumbled'))
    await until('the end', () => failures().length > 0)
    expect(failures()).toEqual([[waId, 'engine_error']])
    expect(files.state.stored.has(waId)).toBe(false)
    expect(FETCHER_TIMINGS.giveUp.ageMs).toBeGreaterThan(24 * 3600_000)
  })

  it('is left alone where the control plane takes none', async () => {
    await link.stop()
    link = await startLinkServer({ files: files.port })
    await start()
    say(randomBytes(100))
    await until('the message', () => link.messages().length === 1)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([files.state.puts, failures()]).toEqual([[], []])
  })
})

describe('a file that goes', () => {
  const command = (bytes: Buffer, more: { sha256?: string } = {}) => {
    const media_id = randomUUID()
    return {
      kind: 'send' as const,
      message_id: randomUUID(),
      wa_id: newWaId(),
      chat_id: CHAT,
      alias_chat_id: null,
      message: {
        type: 'image' as const,
        media_id,
        mimetype: 'image/png',
        size_bytes: bytes.length,
        sha256: more.sha256 ?? hashOf(bytes),
        caption: 'hoje',
      },
      expires_in_ms: 60_000,
      attempt: 1,
      priority: 0,
    }
  }
  const bytes = randomBytes(20_000)

  it('is fetched when its turn has come, and sent once with its caption', async () => {
    await start()
    const given = command(bytes)
    files.state.files.set(given.message.media_id, bytes)
    expect(await link.command(given)).toMatchObject({ ok: true })
    await until('the result', () => link.results(given.message_id).includes('handed'))
    const sent = whatsApp.world.sent.get(given.wa_id)
    expect(sent).toMatchObject({ text: 'hoje', times: 1, file: { kind: 'image' } })
    expect(sent?.file?.bytes.equals(bytes)).toBe(true)
    expect(whatsApp.world.staged.size).toBe(0)
  })

  it('waits while it cannot be fetched, and nothing was tried meanwhile', async () => {
    await start()
    const given = command(bytes)
    files.state.files.set(given.message.media_id, bytes)
    files.state.getStatus = 503
    await link.command(given)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect([link.results(given.message_id), whatsApp.world.sent.size]).toEqual([[], 0])
    files.state.getStatus = 200
    await until('the result', () => link.results(given.message_id).includes('handed'))
    expect(whatsApp.world.sent.get(given.wa_id)?.times).toBe(1)
  })

  it('is not sent when it is not there any more, and never when it is not the one that was named', async () => {
    await start()
    const gone = command(bytes)
    await link.command(gone)
    await until('the failure', () => link.results(gone.message_id).includes('failed'))
    const other = command(bytes, { sha256: hashOf(Buffer.from('another')) })
    files.state.files.set(other.message.media_id, bytes)
    await link.command({ ...other, expires_in_ms: 300 })
    await until('the failure', () => link.results(other.message_id).includes('failed'))
    expect(whatsApp.world.sent.size).toBe(0)
  })
})
