import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SnapshotFile, SnapshotManifest } from '@zaptria/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { memoryLog, TENANT, TOKEN } from '../testing/bot.ts'
import { packSession, type Packed } from './archive.ts'
import { createRestorer } from './restore.ts'

const VOLUME = '0190a6f0-0000-7000-8000-000000000009'
const offer = { snapshot_id: randomUUID(), number: '5511987654321', taken_at: 1_790_000_000 }

let base: string
let packed: Packed
let archive: Buffer
/** What the control plane was asked, and what it answers: 200 or a status. */
let state: { asked: string[]; manifest: number; archive: number | 'cut'; files: SnapshotFile[]; bodies: string[] }
let server: Server
let linkUrl: string

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'zaptria-restore-'))
  mkdirSync(join(base, 'there', 'session', 'Default'), { recursive: true })
  writeFileSync(join(base, 'there', 'session', 'Default', 'keys'), randomBytes(100_000))
  packed = await packSession(join(base, 'there'), join(base, 'archive'))
  archive = readFileSync(join(base, 'archive'))
  state = { asked: [], manifest: 200, archive: 200, files: packed.files, bodies: [] }
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x')
    const path = url.pathname.slice(`/api/bots/snapshots/${offer.snapshot_id}`.length)
    state.asked.push(`${request.method} ${path} ${url.searchParams.get('volume_id') === VOLUME} ${url.searchParams.get('epoch')}`)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (chunks.length > 0) state.bodies.push(Buffer.concat(chunks).toString())
      if (path === '/manifest' && state.manifest === 200) {
        const manifest: SnapshotManifest = {
          format: 1,
          engine: 'wwebjs',
          bot_version: '1',
          page_version: null,
          browser_version: null,
          number: offer.number,
          epoch: 1,
          volume_id: VOLUME as SnapshotManifest['volume_id'],
          held_ms: 1,
          marks: [],
          files: state.files,
          archive: packed.archive,
        }
        response.end(JSON.stringify(manifest))
      } else if (path === '/manifest') response.writeHead(state.manifest).end()
      else if (path === '' && state.archive === 'cut') {
        response.writeHead(200, { 'content-length': archive.length })
        response.write(archive.subarray(0, 1_000), () => response.destroy())
      } else if (path === '') response.writeHead(Number(state.archive)).end(state.archive === 200 ? archive : undefined)
      else response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  linkUrl = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/api/bots/link`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  rmSync(base, { recursive: true, force: true })
})

const dataDir = (): string => join(base, 'volume')
const restore = (): Promise<string> => {
  mkdirSync(dataDir(), { recursive: true })
  const access = { linkUrl, token: TOKEN, tenantId: TENANT }
  const { signal } = new AbortController()
  const restorer = createRestorer({ dataDir: dataDir(), access, grant: () => ({ volume_id: VOLUME, epoch: 4 }), log: memoryLog().log })
  return restorer.restore(offer, signal).then(async (how) => {
    if (how === 'restored') await restorer.confirm(offer, signal)
    return how
  })
}
const keys = (...path: string[]): Buffer => readFileSync(join(dataDir(), ...path, 'session', 'Default', 'keys'))

describe('a session that is restored', () => {
  it('is in place, whole, and the control plane hears of it; it is asked for under the grant', async () => {
    expect(await restore()).toBe('restored')
    expect(keys('session').equals(readFileSync(join(base, 'there', 'session', 'Default', 'keys')))).toBe(true)
    expect(state.asked).toEqual(['GET /manifest true 4', 'GET  true 4', 'POST /restored true 4'])
    expect(readdirSync(dataDir())).toEqual(['session'])
  })

  it('is on the disk before it is in its place: a power cut leaves no session of empty files', async () => {
    const synced: string[] = []
    const handle = await open(base)
    const file = Object.getPrototypeOf(handle) as { sync: (this: FileHandle) => Promise<void> }
    await handle.close()
    const { sync } = file
    file.sync = function (this: FileHandle) {
      synced.push(readlinkSync(`/proc/self/fd/${this.fd}`).slice(dataDir().length))
      return sync.call(this)
    }
    try {
      expect(await restore()).toBe('restored')
    } finally {
      file.sync = sync
    }
    const unpacked = ['', '/session', '/session/Default', '/session/Default/keys'].map((path) => `/restore/session${path}`)
    expect(synced.slice(0, -1).toSorted()).toEqual(unpacked)
    expect(synced.at(-1)).toBe('')
  })

  it('keeps what was there before beside it', async () => {
    mkdirSync(join(dataDir(), 'session', 'session', 'Default'), { recursive: true })
    writeFileSync(join(dataDir(), 'session', 'session', 'Default', 'keys'), 'never linked')
    expect(await restore()).toBe('restored')
    expect(keys('session')).toHaveLength(100_000)
    expect(keys('session.before-restore').toString()).toBe('never linked')
  })

  it('that is damaged is not put in place: what was there stays, and the control plane hears why', async () => {
    mkdirSync(join(dataDir(), 'session'), { recursive: true })
    state.files = packed.files.map((file) => ({ ...file, sha256: 'a'.repeat(64) }))
    expect(await restore()).toBe('unusable')
    expect(readdirSync(dataDir())).toEqual(['session'])
    expect(readdirSync(join(dataDir(), 'session'))).toEqual([])
    expect(state.bodies.at(-1)).toContain('is not what was packed')
    expect(state.asked.at(-1)).toBe('POST /unusable true 4')
  })

  it('that is not offered any more is not asked for again', async () => {
    state.manifest = 410
    expect(await restore()).toBe('unusable')
    expect(existsSync(join(dataDir(), 'session'))).toBe(false)
    expect(state.asked).toHaveLength(1)
  })

  it.each([
    ['the control plane is away', () => (state.manifest = 503)],
    ['the vault is away', () => (state.archive = 503)],
    ['the wire breaks', () => (state.archive = 'cut')],
  ])('may come later when %s: nothing is said against it, and nothing is left', async (_, be) => {
    be()
    await expect(restore()).rejects.toThrow()
    expect(state.asked.filter((one) => one.startsWith('POST'))).toEqual([])
    expect(readdirSync(dataDir())).toEqual([])
    state.manifest = 200
    state.archive = 200
    expect(await restore()).toBe('restored')
  })
})
