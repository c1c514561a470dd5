import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import pg from 'pg'

const DIRECTORY = new URL('./sql/', import.meta.url)
/** Any fixed number: whoever migrates holds it, the other replicas wait. */
const LOCK = 0x7a_70_74_72

/** Applies the numbered migrations that are missing, each in a transaction. Safe to run from every replica at once. Throws when a file that was applied has changed. */
export async function migrate(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'zaptria migrate' })
  // A broken connection rejects the query under way; without a listener it would end the process as well.
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await client.query(
      'create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())',
    )
    const { rows } = await client.query<{ name: string; hash: string }>('select name, hash from migrations')
    const applied = new Map(rows.map((row) => [row.name, row.hash]))
    const done: string[] = []
    for (const name of (await readdir(DIRECTORY)).filter((file) => /^\d{6}_.+\.sql$/.test(file)).toSorted()) {
      const text = await readFile(new URL(name, DIRECTORY), 'utf8')
      const hash = createHash('sha256').update(text).digest('hex')
      const before = applied.get(name)
      if (before === hash) continue
      if (before !== undefined)
        throw new Error(`Migration ${name} was changed after it had been applied: migrations only go forward, add another one.`)
      await apply(client, name, text, hash)
      done.push(name)
    }
    return done
  } finally {
    await client.end()
  }
}

async function apply(client: pg.Client, name: string, text: string, hash: string): Promise<void> {
  await client.query('begin')
  try {
    await client.query(text)
    await client.query('insert into migrations (name, hash) values ($1, $2)', [name, hash])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback').catch(() => {})
    throw new Error(`Migration ${name} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}
