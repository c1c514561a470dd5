import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startEngine } from '@zaptria/docker/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createDirectoryObjects } from '../files/directory/objects.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import { describeDumped, everything, fillDatabase, inPlaceOf, restorable, startDumpablePostgres } from '../testing/backups.ts'
import { TEST_MASTER_KEY } from '../testing/fixture.ts'
import { createArchive } from './archive.ts'
import { createContainerTools } from './container-tools.ts'
import { connectionOf } from './database.ts'
import { createLocalTools } from './local-tools.ts'
import { restoreBackup } from './restore.ts'
import { takeBackup } from './take.ts'
import { findTools } from './tools.ts'
import type { PgPlace } from './tools.ts'

const local = (pgDump: string | undefined): PgPlace => ({ pgDump, local: createLocalTools, container: undefined })
const ofVersion = (version: string): string => inPlaceOf('pg_dump', '/nowhere', `echo 'pg_dump (PostgreSQL) ${version} (Debian)'`)

describe('pg_dump', () => {
  it('is the one of the setting, of the server’s version or a newer one', async () => {
    const [same, newer, older] = [ofVersion('18.1'), ofVersion('19beta1'), ofVersion('17.6')]
    expect((await findTools(local(same), 18)).where).toBe(path.dirname(same))
    expect((await findTools(local(newer), 18)).where).toBe(path.dirname(newer))
    await expect(findTools(local(older), 18)).rejects.toMatchObject({
      message: `${older} is of version 17, and the database is PostgreSQL 18: an older one cannot dump it.`,
      hint: expect.stringContaining('apt install postgresql-client-18') as string,
    })
    await expect(findTools(local('/nowhere/pg_dump'), 18)).rejects.toThrow(/pg_dump \(\/nowhere\) failed: .*ENOENT/)
  })

  it('is looked for when there is no setting: the oldest that is new enough', async () => {
    const before = process.env['PATH']
    onTestFinished(() => void (process.env['PATH'] = before))
    process.env['PATH'] = [ofVersion('97.2'), ofVersion('96.1'), ofVersion('95.9')].map((file) => path.dirname(file)).join(path.delimiter)
    const found = (major: number) => findTools(local(undefined), major).then(({ where }) => where)
    const [second, third] = process.env['PATH'].split(path.delimiter).slice(1)
    expect(await found(95)).toBe(third)
    expect(await found(96)).toBe(second)
    await expect(found(98)).rejects.toThrow(/pg_dump is of version 97, and the database is PostgreSQL 98/)
  })
})

describe('how a database is named to it', () => {
  it.each([
    ['postgresql://a:b%40c@127.0.0.1:5433/d', 'postgresql://a@127.0.0.1:5433/d', 'b@c'],
    [
      'postgresql:///zaptria?host=/run/postgresql&user=zaptria&password=s%2Bx',
      'postgresql:///zaptria?host=%2Frun%2Fpostgresql&user=zaptria',
      's+x',
    ],
    ['postgres://a:b@h/d?sslmode=no-verify&options=-c%20x%3D1', 'postgres://a@h/d?sslmode=require&options=-c%20x%3D1', 'b'],
    ['postgres://a@h/d', 'postgres://a@h/d', undefined],
  ])('%s', (url, said, password) => {
    const { args, env } = connectionOf(url)
    expect(args).toContain(`--dbname=${said}`)
    expect(env['PGPASSWORD']).toBe(password)
  })
})

describeDumped('the programs of the database’s container', () => {
  let postgres: Awaited<ReturnType<typeof startDumpablePostgres>>
  let source: string
  beforeAll(async () => {
    postgres = await startDumpablePostgres()
    source = await postgres.database()
    await fillDatabase(source)
  }, 120_000)
  afterAll(() => postgres?.close())

  const labels = { 'com.docker.compose.project': 'zap', 'com.docker.compose.service': 'postgres', 'com.docker.compose.oneoff': 'False' }
  const placed = async (name: string, programs = postgres.bin) => {
    const { address, execs, close } = await startEngine({ path: programs, labels })
    onTestFinished(close)
    const root = mkdtempSync(path.join(tmpdir(), 'zaptria-backups-'))
    onTestFinished(() => rmSync(root, { recursive: true, force: true }))
    const archive = createArchive(createDirectoryObjects(root, 'backups'), parseMasterKeys(TEST_MASTER_KEY))
    const tools: PgPlace = { ...local(undefined), container: createContainerTools(address, name) }
    return { archive, tools, execs }
  }

  it.each(['zap/postgres', 'database'])('take a backup and restore it, in %s', async (name) => {
    const { archive, tools, execs } = await placed(name)
    const backup = (await takeBackup({ databaseUrl: source, archive, tools, now: new Date() }))!
    const into = await postgres.database()
    await restoreBackup(backup, { archive, tools, into, replace: false })
    expect(await restorable(into)).toEqual(await restorable(source))
    expect(execs.map(({ Cmd }) => Cmd[0])).toEqual(['pg_dump', 'pg_dump', 'pg_dump', 'psql', 'pg_restore'])
    const { password } = new URL(source)
    expect(execs.flatMap(({ Cmd }) => Cmd).join(' ')).not.toContain(password)
  })

  it('that are too old, fail or are not there say so, and leave nothing', async () => {
    const old = await placed('database', path.dirname(ofVersion('9.6')))
    await expect(takeBackup({ databaseUrl: source, archive: old.archive, tools: old.tools, now: new Date() })).rejects.toThrow(
      'pg_dump in the container database is of version 9',
    )
    const script = `[ "$1" = --version ] && exec "$REAL/pg_dump" "$@"\nPATH=/usr/bin:/bin\nhead -c 300000 /dev/urandom\necho 'no room' >&2\nexit 3`
    const failing = await placed('zap/postgres', `${path.dirname(inPlaceOf('pg_dump', postgres.bin, script))}:/usr/bin:/bin`)
    await expect(takeBackup({ databaseUrl: source, archive: failing.archive, tools: failing.tools, now: new Date() })).rejects.toThrow(
      'pg_dump (the container zap/postgres) failed: no room',
    )
    expect(await failing.archive.list()).toEqual({ items: [], damaged: [] })
    const { tools } = await placed('zap/nobody')
    await expect(findTools(tools, 15)).rejects.toThrow('No container zap/nobody of Compose runs')
  })

  it('whose restore breaks off changes nothing', async () => {
    const { archive, tools } = await placed('database')
    const backup = (await takeBackup({ databaseUrl: source, archive, tools, now: new Date() }))!
    const into = await postgres.database(source)
    const before = await everything(into)
    const script = `"$REAL/pg_restore" "$@" | head -c 100000\nkill -9 $$`
    const broken = await placed('database', `${path.dirname(inPlaceOf('pg_restore', postgres.bin, script))}:/usr/bin:/bin`)
    await expect(restoreBackup(backup, { archive, tools: broken.tools, into, replace: true })).rejects.toThrow(/pg_restore .* failed/)
    expect(await everything(into)).toEqual(before)
    async function* damaged(): AsyncGenerator<Buffer> {
      let bytes = 0
      for await (const chunk of archive.read(backup)) {
        if ((bytes += chunk.length) > 100_000) throw new Error('the store is away')
        yield chunk
      }
    }
    await expect(
      restoreBackup(backup, { archive: { ...archive, read: damaged, verify: () => Promise.resolve() }, tools, into, replace: true }),
    ).rejects.toThrow('the store is away')
    expect(await everything(into)).toEqual(before)
  })
})
