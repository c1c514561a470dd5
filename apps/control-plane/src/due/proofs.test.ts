import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDirectoryStore } from '../files/directory/index.ts'
import { createMetrics } from '../metrics.ts'
import type { Driver, ProofSpec } from '../orchestrator/port.ts'
import { openStream, sealStream } from '../secrets/sealed-stream.ts'
import { takeProofPlace } from '../store/proofs.ts'
import { addPart, snapshotToRestore } from '../store/snapshots.ts'
import { withTenant } from '../store/with-tenant.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { makeManifest, makeStoredSnapshot } from '../testing/snapshots.ts'
import { createVault } from '../vault/index.ts'
import { proveNext, watchProofs } from './proofs.ts'

let database: TestDatabase
let f: Fixture
let root: string
let nextBot: Awaited<ReturnType<Fixture['makeTenant']>>
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  await f.db.deleteFrom('snapshots').execute()
  await f.db.updateTable('bots').set({ number: null }).execute()
  nextBot = await f.makeTenant()
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const key = randomBytes(32)
const vault = () =>
  createVault({
    files: createDirectoryStore(root),
    secrets: {
      sealStreamFor: (_, plain, context) => sealStream(key, plain, context),
      openStreamFor: (_, sealed, context) => openStream(key, sealed, context),
    },
  })
const NOW = new Date()
const hours = (n: number): Date => new Date(NOW.getTime() + n * 3_600_000)

/** A snapshot whose bytes are in the vault. */
async function snapshot(t = nextBot, askedAt = hours(-1)): Promise<string> {
  const id = await makeStoredSnapshot(f.db, { id: t.bot.id, tenantId: t.tenantId })
  const bytes = randomBytes(5_000)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const part = await vault().putPart({ tenantId: t.tenantId, snapshotId: id, nr: 0 }, Readable.from([bytes]), sha256)
  await withTenant(f.db, t.tenantId, (trx) => addPart(trx, { ...part, snapshotId: id, tenantId: t.tenantId }))
  const manifest = JSON.stringify(makeManifest({ archive: { size_bytes: bytes.length, sha256 } }))
  await f.db.updateTable('snapshots').set({ asked_at: askedAt, stored_at: askedAt, manifest }).where('id', '=', id).execute()
  return id
}

/** A server that reads all that it is given, as a bot's program does, and answers as it is told to. */
function serverOf(answer: { fault?: string; fails?: string } = {}) {
  const proven: string[] = []
  const prove = async ({ files }: ProofSpec): Promise<string> => {
    const read = new Map<string, Buffer>()
    for (const { name, bytes } of files) read.set(name, await buffer(bytes))
    if (answer.fails !== undefined) throw new Error(answer.fails)
    const { archive } = JSON.parse(read.get('manifest.json')!.toString()) as { archive: { sha256: string } }
    expect(createHash('sha256').update(read.get('archive')!).digest('hex')).toBe(archive.sha256)
    proven.push(archive.sha256)
    return `${JSON.stringify({ fault: answer.fault ?? null, ms: 1_200, bot_version: '1', browser_version: 'Chrome/156' })}\n`
  }
  return { answer, proven, driver: { prove } as unknown as Driver }
}
const pass = (driver: Driver, now = NOW, closing = new AbortController().signal) =>
  proveNext(
    { db: f.db, vault: vault(), env: {}, log: pino({ level: 'silent' }), metrics: createMetrics(), closing },
    f.serverId,
    driver,
    now,
  )
const rowOf = (id: string) => f.db.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const offered = async (t = nextBot) => (await snapshotToRestore(f.db, t.bot.id, { engine: 'wwebjs', session: 'none' }))?.snapshot_id
const alerts = async (now: Date): Promise<(string | null)[]> => {
  await watchProofs({ db: f.db, hints: { changed: () => Promise.resolve() }, now })
  const open = await f.db
    .selectFrom('alerts')
    .select('detail')
    .where('kind', '=', 'snapshot_unproven')
    .where('resolved_at', 'is', null)
    .execute()
  return open.map(({ detail }) => detail)
}

