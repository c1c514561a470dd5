import { sql } from 'kysely'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { createDatabase } from './db.ts'
import { migrate } from './migrate.ts'
import { withTenant } from './with-tenant.ts'
import { filledTenant } from '../testing/filled-tenant.ts'

let database: TestDatabase
let f: Fixture
type Tenant = Awaited<ReturnType<Fixture['makeTenant']>>
let mine: Tenant
let other: Tenant

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  mine = await filledTenant(f)
  other = await filledTenant(f)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

/** Every table that holds a tenant's rows, as the database knows them: a new one without a policy fails here. */
const tenantTables = async (): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'tenant_id' and table_name not in ('tenant_keys', 'audit', 'people', 'erasures', 'volumes_to_erase')`.execute(
    f.db,
  )
  return rows.map((row) => row.name).toSorted()
}
const count = async (on: typeof f.db, table: string, where = sql`true`): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(table)} where ${where}`.execute(on)
  return rows[0]!.n
}

describe('row-level security', () => {
  it('shows a tenant its own rows and nobody else’s, in every table', async () => {
    const tables = await tenantTables()
    expect(tables.length).toBeGreaterThanOrEqual(14)
    for (const table of tables) {
      const all = await count(f.db, table)
      const own = await count(f.db, table, sql`tenant_id = ${mine.tenantId}`)
      expect(own, `${table}: the test must have rows of both tenants`).toBeGreaterThan(0)
      expect(all, table).toBeGreaterThan(own)
      expect(await withTenant(f.db, mine.tenantId, (trx) => count(trx, table)), table).toBe(own)
    }
    expect(await withTenant(f.db, mine.tenantId, (trx) => count(trx, 'tenants'))).toBe(1)
  })

  it('lets nobody change or make rows of another tenant', async () => {
    const touched = await withTenant(f.db, mine.tenantId, (trx) =>
      trx.updateTable('bots').set({ detail: 'x' }).where('id', '=', other.bot.id).executeTakeFirst(),
    )
    expect(touched.numUpdatedRows).toBe(0n)
    await expect(
      withTenant(f.db, mine.tenantId, (trx) =>
        trx.insertInto('contacts').values({ id: mine.volumeId, tenant_id: other.tenantId }).execute(),
      ),
    ).rejects.toThrow('row-level security')
    // Not even its own: a row cannot be given away.
    await expect(
      withTenant(f.db, mine.tenantId, (trx) => trx.updateTable('contacts').set({ tenant_id: other.tenantId }).execute()),
    ).rejects.toThrow(/row-level security|foreign key/)
  })

  it('shows nothing when no tenant is set, or it was set in an earlier transaction of the same connection', async () => {
    const one = createDatabase(database.url, { max: 1 })
    const asTenantRole = () =>
      one.db.transaction().execute(async (trx) => {
        await sql`set local role zaptria_tenant`.execute(trx)
        return Promise.all([count(trx, 'messages'), count(trx, 'bots'), count(trx, 'tenants')])
      })
    expect(await asTenantRole()).toEqual([0, 0, 0])
    expect(await withTenant(one.db, mine.tenantId, (trx) => count(trx, 'messages'))).toBeGreaterThan(0)
    // The setting reads as '' from now on in this connection.
    expect(await asTenantRole()).toEqual([0, 0, 0])
    await one.close()
  })

  it('keeps keys, people and API keys out of a tenant’s reach', async () => {
    for (const table of ['tenant_keys', 'api_keys', 'servers', 'audit', 'idempotency_keys', 'migrations']) {
      await expect(
        withTenant(f.db, mine.tenantId, (trx) => count(trx, table)),
        table,
      ).rejects.toThrow('permission denied')
    }
  })
})

describe('migrations', () => {
  it('applied by several replicas at once are applied once', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    const name = `fresh_${Date.now()}`
    await client.query(`create database ${name}`)
    const url = Object.assign(new URL(database.url), { pathname: `/${name}` }).toString()
    try {
      const applied = await Promise.all([migrate(url), migrate(url), migrate(url)])
      expect(applied.filter((names) => names.length > 0)).toHaveLength(1)
      expect(await migrate(url)).toEqual([])
      const changed = new pg.Client({ connectionString: url })
      await changed.connect()
      await changed.query("update migrations set hash = 'x'")
      await changed.end()
      await expect(migrate(url)).rejects.toThrow('was changed after it had been applied')
    } finally {
      await client.query(`drop database ${name} with (force)`)
      await client.end()
    }
  })
})
