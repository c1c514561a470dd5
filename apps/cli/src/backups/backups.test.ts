import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Backup, BackupList } from '@zaptria/contract'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  describeDumped,
  everything,
  fillDatabase,
  inPlaceOf,
  restorable,
  startDumpablePostgres,
} from '../../../control-plane/src/testing/backups.ts'
import { SECTIONS } from '../commands.ts'
import { run } from '../run.ts'
import { typed } from '../testing/terminal.ts'

const KEY = Buffer.alloc(32, 7).toString('base64')
const dataDir = mkdtempSync(join(tmpdir(), 'zaptria-cli-'))
const SETTINGS = ['DATABASE_URL', 'ZAPTRIA_DATA_DIR', 'ZAPTRIA_MASTER_KEY', 'ZAPTRIA_PG_DUMP', 'ZAPTRIA_API_KEY'] as const
const before = Object.fromEntries(SETTINGS.map((name) => [name, process.env[name]]))
let postgres: Awaited<ReturnType<typeof startDumpablePostgres>>
let source: string

const set = (settings: Partial<Record<(typeof SETTINGS)[number], string | undefined>>): void => {
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}
const type = async (words: string, ...answers: string[]) => {
  let [out, err] = ['', '']
  const code = await run(SECTIONS, words.split(' '), {
    out: (text) => (out += text),
    err: (text) => (err += text),
    signal: new AbortController().signal,
    terminal: typed(...answers),
  })
  return { code, out, err }
}
const has = (text: string): string => expect.stringContaining(text) as string

beforeAll(async () => {
  postgres = await startDumpablePostgres()
  source = await postgres.database()
  await fillDatabase(source)
  set({
    DATABASE_URL: source,
    ZAPTRIA_DATA_DIR: dataDir,
    ZAPTRIA_MASTER_KEY: KEY,
    ZAPTRIA_PG_DUMP: join(postgres.bin, 'pg_dump'),
    // The command's own, and none of the control plane's.
    ZAPTRIA_API_KEY: 'x',
  })
}, 120_000)
afterAll(async () => {
  set(before)
  await postgres?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

describeDumped('zaptria backup', () => {
  let taken: Backup

  it('takes one, lists it, verifies it', async () => {
    expect(await type('backup list')).toMatchObject({ code: 0, out: `No backups in ${join(dataDir, 'vault/backups')}.\n` })
    expect(await type('backup verify')).toMatchObject({ code: 1, err: has('There is no backup in') })
    const { code, out } = await type('backup take --json')
    taken = JSON.parse(out) as Backup
    expect(code).toBe(0)
    expect((await type('backup list')).out).toMatch(new RegExp(`^${taken.id} +\\S+Z +0\\.\\d MB +1 +0\\.1\\.0 +\\d+\\.`, 'm'))
    expect(await type('backup verify')).toMatchObject({ code: 0, out: has(`${taken.id}  whole, `) })
  })

  it('restores it into an empty database without asking', async () => {
    const into = await postgres.database()
    expect(await type(`backup restore latest --into ${into}`)).toMatchObject({ code: 0, out: has(`is what it was at ${taken.taken_at}`) })
    expect(await restorable(into)).toEqual(await restorable(source))
  })

  it('restores over another one when told so, having said what will be lost', async () => {
    const into = await postgres.database(source)
    const there = await everything(into)
    const words = `backup restore ${taken.id} --into ${into}`
    expect(await type(words)).toMatchObject({ code: 1, err: has('is not empty: it has') })
    expect(await type(`${words} --replace`)).toMatchObject({
      code: 1,
      err: has('All that is in it is lost: 1 tenant, 3 messages, the last of 20'),
    })
    expect(await type(`${words} --replace`, 'n')).toMatchObject({ code: 1, err: has('Nothing was done') })
    expect(await everything(into)).toEqual(there)
    expect(await type(`${words} --replace`, 'y')).toMatchObject({ code: 0 })
    expect(await restorable(into)).toEqual(await restorable(source))
  })

  it('says that the key is another, that there is none, that there is no such backup', async () => {
    const into = await postgres.database()
    set({ ZAPTRIA_MASTER_KEY: Buffer.alloc(32, 8).toString('base64') })
    expect(await type(`backup restore latest --into ${into}`)).toMatchObject({
      code: 1,
      err: has(`master key ${taken.key_id}, which is not given`),
    })
    set({ ZAPTRIA_MASTER_KEY: undefined })
    expect(await type('backup list')).toMatchObject({ code: 1, err: has('There is no master key: neither ZAPTRIA_MASTER_KEY nor') })
    expect(readdirSync(dataDir)).not.toContain('master.key')
    set({ ZAPTRIA_MASTER_KEY: KEY })
    expect(await type('backup verify 20200101T000000Z-00000000')).toMatchObject({
      code: 1,
      err: has('There is no backup 20200101T000000Z-00000000'),
    })
    set({ DATABASE_URL: undefined })
    expect(await type('backup restore latest')).toMatchObject({ code: 1, err: has('No database is named') })
    expect(await type('backup list')).toMatchObject({ code: 0, out: has(taken.id) })
    set({ DATABASE_URL: source })
  })

  it('says when pg_dump is not there, too old, or the database is away', async () => {
    set({ ZAPTRIA_PG_DUMP: '/nowhere/pg_dump' })
    expect(await type('backup take')).toMatchObject({ code: 1, err: has('/nowhere/pg_dump') })
    set({ ZAPTRIA_PG_DUMP: inPlaceOf('pg_dump', postgres.bin, `echo 'pg_dump (PostgreSQL) 9.6.24'`) })
    expect(await type('backup take')).toMatchObject({ code: 1, err: has('is of version 9, and the database is PostgreSQL ') })
    set({ ZAPTRIA_PG_DUMP: join(postgres.bin, 'pg_dump'), DATABASE_URL: 'postgresql://a:geheim@127.0.0.1:1/b' })
    const { code, err } = await type('backup take')
    expect([code, err]).toEqual([1, has('The database at 127.0.0.1:1/b cannot be reached: ')])
    expect(err).not.toContain('geheim')
    set({ DATABASE_URL: source })
  })

  it('tells of one whose manifest is damaged', async () => {
    const file = join(dataDir, 'vault/backups', `${taken.id}.json`)
    const whole = readFileSync(file)
    writeFileSync(file, whole.subarray(0, 100))
    expect((await type('backup list')).out).toMatch(new RegExp(`^${taken.id} .*damaged`, 'm'))
    expect(await type(`backup verify ${taken.id}`)).toMatchObject({ code: 1, err: has('is damaged') })
    writeFileSync(file, whole)
    const list = JSON.parse((await type('backup list --json')).out) as BackupList
    expect(list).toEqual({ where: join(dataDir, 'vault/backups'), items: [taken], damaged: [] })
  })
})
