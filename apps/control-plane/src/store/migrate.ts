import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** Any number, the same in every replica: whoever migrates holds it. */
const LOCK = 7_210_201

/** Applies store/sql/NNNNNN_name.sql in order, each once, each in a transaction of its own. Forward only; safe from several replicas at once. */
export async function migrate(url: string): Promise<{ applied: string[] }> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const applied: string[] = []
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await client.query('create table if not exists migrations (name text primary key, at timestamptz not null default now())')
    const done = new Set((await client.query<{ name: string }>('select name from migrations')).rows.map((row) => row.name))
    for (const { name, sql } of migrationFiles()) {
      if (done.has(name)) continue
      await client.query('begin')
      try {
        await client.query(sql)
        await client.query('insert into migrations (name) values ($1)', [name])
        await client.query('commit')
      } catch (error) {
        await client.query('rollback')
        throw new Error(`Migration ${name} failed; nothing of it was kept.`, { cause: error })
      }
      applied.push(name)
    }
    return { applied }
  } finally {
    await client.end()
  }
}

function migrationFiles(): { name: string; sql: string }[] {
  const dir = new URL('./sql/', import.meta.url)
  return readdirSync(fileURLToPath(dir))
    .filter((name) => /^\d{6}_\w+\.sql$/.test(name))
    .toSorted()
    .map((name) => ({ name, sql: readFileSync(new URL(name, dir), 'utf8') }))
}
