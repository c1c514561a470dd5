import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { startPostgres } from '@zaptria/postgres'
import { findBinaries } from '@zaptria/postgres/testing'
import pg from 'pg'
import { describe } from 'vitest'
import { createLocalTools } from '../backups/local-tools.ts'
import type { PgPlace } from '../backups/tools.ts'
import { ingest } from '../ingest/index.ts'
import { migrate } from '../store/migrate.ts'
import { event, fixture, incoming } from './fixture.ts'

/** Why no PostgreSQL with a pg_dump of its version can be started here; empty when one can. */
const noDump = await findBinaries('system').then(
  () => '',
  (error: unknown) => ` (${error instanceof Error ? error.message : String(error)})`,
)

/** What needs such a PostgreSQL: where there is none it is skipped, aloud and counted, and CI refuses that. */
export const describeDumped = (name: string, tests: () => void): void =>
  void describe.skipIf(noDump !== '')(`${name}${noDump}`, { timeout: 120_000 }, tests)

/**
 * A PostgreSQL of the system with its own pg_dump: npm's has none, and one of another version refuses it. For tests; `apt install postgresql` has both.
 */
export async function startDumpablePostgres() {
  const dir = mkdtempSync(path.join(tmpdir(), 'zaptria-dumpable-'))
  const { bin } = await findBinaries('system')
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
  const server = await startPostgres({ dir: path.join(dir, 'postgres'), origin: 'system', settings })
  const place: PgPlace = { pgDump: path.join(bin, 'pg_dump'), local: createLocalTools, container: undefined }
  const urlOf = (name: string): string => Object.assign(new URL(server.url), { pathname: `/${name}` }).toString()
  let serial = 0
  return {
    bin,
    place,
    /** A database, empty or as that other one; answers its URL. */
    async database(like?: string): Promise<string> {
      const name = `backup_${(serial += 1)}`
      await rows(server.url, `create database ${name} template ${like === undefined ? 'template0' : new URL(like).pathname.slice(1)}`)
      return urlOf(name)
    },
    async close() {
      await server.destroy()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** Migrates a database, and has a tenant write in it: binary, JSON, numbers of sequences, triggers’ rows, and `bulk` messages. */
export async function fillDatabase(url: string, bulk = 0): Promise<void> {
  await migrate(url)
  const f = await fixture(url)
  try {
    const t = await f.makeTenant({ flow: Flow.parse(SAMPLE_FLOW) })
    await f.db
      .insertInto('events_set_aside')
      .values({ event_id: t.volumeId, bot_id: t.bot.id, tenant_id: t.tenantId, event: Buffer.from([0, 1, 2, 255]), error: 'x' })
      .execute()
    const endpoint = { id: t.bot.id, tenant_id: t.tenantId, url: 'https://app.example.com/', sealed_secret: Buffer.from('x') }
    await f.db.insertInto('webhook_endpoints').values(endpoint).execute()
    await ingest(f, t.bot, t.volumeId, [
      event(1, { kind: 'state', state: 'connected', reason: 'ready' }),
      event(2, incoming({ body: 'Olá, "aspas" \\ e\tlinha\nnova 👍' })),
    ])
    for (let nr = 0; nr < bulk; nr += 500)
      await ingest(
        f,
        t.bot,
        t.volumeId,
        Array.from({ length: 500 }, (_, at) => event(10 + nr + at, incoming({ body: crypto.randomUUID() }))),
      )
  } finally {
    await f.close()
  }
}

/** What a restore changes, since a backup is older than the world (see after_restore): columns, or a whole table. */
const CHANGED_BY_RESTORE = {
  restores: 'all' as const,
  bots: ['epoch'],
  grants: ['epoch'],
  messages: ['status', 'due_at', 'attempt', 'handed_at', 'updated_at', 'failure_detail'],
}

/** Every table with its rows as text, and where each sequence is. `but`: columns that are of no interest. */
export async function everything(url: string, but: Record<string, string[] | 'all'> = {}): Promise<Record<string, string[]>> {
  const names = await rows<{ name: string }>(
    url,
    `select format('%I', table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
  )
  const found: Record<string, string[]> = {}
  for (const { name } of names) {
    const less = but[name] ?? []
    if (less === 'all') continue
    found[name] = (
      await rows<{ row: string }>(
        url,
        `select (to_jsonb(t) - array[${less.map((column) => `'${column}'`).join()}]::text[])::text as row from public.${name} t order by 1`,
      )
    ).map(({ row }) => row)
  }
  const sequences = await rows<{ row: string }>(url, `select format('%s %s', sequencename, last_value) as row from pg_sequences order by 1`)
  return { ...found, sequences: sequences.map(({ row }) => row) }
}

/** What a restore brings back as it was. */
export const restorable = (url: string): Promise<Record<string, string[]>> => everything(url, CHANGED_BY_RESTORE)

export async function rows<T extends object>(url: string, query: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<T>(query)).rows
  } finally {
    await client.end()
  }
}

/** A program in the place of PostgreSQL's own: sh, which finds the real ones in $REAL. */
export function inPlaceOf(program: string, real: string, script: string, dir = mkdtempSync(path.join(tmpdir(), 'zaptria-tools-'))): string {
  chmodSync(dir, 0o755)
  for (const name of ['pg_dump', 'pg_restore', 'psql'])
    writeFileSync(path.join(dir, name), `#!/bin/sh\nREAL=${real}\n${name === program ? script : `exec "$REAL/${name}" "$@"`}\n`, {
      mode: 0o755,
    })
  return path.join(dir, 'pg_dump')
}
