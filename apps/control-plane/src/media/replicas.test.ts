import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { API_BASE } from '@zaptria/contract'
import type { Bot, BotQr, Message, Page, Tenant } from '@zaptria/contract'
import { startLab } from '@zaptria/lab'
import { createTestDatabase, startS3, waitFor } from '@zaptria/lab/testing'
import type { S3 } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startProgram } from '../testing/control-plane.ts'
import type { Program } from '../testing/control-plane.ts'

const ACCOUNT = '5511900000001'
const ANA = '5511988887777'
const key = `zap_live_00000000_${'k'.repeat(43)}`
const JPEG = Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex')
const picture = (): Buffer => Buffer.concat([JPEG, randomBytes(300_000)])
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const stack = new AsyncDisposableStack()
let s3: S3
let lab: Awaited<ReturnType<typeof startLab>>
let dir: string
let databaseUrl: string
/** Has the bots. */
let one: Program
/** Serves people, from another machine as it were. */
let two: Program
let tenant: Tenant

const env = (): Record<string, string> => ({
  ZAPTRIA_ENGINE: 'simulated',
  ZAPTRIA_LAB: '1',
  ZAPTRIA_LAB_URL: lab.simulated,
  ZAPTRIA_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
  ZAPTRIA_MEDIA_S3_ENDPOINT: s3.endpoint,
  ZAPTRIA_MEDIA_S3_REGION: s3.credentials.region,
  ZAPTRIA_MEDIA_S3_BUCKET: s3.bucket,
  ZAPTRIA_MEDIA_S3_ACCESS_KEY_ID: s3.credentials.accessKeyId,
  ZAPTRIA_MEDIA_S3_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
})
const start = async (name: string, more: Record<string, string> = {}): Promise<Program> => {
  const program = await startProgram({ databaseUrl, dataDir: path.join(dir, name), key, env: { ...env(), ...more } })
  stack.defer(async () => void (await program.stop()))
  return program
}

