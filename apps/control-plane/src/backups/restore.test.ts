import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Backup } from '@zaptria/contract'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { createDirectoryObjects } from '../files/directory/objects.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import { describeDumped, everything, fillDatabase, inPlaceOf, restorable, rows, startDumpablePostgres } from '../testing/backups.ts'
import { createArchive } from './archive.ts'
import type { Archive } from './archive.ts'
import { holdBackupLock, lookInto } from './database.ts'
import { restoreBackup } from './restore.ts'
import { takeBackup } from './take.ts'
import type { PgPlace } from './tools.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64')
const PART_BYTES = 100_000

let postgres: Awaited<ReturnType<typeof startDumpablePostgres>>
let source: string
/** Another installation's. */
let other: string
let root: string
let archive: Archive
let backup: Backup

const archiveWith = (keys: string): Archive =>
  createArchive(createDirectoryObjects(root, 'backups'), parseMasterKeys(keys), { partBytes: PART_BYTES })
const take = (more: { databaseUrl?: string; tools?: PgPlace; now?: Date; signal?: AbortSignal } = {}) =>
  takeBackup({ databaseUrl: source, archive, tools: postgres.place, now: new Date(), ...more })
const objects = (): string[] => readdirSync(path.join(root, 'backups')).toSorted()
const placeOf = (name: string): string => path.join(root, 'backups', name)
const toolsWith = (program: string, script: string): PgPlace => ({ ...postgres.place, pgDump: inPlaceOf(program, postgres.bin, script) })

beforeAll(async () => {
  postgres = await startDumpablePostgres()
  source = await postgres.database()
  other = await postgres.database()
  await fillDatabase(other)
  await fillDatabase(source, 2_000)
}, 120_000)
afterAll(() => postgres?.close())

beforeEach(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'zaptria-backups-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  archive = archiveWith(KEY)
  backup = (await take())!
})

describeDumped('a backup of the database', () => {
  it('comes back as it was, every row of every table, in an empty database', async () => {
    expect(backup.parts.length).toBeGreaterThan(1)
    expect(objects()).toHaveLength(backup.parts.length + 1)
    expect(backup).toMatchObject({ zaptria_version: '0.1.0', tenants: 1, migration: expect.stringMatching(/^\d{6}_.+\.sql$/) })
    const into = await postgres.database()
    await restoreBackup(backup, { archive, tools: postgres.place, into, replace: false })
    const [before, after] = [await restorable(source), await restorable(into)]
    expect(Object.keys(before).length).toBeGreaterThan(25)
    expect(before['messages']!.length).toBeGreaterThan(2_000)
    expect(after).toEqual(before)
    // Row-level security came with it.
    const policies = 'select count(*)::int as n from pg_policies'
    expect(await rows(into, policies)).toEqual(await rows(source, policies))
  })

  it('is older than the world: no epoch is given twice, and what waited is looked for before it is sent', async () => {
    const into = await postgres.database()
    await restoreBackup(backup, { archive, tools: postgres.place, into, replace: false })
    const epochs = 'select epoch from bots union all select epoch from grants'
    const before = await rows<{ epoch: number }>(source, epochs)
    expect(await rows(into, epochs)).toEqual(before.map(({ epoch }) => ({ epoch: epoch + 1_000_000 })))
    const waiting = `select count(*)::int as n from messages where status = 'queued'`
    expect(await rows(source, waiting)).not.toEqual([{ n: 0 }])
    expect(await rows(into, waiting)).toEqual([{ n: 0 }])
  })

  it('lies nowhere in the clear', async () => {
    const all = Buffer.concat(objects().map((name) => readFileSync(placeOf(name))))
    // How an archive of pg_dump begins, and what nobody compresses away.
    for (const word of ['PGDMP', 'zaptria_tenant', 'CREATE TABLE']) expect(all.includes(word), word).toBe(false)
    expect(readdirSync(root).toSorted()).toEqual(['backups', 'incoming', 'zaptria-files'])
    expect(readdirSync(path.join(root, 'incoming'))).toEqual([])
  })

  it('takes the place of what is there when told so, and is again what can be backed up', async () => {
    const into = await postgres.database(other)
    await rows(
      into,
      `create schema other; create table other.x (n int); create type kind as enum ('a'); create view seen as select 1 as one`,
    )
    await expect(restoreBackup(backup, { archive, tools: postgres.place, into, replace: false })).rejects.toThrow('is not empty')
    expect(await rows(into, 'select count(*)::int as n from tenants')).toEqual([{ n: 1 }])
    await restoreBackup(backup, { archive, tools: postgres.place, into, replace: true })
    expect(await restorable(into)).toEqual(await restorable(source))
    expect(await rows(into, `select to_regclass('other.x') as x, to_regtype('kind') as kind, to_regclass('seen') as seen`)).toEqual([
      { x: null, kind: null, seen: null },
    ])
    const again = (await take({ databaseUrl: into }))!
    const third = await postgres.database()
    await restoreBackup(again, { archive, tools: postgres.place, into: third, replace: false })
    expect(await restorable(third)).toEqual(await restorable(source))
  })

  it('is not restored under a control plane that runs', async () => {
    const into = await postgres.database()
    const client = new pg.Client({ connectionString: into, application_name: 'zaptria' })
    await client.connect()
    try {
      await expect(restoreBackup(backup, { archive, tools: postgres.place, into, replace: true })).rejects.toThrow('A control plane uses')
    } finally {
      await client.end()
    }
  })

  it('tells what would be lost', async () => {
    const { target } = await lookInto(source)
    expect(target).toMatchObject({ empty: false, tenants: 1, messages: expect.any(Number), last_message_at: expect.any(String) })
    expect(target.messages).toBeGreaterThan(2_000)
    expect((await lookInto(await postgres.database())).target).toMatchObject({ empty: true, tables: 0, tenants: null, messages: null })
  })
})

