import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { startS3 } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { createArchive } from '../backups/archive.ts'
import type { Archive } from '../backups/archive.ts'
import { holdBackupLock } from '../backups/database.ts'
import type { PgPlace } from '../backups/tools.ts'
import { createDirectoryObjects } from '../files/directory/objects.ts'
import { createS3Store } from '../files/s3/index.ts'
import { createMetrics } from '../metrics.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import { describeDumped, startDumpablePostgres } from '../testing/backups.ts'
import { fixture, TEST_MASTER_KEY } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { migrate } from '../store/migrate.ts'
import { createBackupPass, lastMoment } from './backups.ts'

let postgres: Awaited<ReturnType<typeof startDumpablePostgres>>
let url: string
let f: Fixture
let root: string
let archive: Archive
const metrics = createMetrics()

beforeAll(async () => {
  postgres = await startDumpablePostgres()
  url = await postgres.database()
  await migrate(url)
  f = await fixture(url)
}, 120_000)
afterAll(async () => {
  await f?.close()
  await postgres?.close()
})

const keys = parseMasterKeys(TEST_MASTER_KEY)
beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'zaptria-backups-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  archive = createArchive(createDirectoryObjects(root, 'backups'), keys)
  await f.db.deleteFrom('alerts').execute()
  await f.db
    .updateTable('migrations' as never)
    .set({ applied_at: INSTALLED } as never)
    .execute()
})

/** Two in the morning in São Paulo. */
const NIGHT = new Date('2026-11-30T05:00:00.000Z')
const hours = (n: number): Date => new Date(NIGHT.getTime() + n * 3_600_000)
const INSTALLED = hours(-10)
const nowhere: PgPlace = { pgDump: '/nowhere/pg_dump', local: () => ({ where: '/nowhere', run: refuse }), container: undefined }
async function* refuse(): AsyncGenerator<Buffer> {
  yield await Promise.reject(new Error('no pg_dump here'))
}
const passOf = (more: { tools?: PgPlace; hour?: number | undefined; archive?: Archive; signal?: AbortSignal; mostMs?: number } = {}) =>
  createBackupPass({
    db: f.db,
    databaseUrl: url,
    archive,
    tools: postgres.place,
    hour: 2,
    hints: f.hints,
    metrics,
    log: pino({ level: 'silent' }),
    signal: new AbortController().signal,
    ...more,
  })
const taken = async (): Promise<string[]> => (await archive.list()).items.map(({ taken_at }) => taken_at)
/** Backups of these times, as if they had been taken then. */
const putAt = (...times: Date[]): Promise<void> => put(0, ...times)
const put = async (tenants: number, ...times: Date[]): Promise<void> => {
  for (const now of times)
    await archive.write(Readable.from([Buffer.from('dump')]), {
      now,
      zaptria_version: '0.1.0',
      migration: null,
      postgres_version: '15.1',
      tenants,
    })
}
const alerts = () =>
  f.db
    .selectFrom('alerts')
    .select(['detail', 'severity', 'count', 'resolved_at', 'tenant_id'])
    .where('kind', '=', 'backup_overdue')
    .execute()

describeDumped('the database is backed up by itself', () => {
  it('once a day, at its hour in São Paulo, and later what was missed', async () => {
    const pass = passOf()
    await pass(hours(-0.1))
    expect(await taken()).toEqual([])
    await pass(hours(0))
    await pass(hours(1))
    await pass(hours(23.9))
    expect(await taken()).toEqual([hours(0).toISOString()])
    await pass(hours(30))
    await pass(hours(31))
    expect(await taken()).toEqual([hours(30).toISOString(), hours(0).toISOString()])
  })

  it('knows the hour', () => {
    expect(lastMoment(hours(0), 2)).toEqual(hours(0))
    expect(lastMoment(hours(-0.01), 2)).toEqual(hours(-24))
    expect(lastMoment(hours(5.5), 2)).toEqual(hours(0))
    expect(lastMoment(hours(5.5), 8)).toEqual(hours(-18))
    expect(lastMoment(hours(21.9), 0)).toEqual(hours(-2))
    expect(lastMoment(hours(22), 0)).toEqual(hours(22))
  })

  it('by one of several', async () => {
    await Promise.all([passOf()(hours(0)), passOf()(hours(0)), passOf()(hours(0))])
    expect(await taken()).toEqual([hours(0).toISOString()])
    const lock = await holdBackupLock(url)
    await passOf()(hours(24))
    expect(await taken()).toHaveLength(1)
    await lock![Symbol.asyncDispose]()
    await passOf()(hours(24))
    expect(await taken()).toHaveLength(2)
  })

  it('not at all when it is off', async () => {
    await passOf({ hour: undefined })(hours(100))
    expect(await taken()).toEqual([])
    expect(await alerts()).toEqual([])
  })

  it('and tells its age, size and time', async () => {
    let text = ''
    const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
    await passOf({ tools: nowhere })(hours(2))
    text = await metrics.registry.metrics()
    // Since the installation, before there is any.
    expect(value('zaptria_backup_age_seconds')).toBe(12 * 3_600)
    const pass = passOf()
    await pass(hours(0))
    await pass(hours(2))
    text = await metrics.registry.metrics()
    const bytes = readdirSync(path.join(root, 'backups'))
      .filter((name) => !name.endsWith('.json'))
      .map((name) => readFileSync(path.join(root, 'backups', name)).length)
    expect(value('zaptria_backup_age_seconds')).toBe(7_200)
    expect(value('zaptria_backup_size_bytes')).toBe(bytes.reduce((sum, each) => sum + each, 0))
    expect(value('zaptria_backup_duration_seconds')).toBeGreaterThan(0)
  })
})

