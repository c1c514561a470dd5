import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import type { KyselyPlugin } from 'kysely'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDirectoryStore } from '../../files/directory/index.ts'
import type { FileStore } from '../../files/port.ts'
import { ingest } from '../../ingest/index.ts'
import type { Driver } from '../../orchestrator/port.ts'
import { insertAudit } from '../../store/audit.ts'
import { withTenant } from '../../store/with-tenant.ts'
import { dropTenant, eraseTenant } from '../../tenants/lifecycle.ts'
import { filledTenant } from '../../testing/filled-tenant.ts'
import type { FilledTenant } from '../../testing/filled-tenant.ts'
import { event, fixture, incoming } from '../../testing/fixture.ts'
import type { Fixture } from '../../testing/fixture.ts'
import { makeStoredSnapshot } from '../../testing/snapshots.ts'
import { uuidv7 } from '../../uuid.ts'
import { createVault } from '../../vault/index.ts'
import type { Vault } from '../../vault/index.ts'
import { eraseTenants } from './tenants.ts'
import { eraseVolumes } from './volumes.ts'

let database: TestDatabase
let f: Fixture
let root: string
let stores: { vaultFiles: FileStore; media: FileStore }
let vault: Vault
let mine: FilledTenant
let other: FilledTenant
const log = pino({ level: 'silent' })
const noHints = { changed: () => Promise.resolve() }

beforeEach(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  root = mkdtempSync(path.join(tmpdir(), 'zaptria-erase-'))
  stores = { vaultFiles: createDirectoryStore(path.join(root, 'vault')), media: createDirectoryStore(path.join(root, 'media')) }
  vault = createVault({ files: stores.vaultFiles, secrets: f.secrets })
  mine = await filled()
  other = await filled()
})
afterEach(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

/** With a snapshot in the vault, two files in the media store, one of which no row names, a person, and something in the audit. */
async function filled(): Promise<FilledTenant> {
  const tenant = await filledTenant(f)
  const { tenantId, bot } = tenant
  await makeStoredSnapshot(f.db, bot, vault)
  for (const text of ['uma foto', 'ninguém a conhece']) await stores.media.put(tenantId, once(Buffer.from(text)), { maxBytes: 100 })
  const person = { id: uuidv7(), name: 'Ana', email: `${tenantId}@example.com`, role: 'tenant', tenant_id: tenantId }
  await sql`insert into people (id, name, email, role, tenant_id) values (${person.id}, ${person.name}, ${person.email}, ${person.role}, ${person.tenant_id})`.execute(
    f.db,
  )
  await f.db
    .transaction()
    .execute((trx) => insertAudit(trx, { actor: 'key:1', action: 'tenant.create', tenantId, detail: { name: 'Loja' } }))
  return tenant
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}

/** `step` is called before each statement, and after it. */
const stepping = (step: () => void): KyselyPlugin => ({
  transformQuery: ({ node }) => {
    step()
    return node
  },
  transformResult: ({ result }) => {
    step()
    return Promise.resolve(result)
  },
})

const remove = (id: string): Promise<void> =>
  f.db.transaction().execute((trx) => dropTenant(trx, { secrets: f.secrets, hints: noHints }, id))
const ask = (id: string, confirm = id): Promise<void> =>
  f.db.transaction().execute((trx) => eraseTenant(trx, { secrets: f.secrets, hints: noHints }, id, confirm))
/** A server’s driver; `erased` is what it was told to erase. */
function driverOf(erased: [string, ...string[]][], trouble?: () => string | null): Driver {
  const erase: Driver['erase'] = async (name, volumes) => {
    const said = trouble?.()
    if (said != null) throw new Error(said)
    erased.push([name, ...volumes])
    await Promise.resolve()
  }
  return { erase } as Driver
}
const dueNow = (): Promise<unknown> => sql`update erasures set due_at = now() where due_at is not null`.execute(f.db)
const volumesDueNow = (): Promise<unknown> => sql`update volumes_to_erase set due_at = now()`.execute(f.db)
const eraseAll = async (batch?: number): Promise<void> => {
  while ((await eraseTenants({ db: f.db, log, ...stores, ...(batch === undefined ? {} : { batch }) })) === 'again');
}

/** How many rows of a tenant each table has, of all that have some. */
async function rowsOf(tenantId: string): Promise<Record<string, number>> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.columns where table_schema = 'public' and column_name = 'tenant_id'`.execute(f.db)
  const counts: Record<string, number> = {}
  for (const { name } of tables) {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from ${sql.table(name)} where tenant_id = ${tenantId}`.execute(f.db)
    if (rows[0]!.n > 0) counts[name] = rows[0]!.n
  }
  return counts
}
async function filesOf(tenantId: string): Promise<number> {
  let found = 0
  for (const store of Object.values(stores)) for await (const _ of store.list(tenantId)) found += 1
  return found
}
const stateOf = async (id: string) => f.db.selectFrom('erasures').selectAll().where('tenant_id', '=', id).executeTakeFirstOrThrow()

