import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { expect, it, describe, onTestFinished } from 'vitest'
import { startPostgres, type Postgres } from './index.ts'
import { childOf } from './testing.ts'

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

function inside(): string {
  // mkdtemp makes 0700: as root, the other account cannot reach it, which is the case to hold against.
  return join(mkdtempSync(join(tmpdir(), 'zaptria-pg-')), 'cluster')
}

async function started(dir: string, options: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<Postgres> {
  const server = await startPostgres({ dir, ...options })
  onTestFinished(() => server.destroy())
  return server
}

describe('PostgreSQL of our own', () => {
  it('keeps what was written over a stop and a start, also in a private directory', async () => {
    const dir = inside()
    const first = await started(dir)
    await rows(first.url, 'create table kept (n int)')
    await rows(first.url, 'insert into kept values (7)')
    await first.stop()
    const second = await started(dir)
    expect(await rows(second.url, 'select n from kept')).toEqual([{ n: 7 }])
  })

  it('starts again over a server that its killed owner left running', async () => {
    const dir = inside()
    const left = await started(dir)
    const next = await started(dir)
    expect(next.pid).not.toBe(left.pid)
    expect(await rows(next.url, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('says so when the server dies, and starts again after a kill', async () => {
    const dir = inside()
    let ended: (how: string) => void = () => {}
    const died = new Promise<string>((done) => (ended = done))
    const server = await started(dir, { onExit: ended })
    await rows(server.url, 'create table kept (n int)')
    process.kill(server.pid, 'SIGKILL')
    expect(await died).toBe('SIGKILL')
    const again = await started(dir, { port: server.port })
    expect(await rows(again.url, 'select count(*)::int as n from kept')).toEqual([{ n: 0 }])
  })

  // Its startup process has to be caught within a tenth of a second.
  it('ends when it has forgotten its own recovery, instead of refusing everybody for good', { retry: 2 }, async () => {
    const died = Promise.withResolvers<string>()
    const dir = inside()
    const said: string[] = []
    const server = await started(dir, { onExit: died.resolve, log: (line) => said.push(line) })
    const client = new pg.Client({ connectionString: server.url })
    client.on('error', () => {})
    await client.connect()
    await client.query('create table kept as select generate_series(1, 100000) as n')
    const { rows: own } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    process.kill(own[0]!.pid, 'SIGKILL')
    let startup: number | undefined
    while ((startup = childOf(server.pid, 'postgres: startup')) === undefined) await delay(0)
    process.kill(startup, 'SIGKILL')
    await died.promise
    expect(said).toContain('PostgreSQL has no process that recovers, and is not running: it is ended')
    const again = await started(dir, { port: server.port })
    expect(await rows(again.url, 'select count(*)::int as n from kept')).toEqual([{ n: 100_000 }])
  })
})