describeDumped('old backups', () => {
  const days = (n: number): Date => hours(-24 * n)

  it('go as snapshots do, once a newer one is whole', async () => {
    await putAt(...Array.from({ length: 120 }, (_, nr) => days(nr + 1)))
    await passOf()(hours(0))
    const ages = (await taken()).map((at) => Math.round((NIGHT.getTime() - Date.parse(at)) / 86_400_000))
    // A week in full; then the last of each week (Sundays, since the 30th is a Monday) and month.
    expect(ages).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 30, 61])
    const left = new Set(readdirSync(path.join(root, 'backups')).map((name) => name.split('.')[0]))
    expect(left.size).toBe(ages.length)
  })

  it('stay while no newer one can be had', async () => {
    await putAt(...Array.from({ length: 20 }, (_, nr) => days(nr + 10)))
    await passOf({ tools: nowhere })(hours(0))
    expect(await taken()).toHaveLength(20)
  })

  it('of which parts alone are left are cleaned up', async () => {
    await archive.clean(NIGHT)
    writeFileSync(path.join(root, 'keep'), '')
    await putAt(days(1))
    const half = createDirectoryObjects(root, 'backups')
    await half.put('20261129T050000Z-00000000.000000', Readable.from([Buffer.from('x')]), { maxBytes: 10 })
    await archive.clean(new Date())
    expect(readdirSync(path.join(root, 'backups'))).toHaveLength(3)
    await archive.clean(new Date(Date.now() + 25 * 3_600_000))
    expect(readdirSync(path.join(root, 'backups'))).toHaveLength(2)
    await archive.verify((await archive.list()).items[0]!)
  })
})

describeDumped('a backup that is overdue', () => {
  it('raises an alert that says why, until there is one', async () => {
    await putAt(hours(-24))
    const failing = passOf({ tools: nowhere })
    await failing(hours(23.9))
    expect(await alerts()).toEqual([])
    await failing(hours(24.5))
    await failing(hours(24.6))
    expect(await alerts()).toEqual([
      { detail: 'no pg_dump here', severity: 'critical', count: expect.any(Number), resolved_at: null, tenant_id: null },
    ])
    await passOf()(hours(25))
    expect((await alerts())[0]?.resolved_at).not.toBeNull()
  })

  it('is tried again an hour later, not before', async () => {
    let tries = 0
    const counting: PgPlace = { ...nowhere, local: () => ({ where: '', run: () => ((tries += 1), refuse()) }) }
    const pass = passOf({ tools: counting })
    for (const at of [0, 0.1, 0.9, 1.1, 1.2]) await pass(hours(at))
    expect(tries).toBe(2)
  })

  it('has never been taken for two days after the installation', async () => {
    const failing = passOf({ tools: nowhere })
    await failing(hours(37))
    expect(await alerts()).toEqual([])
    await failing(hours(39))
    expect(await alerts()).toHaveLength(1)
  })

  it('cannot reach its store: says so, and goes on when it is back', async () => {
    const s3 = await startS3()
    const spoolDir = mkdtempSync(path.join(tmpdir(), 'zaptria-spool-'))
    const settings = { ...s3.credentials, endpoint: s3.endpoint, bucket: s3.bucket, prefix: 'vault', pathStyle: true }
    const store = createS3Store(settings, { spoolDir, deadlineMs: 300 })
    onTestFinished(async () => {
      await store.close()
      await s3.close()
      rmSync(spoolDir, { recursive: true, force: true })
    })
    archive = createArchive(store.objects('backups'), keys)
    await passOf()(hours(0))
    const before = new Map(s3.objects)
    expect([...before.keys()].filter((key) => /^vault\/backups\/20261130T050000Z-[0-9a-f]{8}\.(json|000000)$/.test(key))).toHaveLength(2)
    const pass = passOf()
    await pass(hours(1))
    s3.trouble = () => 'refuse'
    await pass(hours(24))
    await pass(hours(48.1))
    expect(await alerts()).toMatchObject([{ detail: expect.stringMatching(/cannot be reached in the bucket/), resolved_at: null }])
    expect(s3.objects).toEqual(before)
    s3.trouble = () => undefined
    await pass(hours(48.2))
    expect((await alerts())[0]?.resolved_at).not.toBeNull()
    expect(await taken()).toEqual([hours(48.2).toISOString(), hours(0).toISOString()])
  })

  it('is of a new server that is to be restored: its empty database does not become the latest', async () => {
    await put(3, hours(-24))
    const pass = passOf()
    await pass(hours(0))
    await pass(hours(25))
    expect(await taken()).toEqual([hours(-24).toISOString()])
    expect(await alerts()).toMatchObject([{ detail: expect.stringMatching(/has no tenants, .* Restore that first/), resolved_at: null }])
  })

  it('hangs: is given up after hours, and tried again', async () => {
    const stuck: Archive = { ...archive, write: () => new Promise(() => {}) }
    const pass = passOf({ archive: stuck, mostMs: 300 })
    await pass(hours(39))
    expect(await alerts()).toMatchObject([{ detail: expect.stringMatching(/hours, and was given up/), resolved_at: null }])
    await passOf()(hours(41))
    expect((await alerts())[0]?.resolved_at).not.toBeNull()
  })

  it('does not hold a stop up', async () => {
    const ending = new AbortController()
    const stuck: Archive = { ...archive, write: () => new Promise(() => {}) }
    const pass = passOf({ archive: stuck, signal: ending.signal })(hours(0))
    setTimeout(() => ending.abort(new Error('the control plane stops')), 500)
    expect(await pass).toBe('done')
  })
})
