import type { BackupTarget } from '@zaptria/contract'
import pg from 'pg'
import { BackupError } from './errors.ts'

/** How PostgreSQL's programs are told of a database: its password is in their environment, not in the list of processes. */
export function connectionOf(databaseUrl: string): { args: string[]; env: Record<string, string> } {
  const url = new URL(databaseUrl)
  const password = url.searchParams.get('password') ?? decodeURIComponent(url.password)
  url.searchParams.delete('password')
  url.password = ''
  // A word of pg's own.
  if (url.searchParams.get('sslmode') === 'no-verify') url.searchParams.set('sslmode', 'require')
  // libpq takes + for itself.
  url.search = url.search.replaceAll('+', '%20')
  return {
    args: ['--no-password', `--dbname=${url.href}`],
    env: { PGCONNECT_TIMEOUT: '10', ...(password === '' ? {} : { PGPASSWORD: password }) },
  }
}

export type Server = { major: number; version: string; migration: string | null; tenants: number | null }

export type BackupLock = {
  server: Server
  /** Aborted when the connection breaks: another one may hold it then. */
  signal: AbortSignal
  /** Ends whatever still dumps under that name. */
  end(applicationName: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** One backup at a time of a database, whoever takes it. Null: somebody does. */
export async function holdBackupLock(databaseUrl: string): Promise<BackupLock | null> {
  const broken = new AbortController()
  const client = await connect(databaseUrl, 'zaptria backup', (error) =>
    broken.abort(new BackupError('The connection to the database broke.', undefined, { cause: error })),
  )
  try {
    const { rows } = await client.query<{ taken: boolean }>(`select pg_try_advisory_lock(hashtextextended('database backup', 1)) as taken`)
    if (rows[0]?.taken !== true) {
      await client.end()
      return null
    }
    const server = await serverOf(client)
    return {
      server,
      signal: broken.signal,
      async end(applicationName) {
        await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()',
          [applicationName],
        )
      },
      [Symbol.asyncDispose]: () => client.end().catch(() => {}),
    }
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

/** What is in a database, and who is there besides. */
export async function lookInto(databaseUrl: string): Promise<{ target: BackupTarget; server: Server; others: string[] }> {
  const client = await connect(databaseUrl, 'zaptria restore')
  try {
    const server = await serverOf(client)
    const { rows } = await client.query<{ database: string; tables: number; others: string[] | null }>(
      `select current_database() as database,
        (select count(*)::int from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
            and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')) as tables,
        (select array_agg(distinct application_name) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and application_name like 'zaptria%') as others`,
    )
    const { database, tables, others } = rows[0]!
    const target: BackupTarget = {
      database,
      server: `PostgreSQL ${server.version} at ${placeOf(databaseUrl)}`,
      empty: tables === 0,
      tables,
      tenants: server.tenants,
      messages: await countIn(client, 'messages'),
      last_message_at: await lastMessage(client),
    }
    return { target, server, others: others ?? [] }
  } finally {
    await client.end().catch(() => {})
  }
}

async function connect(databaseUrl: string, applicationName: string, onBroken: (error: Error) => void = () => {}): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: applicationName,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', onBroken)
  try {
    await client.connect()
  } catch (error) {
    throw new BackupError(
      `The database at ${placeOf(databaseUrl)} cannot be reached: ${error instanceof Error && error.message !== '' ? error.message : String(error)}`,
      'Start it, or correct the address.',
      { cause: error },
    )
  }
  return client
}

/** Host, port and name, and nothing secret. */
function placeOf(databaseUrl: string): string {
  const { host, pathname, searchParams } = new URL(databaseUrl)
  return `${searchParams.get('host') ?? (host === '' ? 'localhost' : host)}${pathname}`
}

async function serverOf(client: pg.Client): Promise<Server> {
  const { rows } = await client.query<{ number: number; version: string; migrated: boolean }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as version, to_regclass('public.migrations') is not null as migrated`,
  )
  const { number, version, migrated } = rows[0]!
  const newest = migrated
    ? await client.query<{ name: string }>('select name from public.migrations order by name desc limit 1')
    : undefined
  return {
    major: Math.floor(number / 10_000),
    version,
    migration: newest?.rows[0]?.name ?? null,
    tenants: await countIn(client, 'tenants'),
  }
}

async function countIn(client: pg.Client, table: 'tenants' | 'messages'): Promise<number | null> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [`public.${table}`])
  if (rows[0]?.there !== true) return null
  const counted = await client.query<{ count: number }>(`select count(*)::float8 as count from public.${table}`)
  return counted.rows[0]?.count ?? null
}

async function lastMessage(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<{ there: boolean }>(
    `select exists (select from pg_attribute where attrelid = to_regclass('public.messages') and attname = 'created_at' and not attisdropped) as there`,
  )
  if (rows[0]?.there !== true) return null
  const found = await client.query<{ at: Date | null }>('select max(created_at) as at from public.messages')
  return found.rows[0]?.at?.toISOString() ?? null
}
