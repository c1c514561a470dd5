import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { MessageEvent } from '@zaptria/contract'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { takeCommands } from '../store/commands.ts'
import { event, incoming } from '../testing/fixture.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let site: string
let bots: string
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
  site = await http.app.listen({ host: '127.0.0.1', port: 0 })
  bots = await http.bots.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const JPEG = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), randomBytes(30_000)])
const HTML = Buffer.from('<!DOCTYPE html><script>alert(1)</script>')
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let tenant: string
let bot: { id: string; tenantId: string }
let token: string
let seq: number
let volume: string
beforeEach(async () => {
  tenant = ((await http.call('POST', '/api/v1/tenants', { name: 'Loja', subscription: 'paid' })).body as { id: string }).id
  const row = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
  bot = { id: row.id, tenantId: tenant }
  token = ((await http.call('POST', `/api/v1/tenants/${tenant}/bot/token`)).body as { bot_token: string }).bot_token
  seq = 0
  volume = randomUUID()
})

type Said = { message: MessageEvent; id: string; conversation: string }
/** A message of the bot's, as the API shows it. */
const hear = async (given: Partial<MessageEvent>, from: string | null = volume): Promise<Said> => {
  const message = incoming({ body: '', type: 'image', media: { mimetype: 'image/jpeg' }, ...given })
  await ingest({ db: http.db, hints: { changed: () => Promise.resolve() } }, bot, from, [event((seq += 1), message)])
  const { id, conversation_id } = await http.db
    .selectFrom('messages')
    .select(['id', 'conversation_id'])
    .where('bot_id', '=', bot.id)
    .where('wa_id', '=', message.wa_id)
    .executeTakeFirstOrThrow()
  return { message, id, conversation: conversation_id }
}
const shown = async ({ conversation, id }: Said) => {
  const { body } = await http.call('GET', `/api/v1/tenants/${tenant}/conversations/${conversation}/messages`)
  return (body as { items: { id: string; media: unknown }[] }).items.find((one) => one.id === id)?.media
}
const mediaUrl = (key: Partial<MessageEvent> & { sha256?: string }): string => {
  const { wa_id = '', chat_id = '', from_me = false, sender = '', sha256 } = key
  const query = new URLSearchParams({ wa_id, chat_id, from_me: String(from_me), sender, ...(sha256 === undefined ? {} : { sha256 }) })
  return `${bots}/api/bots/media?${query.toString()}`
}
const credentials = () => ({ authorization: `Bearer ${token}`, 'x-tenant-id': tenant })
const put = (
  key: Parameters<typeof mediaUrl>[0],
  bytes: Buffer | ReadableStream<Uint8Array>,
  headers: Record<string, string> = credentials(),
) => fetch(mediaUrl(key), { method: 'PUT', headers, body: bytes, duplex: 'half' })
const download = (message: string, headers: Record<string, string> = {}, of = tenant) =>
  fetch(`${site}/api/v1/tenants/${of}/messages/${message}/media`, { headers: { cookie: http.cookie, ...headers } })
const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer())