describeDumped('a backup that is damaged', () => {
  const flip = (file: string, at: number): void => {
    const bytes = readFileSync(file)
    bytes[at]! ^= 1
    writeFileSync(file, bytes)
  }

  it.each<[string, (part: string) => void, RegExp]>([
    ['in a bit of a part', (part) => flip(part, 50_000), /is damaged: .*piece \d+ is not what was sealed/],
    ['by a part that was cut', (part) => truncateSync(part, 60_000), /is damaged: /],
    ['by a part that is missing', (part) => rmSync(part), /is damaged: part 2 of \d+ is not there/],
    ['by parts in another order', (part) => writeFileSync(part, readFileSync(part.replace(/1$/, '0'))), /is damaged: /],
  ])('%s is told before anything changes, and the older one is still good', async (_, damage, message) => {
    const newer = (await take({ now: new Date(Date.now() + 5_000) }))!
    damage(placeOf(`${newer.id}.000001`))
    const into = await postgres.database(other)
    const before = await everything(into)
    await expect(archive.verify(newer)).rejects.toThrow(message)
    await expect(restoreBackup(newer, { archive, tools: postgres.place, into, replace: true })).rejects.toThrow(message)
    expect(await everything(into)).toEqual(before)
    expect((await archive.list()).items).toEqual([newer, backup])
    await archive.verify(backup)
  })

  it('in its manifest is told, and not offered', async () => {
    const newer = (await take({ now: new Date(Date.now() + 5_000) }))!
    const file = placeOf(`${newer.id}.json`)
    writeFileSync(file, readFileSync(file, 'utf8').replace('"tenants":1', '"tenants":2'))
    expect(await archiveWith(KEY).list()).toEqual({ items: [backup], damaged: [newer.id] })
  })
})

