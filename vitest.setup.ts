import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { migrate } from './apps/control-plane/src/store/migrate.ts'
import { startPostgres } from './packages/postgres/src/index.ts'

const TEMPLATE = 'zaptria_template'

/** One PostgreSQL for the whole run, with a migrated template; each test clones it (createTestDatabase). */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-test-'))
  const server = await startPostgres({
    dir: join(dir, 'postgres'),
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
  })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  await client.query(`create database ${TEMPLATE}`)
  await client.end()
  await migrate(Object.assign(new URL(server.url), { pathname: `/${TEMPLATE}` }).toString())
  project.provide('postgres', { url: server.url, template: TEMPLATE })
  return async () => {
    await server.destroy()
    rmSync(dir, { recursive: true, force: true })
  }
}
