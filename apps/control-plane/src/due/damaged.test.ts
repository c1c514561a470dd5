import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SealBrokenError } from '../secrets/sealed-stream.ts'
import { snapshotVerified, voidSnapshots } from '../store/snapshots.ts'
import { withTenant } from '../store/with-tenant.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'
import { noteDamaged } from '../vault/damaged.ts'
import { watchDamaged } from './damaged.ts'

let database: TestDatabase
let f: Fixture
let t: Awaited<ReturnType<Fixture['makeTenant']>>
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await f.db.deleteFrom('alerts').execute()
  await f.db.deleteFrom('snapshots').execute()
  t = await f.makeTenant()
})

const stored = () => makeStoredSnapshot(f.db, { id: t.bot.id, tenantId: t.tenantId })
const vault = { hasPart: () => Promise.resolve(true) }
const damage = (id: string, why = 'the sealed bytes cannot be opened') =>
  noteDamaged({ db: f.db, vault }, { id: t.bot.id, tenantId: t.tenantId }, id, new SealBrokenError(why))
const prove = (id: string) => f.db.updateTable('snapshots').set({ proved_at: new Date() }).where('id', '=', id).execute()
const alerts = async () => {
  await watchDamaged({ db: f.db, hints: f.hints })
  const rows = await f.db.selectFrom('alerts').selectAll().where('kind', '=', 'snapshot_damaged').orderBy('id').execute()
  return rows.map(({ tenant_id, severity, count, detail, resolved_at }) => ({
    tenant: tenant_id,
    severity,
    count,
    detail,
    open: resolved_at === null,
  }))
}

describe('a snapshot that is found damaged', () => {
  it('raises a warning that names it, its customer and what is wrong with it, once', async () => {
    const [bad] = [await stored(), await stored()]
    expect(await alerts()).toEqual([])
    await damage(bad, 'part 0 has changed')
    await f.db
      .updateTable('snapshots')
      .set({ asked_at: new Date('2026-11-30T06:12:13.456Z') })
      .where('id', '=', bad)
      .execute()
    await alerts()
    const { void_reason } = await f.db.selectFrom('snapshots').select('void_reason').where('id', '=', bad).executeTakeFirstOrThrow()
    expect(void_reason).not.toBeNull()
    expect(await alerts()).toEqual([
      {
        tenant: t.tenantId,
        severity: 'warning',
        count: 1,
        detail: `snapshot ${bad} of 2026-11-30T06:12:13Z: ${void_reason}`,
        open: true,
      },
    ])
  })

  it('is told of until a newer one was opened and found good', async () => {
    const before = await stored()
    await prove(before)
    await damage(await stored())
    expect(await alerts()).toMatchObject([{ open: true }])
    const newer = await stored()
    expect(await alerts()).toMatchObject([{ open: true }])
    await prove(newer)
    expect(await alerts()).toMatchObject([{ open: false }])
  })

  it('is told of until it is whole again, or gone', async () => {
    const id = await stored()
    await damage(id)
    expect(await alerts()).toMatchObject([{ open: true }])
    await withTenant(f.db, t.tenantId, (trx) => snapshotVerified(trx, id))
    expect(await alerts()).toMatchObject([{ open: false }])
    await damage(id)
    expect(await alerts()).toMatchObject([{ open: false }, { open: true }])
    await f.db.deleteFrom('snapshots').execute()
    expect(await alerts()).toMatchObject([{ open: false }, { open: false }])
  })

  it('is told of again when another one is, and not again when people have resolved it', async () => {
    const [one, two] = [await stored(), await stored()]
    await damage(one)
    await alerts()
    await damage(two)
    await alerts()
    expect(await alerts()).toMatchObject([{ count: 2, detail: expect.stringContaining(two), open: true }])
    await f.db.updateTable('alerts').set({ resolved_at: new Date() }).execute()
    expect(await alerts()).toMatchObject([{ open: false }])
  })

  it('is not one whose session was unlinked', async () => {
    await stored()
    await withTenant(f.db, t.tenantId, (trx) => voidSnapshots(trx, t.bot.id, null, 'logged_out'))
    expect(await alerts()).toEqual([])
  })
})