describeDumped('a backup of another master key', () => {
  it('says which one is missing, and opens once it is given after the current one', async () => {
    const into = await postgres.database()
    const restore = (keys: string) => restoreBackup(backup, { archive: archiveWith(keys), tools: postgres.place, into, replace: false })
    await expect(restore(OTHER_KEY)).rejects.toThrow(`sealed with the master key ${parseMasterKeys(KEY).current.id}, which is not given`)
    expect((await lookInto(into)).target.empty).toBe(true)
    expect((await archiveWith(OTHER_KEY).list()).items).toEqual([backup])
    await restore(`${OTHER_KEY},${KEY}`)
    expect((await lookInto(into)).target.tenants).toBe(1)
  })
})

describeDumped('a backup that is broken off', () => {
  const fails = async (tools: PgPlace, message: RegExp | string): Promise<void> => {
    const before = objects()
    await expect(take({ tools })).rejects.toThrow(message)
    expect(objects()).toEqual(before)
    expect((await archive.list()).items).toEqual([backup])
    await archive.verify(backup)
  }

  it('by the death of pg_dump leaves nothing, and the older one', () =>
    fails(
      toolsWith('pg_dump', `[ "$1" = --version ] && exec "$REAL/pg_dump" "$@"\n"$REAL/pg_dump" "$@" | head -c 150000\nkill -9 $$`),
      'it was ended by SIGKILL',
    ))

  it('by an error of pg_dump says what it said', () =>
    fails(
      toolsWith('pg_dump', `[ "$1" = --version ] && exec "$REAL/pg_dump" "$@"\nhead -c 300000 /dev/urandom\necho 'no room' >&2\nexit 3`),
      /pg_dump .* failed: no room/,
    ))

  it('by whoever asked for it ends pg_dump', async () => {
    const ending = new AbortController()
    const tools = toolsWith('pg_dump', `[ "$1" = --version ] && exec "$REAL/pg_dump" "$@"\nhead -c 300000 /dev/urandom\nexec sleep 600`)
    const taken = take({ tools, signal: ending.signal }).catch((error: unknown) => error)
    setTimeout(() => ending.abort(new Error('the control plane stops')), 1_000)
    expect(await taken).toMatchObject({ message: 'the control plane stops' })
    expect((await archive.list()).items).toEqual([backup])
  })

  it('by a store that takes nothing more leaves the older one', async () => {
    const store = createDirectoryObjects(root, 'backups')
    let puts = 0
    const full = {
      ...store,
      put: (...args: Parameters<typeof store.put>) =>
        (puts += 1) > 2 ? Promise.reject(new Error('ENOSPC: no space left on device')) : store.put(...args),
    }
    const before = objects()
    const filling = createArchive(full, parseMasterKeys(KEY), { partBytes: PART_BYTES })
    await expect(takeBackup({ databaseUrl: source, archive: filling, tools: postgres.place, now: new Date() })).rejects.toThrow('ENOSPC')
    expect(objects()).toEqual(before)
    await archive.verify(backup)
  })
})

describeDumped('a restore that is broken off', () => {
  it('by the death of pg_restore in the middle takes everything back', async () => {
    const into = await postgres.database(other)
    const before = await everything(into)
    const tools = toolsWith('pg_restore', `"$REAL/pg_restore" "$@" | head -c 200000\nkill -9 $$`)
    await expect(restoreBackup(backup, { archive, tools, into, replace: true })).rejects.toThrow(
      /pg_restore .* failed: it was ended by SIGKILL/,
    )
    expect(await everything(into)).toEqual(before)
  })

  it('by an error of the database says which, and takes everything back', async () => {
    const into = await postgres.database(other)
    const before = await everything(into)
    const tools = toolsWith('pg_restore', `"$REAL/pg_restore" "$@"\necho 'select 1 / 0;'`)
    await expect(restoreBackup(backup, { archive, tools, into, replace: true })).rejects.toThrow(/psql .* failed: .*division by zero/s)
    expect(await everything(into)).toEqual(before)
  })
})

describeDumped('one backup at a time', () => {
  it('is taken of a database', async () => {
    await using lock = await holdBackupLock(source)
    expect(lock).not.toBeNull()
    expect(await take()).toBeNull()
  })
})