describe('a file that comes', () => {
  it('is pending until the bot has brought it, and is served then', async () => {
    const said = await hear({ body: 'veja', media: { mimetype: 'image/jpeg', filename: 'praça.jpg', size_bytes: JPEG.length } })
    expect(await shown(said)).toEqual({
      kind: 'image',
      state: 'pending',
      failure: null,
      mismatch: false,
      mimetype: 'image/jpeg',
      filename: 'praça.jpg',
      size_bytes: JPEG.length,
    })
    expect((await download(said.id)).status).toBe(404)

    const stored = await put({ ...said.message, sha256: hashOf(JPEG) }, JPEG)
    expect([stored.status, await stored.json()]).toEqual([200, { sha256: hashOf(JPEG), size_bytes: JPEG.length }])
    expect(await shown(said)).toMatchObject({ state: 'stored', sha256: hashOf(JPEG), size_bytes: JPEG.length })

    const served = await download(said.id)
    expect((await bytesOf(served)).equals(JPEG)).toBe(true)
    expect(Object.fromEntries(served.headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': String(JPEG.length),
      'content-disposition': `inline; filename="pra_a.jpg"; filename*=UTF-8''pra%C3%A7a.jpg`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^sandbox;/),
      'cache-control': 'private, no-cache',
      'accept-ranges': 'bytes',
      etag: `"${hashOf(JPEG)}"`,
    })
  })

  it('is found under the other name of its chat, and under a person of a group', async () => {
    const lid = await hear({ chat_id: '777@lid', sender: '777@lid', phone: '5511988887777@c.us', lid: '777@lid' })
    expect((await put({ ...lid.message, chat_id: '5511988887777@s.whatsapp.net' }, JPEG)).status).toBe(200)
    const group = await hear({ chat_id: '12036@g.us', sender: '5511988887777@c.us', phone: null })
    expect((await put({ ...group.message, sender: '5511900000009@c.us' }, JPEG)).status).toBe(404)
    expect((await put(group.message, JPEG)).status).toBe(200)
  })

  it('may be brought again when the answer was lost, and is kept as it was', async () => {
    const said = await hear({})
    await put(said.message, JPEG)
    const again = await put(said.message, randomBytes(20_000))
    expect([again.status, await again.json()]).toEqual([200, { sha256: hashOf(JPEG), size_bytes: JPEG.length }])
    expect((await bytesOf(await download(said.id))).equals(JPEG)).toBe(true)
  })

  it('is given in parts, and not again to whom has it', async () => {
    const said = await hear({})
    await put(said.message, JPEG)
    const part = await download(said.id, { range: 'bytes=10-19' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${JPEG.length}`])
    expect((await bytesOf(part)).equals(JPEG.subarray(10, 20))).toBe(true)
    const beyond = await download(said.id, { range: `bytes=${JPEG.length}-` })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${JPEG.length}`])
    expect((await download(said.id, { 'if-none-match': `"${hashOf(JPEG)}"` })).status).toBe(304)
    expect((await download(said.id, { range: 'bytes=0-1', 'if-range': '"old"' })).status).toBe(200)
  })

  it('that is not what it claims to be is bytes for download, and marked', async () => {
    const said = await hear({})
    expect((await put(said.message, HTML)).status).toBe(200)
    expect(await shown(said)).toMatchObject({ state: 'stored', mismatch: true, mimetype: 'application/octet-stream' })
    const served = await download(said.id)
    expect([served.headers.get('content-type'), served.headers.get('content-disposition')]).toEqual([
      'application/octet-stream',
      'attachment',
    ])
  })

  it.each([
    ['text/html', HTML],
    ['image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')],
  ])('as a document of the type %s is never served as such', async (mimetype, bytes) => {
    const said = await hear({ type: 'document', media: { mimetype, filename: 'x.html' } })
    expect((await put(said.message, bytes)).status).toBe(200)
    const served = await download(said.id)
    expect(served.headers.get('content-type')).toBe('application/octet-stream')
    expect(served.headers.get('content-disposition')).toMatch(/^attachment/)
  })

  it.each([
    ['said beforehand', (bytes: Buffer) => bytes],
    [
      'found while it comes',
      (bytes: Buffer) =>
        new ReadableStream<Uint8Array>({
          async pull(to) {
            await delay(1)
            to.enqueue(bytes.subarray(0, 10_000))
          },
        }),
    ],
  ])('is refused when it is too large, as %s', async (_, body) => {
    const said = await hear({})
    // The answer may be lost, because the body is not read to its end; that it was refused is seen by its state.
    const answer = await put(said.message, body(Buffer.concat([JPEG, JPEG, JPEG]))).catch(() => null)
    if (answer !== null) expect(answer.status).toBe(413)
    expect(await shown(said)).toMatchObject({ state: 'pending' })
    const document = await hear({ type: 'document', media: { mimetype: 'application/octet-stream' } })
    expect((await put(document.message, randomBytes(100_000))).status).toBe(200)
  })

  it('is refused when its bytes are not the ones that were named', async () => {
    const said = await hear({})
    expect((await put({ ...said.message, sha256: hashOf(HTML) }, JPEG)).status).toBe(400)
    expect(await shown(said)).toMatchObject({ state: 'pending' })
  })

  it('leaves nothing behind when the bot is killed in the middle', async () => {
    const said = await hear({})
    const { port } = new URL(bots)
    const socket = connect(Number(port), '127.0.0.1')
    const url = new URL(mediaUrl(said.message))
    socket.write(
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nX-Tenant-Id: ${tenant}\r\nContent-Length: 50000\r\n\r\n`,
    )
    socket.write(JPEG.subarray(0, 20_000))
    await delay(100)
    socket.destroy()
    await waitFor(() => http.log.some((line) => line.includes('aborted') || line.includes('ECONNRESET')), {
      what: 'the break to be noticed',
    })
    expect(await shown(said)).toMatchObject({ state: 'pending' })
    expect((await put(said.message, JPEG)).status).toBe(200)
  })

  it('is taken from its own bot alone', async () => {
    const said = await hear({})
    expect((await put(said.message, JPEG, { ...credentials(), authorization: 'Bearer wrong' })).status).toBe(401)
    expect((await put(said.message, JPEG, {})).status).toBe(401)
    const other = ((await http.call('POST', '/api/v1/tenants', { name: 'Outra', subscription: 'paid' })).body as { id: string }).id
    expect((await put(said.message, JPEG, { ...credentials(), 'x-tenant-id': other })).status).toBe(401)
    const theirs = ((await http.call('POST', `/api/v1/tenants/${other}/bot/token`)).body as { bot_token: string }).bot_token
    expect((await put(said.message, JPEG, { authorization: `Bearer ${theirs}`, 'x-tenant-id': other })).status).toBe(404)
    await put(said.message, JPEG)
    expect((await download(said.id, {}, other)).status).toBe(404)
    expect((await download(said.id, { cookie: '' })).status).toBe(401)
    await http.call('PATCH', `/api/v1/tenants/${tenant}`, { subscription: 'cancelled' })
    await http.call('DELETE', `/api/v1/tenants/${tenant}/bot`)
    expect((await put(said.message, JPEG)).status).toBe(410)
  })

  it('has failed when the bot says so, unless it is here already', async () => {
    const failed = await hear({})
    const here = await hear({})
    await put(here.message, JPEG)
    const says = ({ wa_id, chat_id, from_me, sender }: MessageEvent) =>
      event((seq += 1), { kind: 'media_failed', wa_id, chat_id, from_me, sender, reason: 'gone' })
    await ingest({ db: http.db, hints: { changed: () => Promise.resolve() } }, bot, volume, [says(failed.message), says(here.message)])
    expect(await shown(failed)).toMatchObject({ state: 'failed', failure: 'gone' })
    expect(await shown(here)).toMatchObject({ state: 'stored', failure: null })
    // Better late than never.
    expect((await put(failed.message, JPEG)).status).toBe(200)
    expect(await shown(failed)).toMatchObject({ state: 'stored', failure: null })
  })

  it('of a foreign bot is not waited for', async () => {
    expect(await shown(await hear({}, null))).toMatchObject({ state: 'failed', failure: 'unsupported', kind: 'image' })
  })
})

describe('a file that goes', () => {
  const upload = (bytes: Buffer, type: string, query = '', headers: Record<string, string> = {}) =>
    fetch(`${site}/api/v1/tenants/${tenant}/media${query}`, {
      method: 'POST',
      headers: { cookie: http.cookie, origin: site, 'content-type': type, ...headers },
      body: bytes,
    })
  const idOf = async (answer: Response): Promise<string> => ((await answer.json()) as { id: string }).id
  const send = (body: object) => http.call('POST', `/api/v1/tenants/${tenant}/messages`, { to: '5511988887777', ...body })

  it('is uploaded, sent by its id, and fetched by the bot', async () => {
    const uploaded = await upload(JPEG, 'image/jpeg', '?filename=card%C3%A1pio.jpg')
    expect(uploaded.status).toBe(201)
    const media = (await uploaded.json()) as { id: string }
    expect(media).toMatchObject({ mimetype: 'image/jpeg', filename: 'cardápio.jpg', size_bytes: JPEG.length, sha256: hashOf(JPEG) })
    const sent = await send({ type: 'image', media_id: media.id, caption: 'hoje' })
    expect(sent.body).toMatchObject({ type: 'image', body: 'hoje', status: 'queued', media: { state: 'stored', filename: 'cardápio.jpg' } })
    expect((await bytesOf(await download((sent.body as { id: string }).id))).equals(JPEG)).toBe(true)
    const plain = await send({ body: 'e só texto' })
    expect(plain.body).toMatchObject({ type: 'chat', media: null })

    const linkId = randomUUID()
    await http.db.updateTable('bots').set({ state: 'connected', link_id: linkId }).where('id', '=', bot.id).execute()
    const [commands] = await takeCommands(http.db, [{ bot, linkId, volumeId: volume }])
    expect(commands!.map(({ command }) => command.kind === 'send' && command.message)).toEqual([
      {
        type: 'image',
        media_id: media.id,
        mimetype: 'image/jpeg',
        filename: 'cardápio.jpg',
        size_bytes: JPEG.length,
        sha256: hashOf(JPEG),
        caption: 'hoje',
      },
      { type: 'text', body: 'e só texto' },
    ])
    const fetched = await fetch(`${bots}/api/bots/media/${media.id}`, { headers: credentials() })
    expect((await bytesOf(fetched)).equals(JPEG)).toBe(true)
    const other = ((await http.call('POST', '/api/v1/tenants', { name: 'Outra', subscription: 'paid' })).body as { id: string }).id
    const theirs = ((await http.call('POST', `/api/v1/tenants/${other}/bot/token`)).body as { bot_token: string }).bot_token
    const stolen = await fetch(`${bots}/api/bots/media/${media.id}`, {
      headers: { authorization: `Bearer ${theirs}`, 'x-tenant-id': other },
    })
    expect(stolen.status).toBe(404)
  })

  it('is uploaded once under one Idempotency-Key', async () => {
    const key = { 'idempotency-key': randomUUID() }
    const first = await idOf(await upload(JPEG, 'image/jpeg', '', key))
    expect(await idOf(await upload(JPEG, 'image/jpeg', '', key))).toBe(first)
    expect((await upload(Buffer.from('other'), 'text/plain', '', key)).status).toBe(409)
  })

  it('may be so large as is said beforehand', async () => {
    const limits = await http.call('GET', `/api/v1/tenants/${tenant}/media/limits`)
    expect([limits.status, limits.body]).toEqual([200, { document: 256 * 1024, other: 64 * 1024 }])
    expect((await http.call('GET', `/api/v1/tenants/${randomUUID()}/media/limits`)).status).toBe(404)
  })

  it('is checked when it is uploaded', async () => {
    expect((await upload(HTML, 'image/png')).status).toBe(422)
    expect((await upload(Buffer.alloc(0), 'image/png')).status).toBe(400)
    const unnamed = await upload(JPEG, 'jpeg')
    expect(unnamed.status).toBe(400)
    expect(await unnamed.json()).toMatchObject({ errors: [{ path: 'Content-Type', message: expect.stringContaining('image/jpeg') }] })
    for (const form of ['multipart/form-data; boundary=x', 'application/x-www-form-urlencoded']) {
      const refused = await upload(JPEG, form)
      expect(refused.status).toBe(400)
      expect(await refused.json()).toMatchObject({ errors: [{ path: 'Content-Type', message: expect.stringContaining('--data-binary') }] })
    }
    expect([413, undefined]).toContain((await upload(randomBytes(300_000), 'application/zip').catch(() => undefined))?.status)
    expect((await upload(Buffer.from('{"a":1}'), 'application/json')).status).toBe(201)
    const gone = await fetch(`${site}/api/v1/tenants/0192f0c1-0000-7000-8000-000000000000/media`, {
      method: 'POST',
      headers: { cookie: http.cookie, origin: site, 'content-type': 'image/jpeg' },
      body: JPEG,
    })
    expect(gone.status).toBe(404)
  })

  it('is checked when it is sent', async () => {
    const image = await idOf(await upload(JPEG, 'image/jpeg'))
    expect((await send({ type: 'video', media_id: image })).body).toMatchObject({ code: 'media_type_mismatch' })
    expect((await send({ type: 'document', media_id: image })).status).toBe(201)
    const large = await idOf(await upload(Buffer.concat([JPEG, JPEG, JPEG]), 'image/jpeg'))
    expect((await send({ type: 'image', media_id: large })).body).toMatchObject({ code: 'media_too_large' })
    expect((await send({ type: 'image', media_id: '0192f0c1-0000-7000-8000-000000000000' })).body).toMatchObject({
      code: 'media_not_found',
    })
    expect((await send({ type: 'image' })).body).toMatchObject({ code: 'validation_failed', errors: [{ path: 'media_id' }] })
    expect((await send({ type: 'image', media_id: image, body: 'x' })).status).toBe(400)
  })
})
