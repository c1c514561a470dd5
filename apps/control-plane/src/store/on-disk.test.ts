import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { startPostgres } from '@zaptria/postgres'
import { sql } from 'kysely'
import { beforeAll, expect, it } from 'vitest'
import { createDatabase } from './db.ts'
import type { Db } from './db.ts'
import { commitAhead, onDisk } from './on-disk.ts'
import { pipelined } from './pipelined.ts'
import { together } from './together.ts'

let db: Db
/** Its log is written when somebody waits for it from then on, and not by the way. */
let stopWriter: () => Promise<void>
let crash: () => Promise<void>

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-on-disk-'))
  const server = await startPostgres({ dir })
  const operator = createDatabase(server.url)
  await sql`create role plain login password 'plain'`.execute(operator.db)
  await sql`create table kept (n int)`.execute(operator.db)
  await sql`grant all on kept to plain`.execute(operator.db)
  const plain = createDatabase(Object.assign(new URL(server.url), { username: 'plain', password: 'plain' }).href)
  db = plain.db
  const findWriter = async () => {
    const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity where backend_type = 'walwriter'`.execute(operator.db)
    return rows[0]?.pid
  }
  let stopped = 0
  stopWriter = async () => {
    stopped = (await findWriter())!
    process.kill(stopped, 'SIGSTOP')
  }
  crash = async () => {
    process.kill(stopped, 'SIGKILL')
    const isBack = async () => ![undefined, stopped].includes(await findWriter().catch(() => undefined))
    await waitFor(isBack, { timeoutMs: 30_000, what: 'the database to be back' })
  }
  return async () => {
    await Promise.all([operator.close(), plain.close()])
    await server.destroy()
    rmSync(dir, { recursive: true, force: true })
  }
})

const keep = (n: number) => pipelined(db, (trx) => together(commitAhead(trx), sql`insert into kept values (${n})`.execute(trx)))
const kept = async () => (await sql<{ n: number }>`select n from kept order by n`.execute(db)).rows.map(({ n }) => n)

it('what is committed ahead of the disk is seen at once, and taken back by a crash; what is on the disk is not', async () => {
  await stopWriter()
  await keep(1)
  await onDisk(db)
  await keep(2)
  expect(await kept()).toEqual([1, 2])
  await crash()
  expect(await kept()).toEqual([1])
})

it('what is committed ahead of the disk is on it as soon as anything later is', async () => {
  await stopWriter()
  await keep(3)
  await sql`insert into kept values (4)`.execute(db)
  await keep(5)
  await crash()
  expect(await kept()).toEqual([1, 3, 4])
})
