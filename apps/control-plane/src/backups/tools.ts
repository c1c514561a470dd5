import { accessSync, constants, readdirSync } from 'node:fs'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { BackupError } from './errors.ts'

export type PgProgram = 'pg_dump' | 'pg_restore' | 'psql'

export type PgRun = {
  /** What is told by the environment alone, as a password is. */
  env?: Readonly<Record<string, string>>
  stdin?: AsyncIterable<Uint8Array | string>
  signal?: AbortSignal
}

/** PostgreSQL's own programs of one version, at one place: on this machine, or in the container of the database. */
export type PgTools = {
  /** For people. */
  readonly where: string
  /**
   * What it prints. Throws a PgToolError when it does not end well, what `stdin` throws, and why `signal` was aborted; whoever stops reading ends it.
   */
  run(program: PgProgram, args: readonly string[], options?: PgRun): AsyncGenerator<Buffer>
}

/** What a program said last is why it failed. */
export const SAID_CHARS = 2_000

/** A program of PostgreSQL's failed; the message is what it said. */
export class PgToolError extends BackupError {
  constructor(program: PgProgram, where: string, said: string) {
    super(`${program} (${where}) failed: ${said}`)
    this.name = 'PgToolError'
  }
}

export type PgPlace = {
  /** The setting: where `pg_dump` is, and its siblings beside it. Undefined: they are looked for. */
  pgDump: string | undefined
  /** Makes tools of programs in that directory. */
  local: (dir: string) => PgTools
  /** Those in the database's container, instead of all others. */
  container: PgTools | undefined
}

/**
 * The tools for a server of that major version: pg_dump refuses newer servers than itself. Of several that can, the oldest, since what a newer one writes
 * an older server may not take.
 */
export async function findTools({ pgDump, local, container }: PgPlace, major: number): Promise<PgTools> {
  if (container !== undefined) {
    const found = await majorOf(container)
    if (found >= major) return container
    throw tooOld(`pg_dump in ${container.where}`, found, major, 'Use the image of the same version as the database.')
  }
  if (pgDump !== undefined) {
    const tools = local(path.dirname(pgDump))
    const found = await majorOf(tools)
    if (found >= major) return tools
    throw tooOld(pgDump, found, major, howToGet(major))
  }
  const found = await Promise.all(candidates().map(async (dir) => ({ dir, major: await majorOf(local(dir)).catch(() => 0) })))
  const [fitting] = found.filter((one) => one.major >= major).toSorted((a, b) => a.major - b.major)
  if (fitting !== undefined) return local(fitting.dir)
  const [newest] = found.filter((one) => one.major > 0).toSorted((a, b) => b.major - a.major)
  if (newest !== undefined) throw tooOld(path.join(newest.dir, 'pg_dump'), newest.major, major, howToGet(major))
  throw new BackupError(
    `There is no pg_dump on this machine, in the PATH or below ${DEBIAN}, so that the database cannot be backed up or restored.`,
    howToGet(major),
  )
}

const tooOld = (what: string, found: number, needed: number, hint: string): BackupError =>
  new BackupError(`${what} is of version ${found}, and the database is PostgreSQL ${needed}: an older one cannot dump it.`, hint)

const howToGet = (major: number): string =>
  `Install the client programs of PostgreSQL ${major} or newer (apt install postgresql-client-${major}, from apt.postgresql.org where Debian has none), or name theirs in ZAPTRIA_PG_DUMP.`

const DEBIAN = '/usr/lib/postgresql'

/** Directories that have a pg_dump: of the PATH, and where Debian has one for each version. */
function candidates(): string[] {
  const versions = ((): string[] => {
    try {
      return readdirSync(DEBIAN).map((version) => path.join(DEBIAN, version, 'bin'))
    } catch {
      return []
    }
  })()
  // What is in the PATH may be Debian's own chooser, which takes another for each cluster.
  return [...versions, ...(process.env['PATH'] ?? '').split(path.delimiter)].filter((dir) => {
    try {
      accessSync(path.join(dir, 'pg_dump'), constants.X_OK)
      return dir !== ''
    } catch {
      return false
    }
  })
}

async function majorOf(tools: PgTools): Promise<number> {
  const said = await text(Readable.from(tools.run('pg_dump', ['--version'])))
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(said)?.[1])
  if (!Number.isInteger(major)) throw new BackupError(`pg_dump (${tools.where}) does not tell its version: ${said.trim()}`)
  return major
}
