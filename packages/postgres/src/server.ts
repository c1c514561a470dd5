import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { postgresAccount, reaches, type Account } from './account.ts'
import { findBinaries, type Binaries } from './binaries.ts'
import { watchStranded } from './stranded.ts'

const run = promisify(execFile)
/** Where root keeps what the other account must reach when the project lies in a private directory. */
const SHARED_HOME = '/var/lib/zaptria'

export type PostgresOptions = {
  /** Made when missing; holds the cluster and its password. */
  dir: string
  /** TCP port on 127.0.0.1; a free one when absent. */
  port?: number
  /** Settings for `-c name=value`. */
  settings?: Record<string, string>
  /** Whose programs; those of npm when absent, and where it has none the system's. */
  origin?: Binaries['origin']
  /** What the server prints, a line each. */
  log?: (line: string) => void
  /** Called when the server ends without being asked to. */
  onExit?: (how: string) => void
}

export type Postgres = {
  /** Superuser of this cluster, database `postgres`. */
  readonly url: string
  readonly port: number
  /** The postmaster's process id. */
  readonly pid: number
  /** Where the cluster's files really are: not `dir` when root's project directory is closed to the other account. */
  readonly dataDir: string
  stop(): Promise<void>
  /** Stops and deletes the cluster: for tests. */
  destroy(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Starts a PostgreSQL of our own on 127.0.0.1 and resolves when it answers. One at a time per directory; a server left over there by a
 * killed owner is stopped first. As root it runs under another account, with its files where that account can reach them.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  mkdirSync(options.dir, { recursive: true })
  const account = postgresAccount()
  const binaries = readableBinaries(await findBinaries(options.origin), account)
  const dataDir = dataDirFor(options.dir, account)
  const as = account === null ? {} : { uid: account.uid, gid: account.gid }
  const tool = (name: string, args: string[]): Promise<unknown> => run(join(binaries.bin, name), args, { ...as, cwd: '/', env: toolEnv() })

  const password = await initialise(options.dir, dataDir, account, tool)
  if (existsSync(join(dataDir, 'postmaster.pid')))
    await tool('pg_ctl', ['stop', '-D', dataDir, '-m', 'fast', '-w', '-t', '30']).catch(() => {})

  const port = options.port ?? (await freePort())
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    logging_collector: 'off',
    // To fill a new segment of the log with zeros keeps every commit waiting for a tenth of a second (bench: ingest).
    wal_init_zero: 'off',
    // The indexes that every message touches: what has no room is written again and again (bench: ingest).
    shared_buffers: '256MB',
    // Under load a checkpoint every five minutes, not at every gigabyte: after each, every page is written as a whole once more. What was written
    // before is written over, which the disk does in a fraction of the time that a new file takes.
    max_wal_size: '4GB',
    min_wal_size: '1GB',
    ...options.settings,
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const child = await launch(binaries, dataDir, settings, as, url, options)
  let stopping: Promise<void> | undefined
  // Ended at once, so that whoever keeps it starts it again.
  const watch = watchStranded(child.pid!, () => {
    options.log?.('PostgreSQL has no process that recovers, and is not running: it is ended')
    child.kill('SIGQUIT')
  })
  child.once('exit', (code, signal) => {
    watch.close()
    if (stopping === undefined) options.onExit?.(signal ?? `exit code ${code}`)
  })
  const stop = (): Promise<void> => {
    watch.close()
    return (stopping ??= end(child))
  }
  const destroy = async (): Promise<void> => {
    await stop()
    for (const path of [dataDir, options.dir]) rmSync(path, { recursive: true, force: true })
  }
  return { url, port, pid: child.pid!, dataDir, stop, destroy, [Symbol.asyncDispose]: stop }
}

/** initdb once; the password is made with the cluster and kept beside it, readable by its owner alone. */
async function initialise(
  dir: string,
  dataDir: string,
  account: Account | null,
  tool: (name: string, args: string[]) => Promise<unknown>,
): Promise<string> {
  const passwordFile = join(dir, 'postgres.password')
  if (existsSync(join(dataDir, 'PG_VERSION'))) return readFileSync(passwordFile, 'utf8').trim()
  const password = randomBytes(24).toString('hex')
  rmSync(dataDir, { recursive: true, force: true })
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const handed = `${dataDir}.pw`
  writeFileSync(handed, password, { mode: 0o600 })
  if (account !== null) for (const path of [dataDir, handed]) chownSync(path, account.uid, account.gid)
  try {
    await tool('initdb', [
      '-D',
      dataDir,
      '-U',
      'postgres',
      '-A',
      'scram-sha-256',
      `--pwfile=${handed}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ])
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true })
    throw new Error(`PostgreSQL could not make its files in ${dataDir}`, { cause: error })
  } finally {
    rmSync(handed, { force: true })
  }
  writeFileSync(passwordFile, password, { mode: 0o600 })
  return password
}

/** A postmaster that was killed leaves children that hold its shared memory for a moment: try again until they are gone. */
async function launch(
  binaries: Binaries,
  dataDir: string,
  settings: Record<string, string>,
  as: { uid?: number; gid?: number },
  url: string,
  { log }: PostgresOptions,
): Promise<ChildProcess> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const said: string[] = []
    const args = ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
    // detached: a terminal's Ctrl-C must reach our own shutdown, not PostgreSQL before it.
    const child = spawn(join(binaries.bin, 'postgres'), args, {
      ...as,
      cwd: '/',
      env: toolEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter(Boolean)) {
          if (said.push(line) > 50) said.shift()
          log?.(line)
        }
      })
    if (await answers(child, url, deadline)) return child
    child.kill('SIGKILL')
    if (performance.now() > deadline) throw new Error(`PostgreSQL did not start in ${dataDir}:\n${said.join('\n')}`)
    await delay(250)
  }
}

async function answers(child: ChildProcess, url: string, deadline: number): Promise<boolean> {
  while (child.exitCode === null && child.signalCode === null && performance.now() < deadline) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('select 1')
      return true
    } catch {
      await delay(20)
    } finally {
      await client.end().catch(() => {})
    }
  }
  return false
}

/** Fast shutdown (SIGINT): open transactions are rolled back, the files are left clean. After 20 s, immediate. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((done) => child.once('exit', () => done()))
  child.kill('SIGINT')
  const force = setTimeout(() => child.kill('SIGQUIT'), 20_000)
  await gone
  clearTimeout(force)
}

function dataDirFor(dir: string, account: Account | null): string {
  const full = resolve(dir)
  if (account === null || reaches(account, full)) return join(full, 'data')
  mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 })
  const elsewhere = join(SHARED_HOME, `${basename(full)}-${createHash('sha256').update(full).digest('hex').slice(0, 12)}`)
  writeFileSync(
    join(full, 'README'),
    `PostgreSQL runs as ${account.name}, which cannot reach this directory. Its files are in ${elsewhere}\n`,
  )
  return elsewhere
}

function readableBinaries(binaries: Binaries, account: Account | null): Binaries {
  if (account === null || reaches(account, binaries.bin)) return binaries
  const version = createHash('sha256')
    .update(readFileSync(join(binaries.bin, 'postgres')))
    .digest('hex')
    .slice(0, 12)
  const root = join(SHARED_HOME, `postgres-${version}`)
  if (!existsSync(root)) {
    mkdirSync(SHARED_HOME, { recursive: true, mode: 0o755 })
    const staging = `${root}.${process.pid}`
    cpSync(binaries.root, staging, { recursive: true, verbatimSymlinks: true })
    try {
      renameSync(staging, root)
    } catch (error) {
      rmSync(staging, { recursive: true, force: true })
      if (!existsSync(root)) throw error // else: another start was quicker
    }
  }
  return { ...binaries, root, bin: join(root, 'bin') }
}

/** Without the caller's PG* variables, which would steer the tools elsewhere. */
function toolEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LANG: 'C', LC_ALL: 'C', TZ: 'UTC' }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}