beforeAll(async () => {
  const database = stack.use(await createTestDatabase())
  databaseUrl = database.url
  dir = await mkdtemp(path.join(tmpdir(), 'zaptria-replicas-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  s3 = await startS3()
  stack.defer(() => s3.close())
  lab = await startLab({})
  stack.defer(() => lab.close())
  await lab.scenario.createAccount({ number: ACCOUNT, name: 'Loja' })
  await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
  one = await start('one')
  two = await start('two', { ZAPTRIA_ROLE: 'web' })
  tenant = await one.call<Tenant>('POST', '/tenants', { name: 'Loja', subscription: 'paid' })
  const scanned = async (): Promise<boolean> => {
    const { qr_code: qr } = await one.call<BotQr>('GET', `/tenants/${tenant.id}/bot/qr`)
    if (qr !== null) await lab.scenario.scan({ account: ACCOUNT, qr })
    return qr !== null
  }
  await waitFor(scanned, { timeoutMs: 30_000, what: 'the QR' })
  const bot = () => one.call<Bot>('GET', `/tenants/${tenant.id}/bot`)
  await waitFor(async () => (await bot()).state.state === 'connected', { timeoutMs: 30_000, what: 'the bot to be connected' })
}, 120_000)
beforeEach(() => {
  s3.trouble = () => undefined
})
afterAll(() => stack.disposeAsync())

const upload = (program: Program, bytes: Buffer): Promise<Response> =>
  fetch(`${program.url}${API_BASE}/tenants/${tenant.id}/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'image/jpeg' },
    body: bytes,
  })
const download = (program: Program, message: string): Promise<Response> =>
  fetch(`${program.url}${API_BASE}/tenants/${tenant.id}/messages/${message}/media`, { headers: { authorization: `Bearer ${key}` } })
const fromAna = (caption: string, bytes: Buffer) =>
  lab.scenario.sendFromContact({
    account: ACCOUNT,
    contact: ANA,
    body: caption,
    media: { data: bytes.toString('base64'), mimetype: 'image/jpeg', filename: 'foto.jpg' },
  })
const messageOf = async (caption: string): Promise<Message | undefined> => {
  const [conversation] = (await two.call<Page<{ id: string }>>('GET', `/tenants/${tenant.id}/conversations`)).items
  const page = await two.call<Page<Message>>('GET', `/tenants/${tenant.id}/conversations/${conversation!.id}/messages`)
  return page.items.find(({ body }) => body === caption)
}
const storedAs = (caption: string): Promise<Message> =>
  waitFor(
    async () => {
      const message = await messageOf(caption)
      return message?.media?.state === 'stored' ? message : null
    },
    { timeoutMs: 30_000, what: `the file of "${caption}"` },
  )
const shownToAna = async (caption: string): Promise<string | undefined> => {
  const shown = await lab.scenario.messages({ account: ACCOUNT, contact: ANA })
  const media = shown.find(({ fromMe, body }) => fromMe && body === caption)?.media
  if (media == null) return undefined
  return hashOf(Buffer.from(await (await fetch(new URL(`/api/media/${media.id}`, lab.control))).arrayBuffer()))
}

describe('replicas that share a bucket and no directory', { timeout: 90_000 }, () => {
  it('serve each other’s files, both ways', async () => {
    const [came, goes] = [picture(), picture()]
    await fromAna('veja', came)
    const message = await storedAs('veja')
    for (const program of [one, two])
      expect(hashOf(Buffer.from(await (await download(program, message.id)).arrayBuffer()))).toBe(hashOf(came))

    const { id } = (await (await upload(two, goes)).json()) as { id: string }
    await two.call('POST', `/tenants/${tenant.id}/messages`, { to: ANA, type: 'image', media_id: id, caption: 'olhe' })
    await waitFor(async () => (await shownToAna('olhe')) === hashOf(goes), { timeoutMs: 30_000, what: 'the picture at Ana’s' })

    expect([...s3.objects.keys()].toSorted()).toEqual([came, goes].map((bytes) => `media/${tenant.id}/${hashOf(bytes)}`).toSorted())
    for (const name of ['one', 'two']) {
      expect(existsSync(path.join(dir, name, 'media'))).toBe(false)
      expect(await readdir(path.join(dir, name, 'spool'))).toEqual([])
    }
  })

  it('lose nothing while the bucket is away: people are told, bots bring and fetch again', async () => {
    const [came, goes] = [picture(), picture()]
    const { id } = (await (await upload(two, goes)).json()) as { id: string }
    const before = s3.asked.length
    // Not to be repaired by asking again: as after a key was withdrawn.
    s3.trouble = () => 'AccessDenied'
    await fromAna('depois', came)
    await two.call('POST', `/tenants/${tenant.id}/messages`, { to: ANA, type: 'image', media_id: id, caption: 'também' })
    const refused = await upload(two, picture())
    expect([refused.status, await refused.json()]).toMatchObject([503, { code: 'unavailable' }])
    const file = await download(two, (await messageOf('veja'))!.id)
    expect([file.status, await file.json()]).toMatchObject([503, { code: 'unavailable' }])
    await waitFor(() => ['GET', 'PUT'].every((method) => s3.asked.slice(before).filter((asked) => asked.method === method).length > 1), {
      timeoutMs: 30_000,
      what: 'the bot to try both ways',
    })
    expect((await messageOf('depois'))?.media?.state).toBe('pending')
    s3.trouble = () => undefined
    await storedAs('depois')
    await waitFor(async () => (await shownToAna('também')) === hashOf(goes), { timeoutMs: 60_000, what: 'the picture at Ana’s' })
    expect((await lab.scenario.messages({ account: ACCOUNT, contact: ANA })).filter(({ body }) => body === 'também')).toHaveLength(1)
  })

  it('start while the bucket is away, and refuse to with a bucket that is wrong', async () => {
    s3.trouble = () => 'refuse'
    const patient = await start('three', { ZAPTRIA_ROLE: 'web' })
    expect(patient.log.join('\n')).toContain('the bucket for files of messages does not answer')
    s3.trouble = () => 'AccessDenied'
    expect((await upload(patient, picture())).status).toBe(503)
    s3.trouble = () => undefined
    expect((await upload(patient, picture())).status).toBe(201)
    const wrong = await start('four', { ZAPTRIA_MEDIA_S3_BUCKET: 'nobodys' }).then(
      () => expect.unreachable(),
      (error: unknown) => String(error),
    )
    expect(wrong).toMatch(/Files cannot be kept in the bucket nobodys.*NoSuchBucket.*ZAPTRIA_MEDIA_S3_BUCKET/)
    for (const said of [...one.log, ...two.log, ...patient.log, wrong]) expect(said).not.toContain(s3.credentials.secretAccessKey)
  })

  it('move the files of a directory into the bucket', async () => {
    const old = path.join(dir, 'old')
    const before = await startProgram({
      databaseUrl,
      dataDir: path.join(dir, 'five'),
      key,
      env: { ZAPTRIA_ROLE: 'web', ZAPTRIA_MASTER_KEY: env()['ZAPTRIA_MASTER_KEY']!, ZAPTRIA_MEDIA_DIR: old },
    })
    const bytes = picture()
    expect((await upload(before, bytes)).status).toBe(201)
    await before.stop()
    const name = `media/${tenant.id}/${hashOf(bytes)}`
    expect(s3.objects.has(name)).toBe(false)
    const after = await start('six', { ZAPTRIA_ROLE: 'worker', ZAPTRIA_MEDIA_DIR: old })
    await waitFor(() => after.log.some((line) => line.includes('all files are in the bucket')), { timeoutMs: 20_000, what: 'the move' })
    expect(s3.objects.get(name)?.bytes.equals(bytes)).toBe(true)
  })
})
