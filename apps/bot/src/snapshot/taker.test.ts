import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SNAPSHOT_PART_BYTES, SnapshotManifest, VolumeId } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Engine } from '../engine/port.ts'
import { memoryLog, TENANT, TOKEN } from '../testing/bot.ts'
import { createSnapshotTaker } from './taker.ts'
import { createSnapshotUpload } from './upload.ts'

/** A control plane that knows snapshots alone; `answer` may say something else instead. */
const startVault = async () => {
  const state = {
    asked: [] as string[],
    manifest: null as SnapshotManifest | null,
    parts: new Map<number, Buffer>(),
    finished: false,
    failure: null as string | null,
    answer: null as ((request: string) => number | 'drop' | null) | null,
  }
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const url = new URL(request.url ?? '', 'http://x')
      const [, rest = ''] = /^\/api\/bots\/snapshots\/[^/]+(.*)$/.exec(url.pathname) ?? []
      const name = `${request.method} ${rest}`
      state.asked.push(name)
      const told = state.answer?.(name) ?? null
      if (told === 'drop') {
        request.socket.destroy()
        return
      }
      if (told !== null) {
        response.writeHead(told).end()
        return
      }
      if (request.headers.authorization !== `Bearer ${TOKEN}` || request.headers['x-tenant-id'] !== TENANT) {
        response.writeHead(401).end()
        return
      }
      if (rest === '') {
        state.manifest = SnapshotManifest.parse(JSON.parse(body.toString()))
        response.end(JSON.stringify({ parts: [...state.parts.keys()], bytes_per_second: 1e9 }))
        return
      }
      if (rest === '/finish') state.finished = true
      else if (rest === '/failed') state.failure = (JSON.parse(body.toString()) as { error: string }).error
      else {
        if (createHash('sha256').update(body).digest('hex') !== url.searchParams.get('sha256')) {
          response.writeHead(400).end()
          return
        }
        state.parts.set(Number(/\d+$/.exec(rest)?.[0]), body)
      }
      response.writeHead(204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    state,
    linkUrl: `ws://127.0.0.1:${port}/api/bots/link`,
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
}

let vault: Awaited<ReturnType<typeof startVault>>
let dataDir: string
beforeEach(async () => {
  vault = await startVault()
  dataDir = mkdtempSync(join(tmpdir(), 'zaptria-taker-'))
})
afterEach(async () => {
  await vault.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const engineWith = (bytes: Buffer, ready: Promise<void> = Promise.resolve()): Engine =>
  ({
    async copySession(into: string) {
      await ready
      await mkdir(into, { recursive: true })
      await writeFile(join(into, 'device'), bytes)
      return { heldMs: 7, versions: { page_version: '2.3000', browser_version: 'Chrome/156' }, marks: [] }
    },
  }) as Partial<Engine> as Engine

const setup = (engine: Engine | null, more: { free?: number; number?: string | null; mostMs?: number } = {}) => {
  const { log, text } = memoryLog()
  const taker = createSnapshotTaker({
    dataDir,
    engine: () => engine,
    engineName: 'wwebjs',
    upload: createSnapshotUpload({ linkUrl: vault.linkUrl, token: TOKEN, tenantId: TENANT }, { least: 10, most: 50 }),
    about: () => ({
      number: more.number === undefined ? '5511987654321' : more.number,
      epoch: 3,
      volume_id: VolumeId.parse('0190a6f0-0000-7000-8000-000000000009'),
    }),
    freeBytes: () => more.free ?? 1e12,
    log,
    ...(more.mostMs === undefined ? {} : { mostMs: more.mostMs }),
  })
  return { taker, logs: text }
}
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 20_000 })

describe('a snapshot', () => {
  it('is brought in parts, with what it is, and leaves nothing behind', async () => {
    // Nothing that compresses.
    const bytes = randomBytes(SNAPSHOT_PART_BYTES + 1_000_000)
    const { taker } = setup(engineWith(bytes))
    expect(taker.command({ snapshot_id: randomUUID() })).toEqual({ ok: true })
    await until('its end', () => vault.state.finished)
    expect(vault.state.manifest).toMatchObject({ number: '5511987654321', epoch: 3, held_ms: 7, browser_version: 'Chrome/156' })
    const whole = Buffer.concat([...vault.state.parts.entries()].toSorted(([a], [b]) => a - b).map(([, part]) => part))
    expect(vault.state.parts.get(0)?.length).toBe(SNAPSHOT_PART_BYTES)
    expect(createHash('sha256').update(whole).digest('hex')).toBe(vault.state.manifest?.archive.sha256)
    await until('the volume to be clean', () => !existsSync(join(dataDir, 'snapshot')))
  })

  it('that nobody takes in time has failed, and says why', async () => {
    vault.state.answer = (name) => (name === 'POST /failed' ? null : 507)
    const { taker } = setup(engineWith(randomBytes(1_000)), { mostMs: 300 })
    taker.command({ snapshot_id: randomUUID() })
    await until('its end', () => vault.state.failure !== null)
    expect(vault.state.failure).toBe('It could not be brought in time: the control plane answers 507.')
    await until('the volume to be clean', () => !existsSync(join(dataDir, 'snapshot')))
  })

  it('that a dead bot has left is not kept', async () => {
    await mkdir(join(dataDir, 'snapshot', 'session'), { recursive: true })
    await writeFile(join(dataDir, 'snapshot', 'session', 'device'), 'secret')
    setup(null)
    expect(existsSync(join(dataDir, 'snapshot'))).toBe(false)
  })

  it('goes on where it was, however often the control plane is away', async () => {
    const bytes = randomBytes(SNAPSHOT_PART_BYTES + 1_000_000)
    const refusals = ['POST ', 'PUT /parts/0', 'PUT /parts/1', 'POST /finish']
    vault.state.answer = (name) => (name === refusals[0] ? (refusals.shift() === 'PUT /parts/1' ? 'drop' : 503) : null)
    const { taker } = setup(engineWith(bytes))
    taker.command({ snapshot_id: randomUUID() })
    await until('its end', () => vault.state.finished)
    expect(refusals).toEqual([])
    // What was there already is not brought again.
    expect(vault.state.asked.filter((name) => name === 'PUT /parts/0')).toHaveLength(2)
  }, 30_000)

  it('is given up at once when nobody wants it, and the next may come', async () => {
    vault.state.answer = () => 410
    const { taker, logs } = setup(engineWith(Buffer.from('x')))
    taker.command({ snapshot_id: randomUUID() })
    await until('the refusal', () => logs().includes('does not want this snapshot'))
    expect(vault.state.asked).toEqual(['POST '])
    vault.state.answer = null
    await until('room for the next', () => taker.command({ snapshot_id: randomUUID() }).ok)
    await until('its end', () => vault.state.finished)
  })

  it('says why there is none: no copy, no number', async () => {
    const broken = {
      copySession: () => Promise.reject(new Error('the browser does not stand still for a copy')),
    } as Partial<Engine> as Engine
    setup(broken).taker.command({ snapshot_id: randomUUID() })
    await until('the reason', () => vault.state.failure === 'the browser does not stand still for a copy')
    setup(engineWith(Buffer.from('x')), { number: null }).taker.command({ snapshot_id: randomUUID() })
    await until('the reason', () => vault.state.failure === 'the bot does not know its number')
  })

  it('of a restored session ends the keeping of the one before it, once it is there', async () => {
    const former = join(dataDir, 'session.before-restore')
    await mkdir(former)
    await writeFile(join(former, 'device'), 'secret')
    vault.state.answer = (name) => (name === 'POST /finish' ? 410 : null)
    const { taker, logs } = setup(engineWith(Buffer.from('x')))
    taker.command({ snapshot_id: randomUUID() })
    await until('the refusal', () => logs().includes('does not want this snapshot'))
    expect(existsSync(former)).toBe(true)
    vault.state.answer = null
    await until('room for the next', () => taker.command({ snapshot_id: randomUUID() }).ok)
    await until('the former session to be gone', () => !existsSync(former))
    expect(vault.state.finished).toBe(true)
  })

  it('that was begun before a restore says nothing of what the restore has put aside', async () => {
    const former = join(dataDir, 'session.before-restore')
    const restored = Promise.withResolvers<void>()
    const { taker, logs } = setup(engineWith(Buffer.from('x'), restored.promise))
    taker.command({ snapshot_id: randomUUID() })
    await mkdir(former)
    restored.resolve()
    await until('its end', () => logs().includes('the snapshot is with the control plane'))
    await taker.close()
    expect(existsSync(former)).toBe(true)
  })

  it('is one at a time; the same again is the one under way', async () => {
    const ready = Promise.withResolvers<void>()
    const { taker } = setup(engineWith(Buffer.from('x'), ready.promise))
    const id = randomUUID()
    expect(taker.command({ snapshot_id: id })).toEqual({ ok: true })
    expect(taker.command({ snapshot_id: id })).toEqual({ ok: true })
    expect(taker.command({ snapshot_id: randomUUID() })).toMatchObject({ ok: false, error: expect.stringContaining('Another') })
    ready.resolve()
    await until('its end', () => vault.state.finished)
    expect(vault.state.asked.filter((name) => name === 'POST ')).toHaveLength(1)
  })

  it('is refused without a session, and without room for a copy', () => {
    expect(setup(null).taker.command({ snapshot_id: randomUUID() })).toMatchObject({ ok: false, error: 'The session is not connected.' })
    expect(setup(engineWith(Buffer.from('x')), { free: 1e6 }).taker.command({ snapshot_id: randomUUID() })).toMatchObject({ ok: false })
  })

  it('ends with the bot, without a word', async () => {
    vault.state.answer = () => 503
    const { taker, logs } = setup(engineWith(Buffer.from('x')))
    taker.command({ snapshot_id: randomUUID() })
    await until('a try', () => logs().includes('could not be brought yet'))
    await taker.close()
    expect(vault.state.asked).not.toContain('POST /failed')
    expect(existsSync(join(dataDir, 'snapshot'))).toBe(false)
  })
})