describe('a session’s copy', () => {
  it('is proven once a day, the newest of each bot, one after the other', async () => {
    const other = await f.makeTenant()
    const old = await snapshot(nextBot, hours(-5))
    const [mine, others] = [await snapshot(nextBot), await snapshot(other)]
    const { driver, proven } = serverOf()
    expect([await pass(driver), await pass(driver), await pass(driver)]).toEqual(['again', 'again', 'done'])
    expect(proven).toHaveLength(2)
    for (const id of [mine, others])
      expect(await rowOf(id)).toMatchObject({ proved_at: expect.any(Date), proof_ms: 1_200, proof_fault: null })
    expect(await rowOf(old)).toMatchObject({ proved_at: null })
    // A newer one the same day waits for the next.
    const newer = await snapshot(nextBot, hours(0))
    expect(await pass(driver)).toBe('done')
    expect([await pass(driver, hours(21)), await pass(driver, hours(21))]).toEqual(['again', 'again'])
    expect((await rowOf(newer)).proved_at).not.toBeNull()
  })

  it('is proven by one replica at a time on a server', async () => {
    await snapshot()
    const { driver, proven } = serverOf()
    expect(await takeProofPlace(f.db, f.serverId)).toBe(true)
    expect(await pass(driver)).toBe('done')
    expect(proven).toEqual([])
    await f.db
      .updateTable('servers')
      .set({ proof_until: new Date(Date.now() - 1) })
      .execute()
    expect(await pass(driver)).toBe('again')
    expect((await f.db.selectFrom('servers').select('proof_until').execute()).map(({ proof_until }) => proof_until)).toContain(null)
  })

  it('that is being looked at when we are stopped is broken off, and nothing is said of it', async () => {
    const id = await snapshot()
    const closing = new AbortController()
    const prove = ({ signal }: ProofSpec): Promise<string> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('it was broken off')))
        closing.abort()
      })
    expect(await pass({ prove } as unknown as Driver, NOW, closing.signal)).toBe('again')
    expect(await rowOf(id)).toMatchObject({ proved_at: null, proof_error: null, proof_tried_at: null })
    // The place is free for whoever starts next.
    expect(await takeProofPlace(f.db, f.serverId)).toBe(true)
    await f.db.updateTable('servers').set({ proof_until: null }).execute()
  })

  it('that is found wanting is told of, used only where there is no other, and not looked at again', async () => {
    await f.db.updateTable('bots').set({ number: '5511987654321', desired: 'running' }).where('id', '=', nextBot.bot.id).execute()
    const good = await snapshot(nextBot, hours(-5))
    const bad = await snapshot()
    expect(await offered()).toBe(bad)
    const server = serverOf({ fault: '2 of 9 records are not what they were: signal-storage' })
    expect(await alerts(NOW)).toEqual([])
    await pass(server.driver)
    expect(await rowOf(bad)).toMatchObject({ proof_fault: expect.stringContaining('signal-storage'), void_at: null })
    expect(await offered()).toBe(good)
    expect(await alerts(NOW)).toEqual(['2 of 9 records are not what they were: signal-storage'])
    delete server.answer.fault
    expect([await pass(server.driver), await pass(server.driver)]).toEqual(['again', 'done'])
    expect((await rowOf(good)).proof_fault).toBeNull()
    // A newer one puts that right.
    const next = await snapshot(nextBot, hours(0))
    expect(await alerts(NOW)).toEqual([])
    await f.db.deleteFrom('snapshots').where('id', 'in', [good, next]).execute()
    expect(await offered()).toBe(bad)
  })

  it('that cannot be looked at says why, is tried again later, and is told of after two days', async () => {
    await f.db.updateTable('bots').set({ number: '5511987654321', desired: 'running' }).where('id', '=', nextBot.bot.id).execute()
    const id = await snapshot()
    const server = serverOf({ fails: 'the engine does not answer' })
    expect([await pass(server.driver), await pass(server.driver)]).toEqual(['again', 'done'])
    expect(await rowOf(id)).toMatchObject({ proved_at: null, proof_fault: null, proof_error: 'the engine does not answer' })
    expect([await alerts(hours(46)), await alerts(hours(48))]).toEqual([[], ['the engine does not answer']])
    delete server.answer.fails
    expect(await pass(server.driver, hours(0.2))).toBe('again')
    expect(await rowOf(id)).toMatchObject({ proved_at: expect.any(Date), proof_error: null })
    expect([await alerts(hours(46)), await alerts(hours(49))]).toEqual([[], [null]])
  })

  it('that is damaged in the vault is void, and the one before it is proven instead', async () => {
    const good = await snapshot(nextBot, hours(-5))
    const before = new Set(readdirSync(root, { recursive: true }).map(String))
    const bad = await snapshot()
    const file = readdirSync(root, { recursive: true, withFileTypes: true }).find(
      (entry) => entry.isFile() && ![...before].some((name) => name.endsWith(entry.name)),
    )!
    truncateSync(path.join(file.parentPath, file.name), 1_000)
    const { driver } = serverOf()
    await pass(driver)
    expect(await rowOf(bad)).toMatchObject({
      void_at: expect.any(Date),
      proved_at: null,
      proof_error: expect.stringContaining('cannot be opened'),
    })
    await pass(driver)
    expect((await rowOf(good)).proved_at).not.toBeNull()
  })
})