describe('the erasure of a tenant', () => {
  it('leaves nothing of it in any table, nor in a store, but that it was and who did what to it; and all of everybody else', async () => {
    const before = await rowsOf(other.tenantId)
    const files = await filesOf(other.tenantId)
    expect(Object.keys(before).length, 'the test needs rows in every table').toBeGreaterThan(25)
    expect(await rowsOf(mine.tenantId)).toEqual(before)
    const name = `Padaria ${uuidv7()}`
    await sql`update tenants set name = ${name}, external_id = 'laravel-7' where id = ${mine.tenantId}`.execute(f.db)
    await sql`insert into alerts (id, tenant_id, kind, severity, detail, fingerprint, resolved_at)
      values (${uuidv7()}, ${other.tenantId}, 'number_shared', 'critical', ${`+5511987654321: ${name}`}, 'number_shared:x', now())`.execute(
      f.db,
    )
    await remove(mine.tenantId)
    await ask(mine.tenantId)
    const erased: [string, ...string[]][] = []
    await eraseVolumes({ db: f.db, log }, f.serverId, driverOf(erased))
    await eraseAll(1)
    expect(erased).toEqual([[`zaptria-${mine.bot.id}`, `zaptria-${mine.bot.id}`]])
    const left = await rowsOf(mine.tenantId)
    expect(Object.keys(left).toSorted()).toEqual(['audit', 'erasures'])
    expect(await filesOf(mine.tenantId)).toBe(0)
    const audit = await f.db.selectFrom('audit').selectAll().where('tenant_id', '=', mine.tenantId).execute()
    expect(audit).toMatchObject([{ actor: 'key:1', action: 'tenant.create', detail: null }])
    expect(await f.db.selectFrom('tenants').selectAll().where('id', '=', mine.tenantId).executeTakeFirst()).toMatchObject({
      name: '',
      external_id: null,
      removed_at: expect.any(Date),
    })
    expect(await stateOf(mine.tenantId)).toMatchObject({ due_at: null, erased_at: expect.any(Date) })
    expect(await rowsOf(other.tenantId)).toEqual(before)
    expect(await filesOf(other.tenantId)).toBe(files)
    // Not even its name in what others were told.
    const { rows } = await sql<{ found: boolean }>`select exists (select from alerts where detail like ${`%${name}%`}) as found`.execute(
      f.db,
    )
    expect(rows[0]!.found).toBe(false)
  })

  it('makes every copy of a snapshot unreadable at once, wherever it lies', async () => {
    const snapshot = await f.db
      .selectFrom('snapshot_parts')
      .selectAll()
      .where('tenant_id', '=', mine.tenantId)
      .where('sha256', '<>', 'c'.repeat(64))
      .executeTakeFirstOrThrow()
    const read = async (): Promise<string> => {
      const bytes: Buffer[] = []
      for await (const chunk of vault.read(mine.tenantId, snapshot.snapshot_id, [snapshot])) bytes.push(chunk)
      return Buffer.concat(bytes).toString()
    }
    const copy = Buffer.concat(await (await stores.vaultFiles.get(mine.tenantId, snapshot.sha256))!.toArray())
    expect(await read()).toBe('an archive')
    await remove(mine.tenantId)
    await ask(mine.tenantId)
    // Nothing was deleted yet: its bytes are still there.
    await expect(read()).rejects.toThrow('has no key')
    await eraseVolumes({ db: f.db, log }, f.serverId, driverOf([]))
    await eraseAll()
    await stores.vaultFiles.put(mine.tenantId, once(copy), { maxBytes: 1_000_000 })
    await expect(read()).rejects.toThrow('has no key')
  })

  it('goes on where it was killed, after each of its steps', async () => {
    await remove(mine.tenantId)
    await ask(mine.tenantId)
    await eraseVolumes({ db: f.db, log }, f.serverId, driverOf([]))
    const total = async (): Promise<number> => Object.values(await rowsOf(mine.tenantId)).reduce((sum, n) => sum + n, 0)
    let kills = 0
    let calls = 0
    // Dies in the middle of its transactions and between its files: at the first, the second, … statement or deletion of a pass.
    const dying = (at: number): Parameters<typeof eraseTenants>[0] => {
      calls = 0
      const step = (): void => {
        calls += 1
        if (calls === at) throw new Error('killed')
      }
      const files = (store: FileStore): FileStore => ({
        ...store,
        delete: async (tenantId, sha256) => {
          step()
          await store.delete(tenantId, sha256)
          step()
        },
      })
      return { db: f.db.withPlugin(stepping(step)), log, vaultFiles: files(stores.vaultFiles), media: files(stores.media), batch: 1 }
    }
    let before = await total()
    for (let at = 1; (await stateOf(mine.tenantId)).erased_at === null; at += 1) {
      await dueNow()
      const end = await eraseTenants(dying(at)).catch((error: Error) => error.message)
      if (end === 'killed') kills += 1
      // One that came through went on by a step; what it is killed at next is the first again.
      else at = 0
      expect(await total()).toBeLessThanOrEqual(before)
      before = await total()
      expect(kills, 'it must end').toBeLessThan(5_000)
    }
    expect(kills).toBeGreaterThan(50)
    expect(Object.keys(await rowsOf(mine.tenantId)).toSorted()).toEqual(['audit', 'erasures'])
    expect(await filesOf(mine.tenantId)).toBe(0)
  }, 120_000)

  it('waits for a server that is away, and asks it until it answers; the rest does not wait', async () => {
    await f.db.updateTable('bots').set({ moves: 2 }).where('id', '=', mine.bot.id).execute()
    const elsewhere = uuidv7()
    await f.db.insertInto('servers').values({ id: elsewhere, name: 'santos', driver: 'docker' }).execute()
    await f.db.updateTable('bots').set({ server_id: elsewhere }).where('id', '=', mine.bot.id).execute()
    await remove(mine.tenantId)
    await ask(mine.tenantId)
    const erased: [string, ...string[]][] = []
    let away: string | null = 'connect ECONNREFUSED'
    const santos = driverOf(erased, () => away)
    await eraseVolumes({ db: f.db, log }, elsewhere, santos)
    expect(erased).toEqual([])
    // Where it was taken from has a volume of its own.
    await eraseVolumes({ db: f.db, log }, f.serverId, driverOf(erased))
    await eraseAll()
    expect(Object.keys(await rowsOf(mine.tenantId)).toSorted()).toEqual(
      ['audit', 'bots', 'erasures', 'grants', 'ousted_bots', 'volumes', 'volumes_to_erase'].toSorted(),
    )
    expect(await filesOf(mine.tenantId)).toBe(0)
    expect(await f.db.selectFrom('volumes_to_erase').select(['server_id', 'trouble']).execute()).toEqual([
      { server_id: elsewhere, trouble: 'connect ECONNREFUSED' },
    ])
    // Of whom it was, the bot that is left says nothing.
    const bot = await f.db.selectFrom('bots').selectAll().where('id', '=', mine.bot.id).executeTakeFirstOrThrow()
    expect([bot.number, bot.wa_name, bot.qr_code, bot.pairing_code, bot.desired]).toEqual([null, null, null, null, 'removed'])
    // What comes meanwhile is not kept either.
    await ingest(f, mine.bot, mine.volumeId, [event(9_000, incoming({ body: 'ainda aqui' }))])
    away = null
    await eraseVolumes({ db: f.db, log }, elsewhere, santos)
    expect(erased, 'it is not asked again at once').toHaveLength(1)
    await volumesDueNow()
    await eraseVolumes({ db: f.db, log }, elsewhere, santos)
    const name = `zaptria-${mine.bot.id}`
    expect(erased).toEqual([
      [name, name, `${name}-1`, `${name}-2`],
      [name, name, `${name}-1`, `${name}-2`],
    ])
    await eraseAll()
    expect(Object.keys(await rowsOf(mine.tenantId)).toSorted()).toEqual(['audit', 'erasures'])
    expect((await stateOf(mine.tenantId)).erased_at).not.toBeNull()
  })

  it('is refused while the tenant is not removed, or is named wrongly, and changes nothing then', async () => {
    const before = await rowsOf(mine.tenantId)
    await expect(ask(mine.tenantId)).rejects.toMatchObject({ code: 'tenant_not_removed' })
    await remove(mine.tenantId)
    await expect(ask(mine.tenantId, 'Outra loja')).rejects.toMatchObject({ code: 'validation_failed' })
    await expect(ask(uuidv7())).rejects.toMatchObject({ code: 'tenant_not_found' })
    await eraseAll()
    expect(await rowsOf(mine.tenantId)).toEqual(before)
    await withTenant(f.db, mine.tenantId, async (trx) => {
      expect(await trx.selectFrom('messages').select('id').execute()).not.toEqual([])
    })
    await ask(mine.tenantId, 'Loja')
    await ask(mine.tenantId, 'Loja')
    expect(await f.db.selectFrom('erasures').select('tenant_id').execute()).toHaveLength(1)
  })
})
