import type { SnapshotCause, SnapshotState } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { snapshotToRestore } from '../store/snapshots.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { makeManifest, makeStoredSnapshot } from '../testing/snapshots.ts'
import { scheduleSnapshots, watchSnapshots } from './snapshots.ts'

let database: TestDatabase
let f: Fixture
beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

/** Eight in the morning in São Paulo: every bot's minute of the night is over. */
const MORNING = new Date('2026-11-30T11:00:00.000Z')
const hours = (n: number): Date => new Date(MORNING.getTime() + n * 3_600_000)

type Tenant = Awaited<ReturnType<Fixture['makeTenant']>>
const connect = (t: Tenant, at = hours(-5)) =>
  f.db.updateTable('bots').set({ state: 'connected', reason: 'ready', state_at: at }).where('id', '=', t.bot.id).execute()
const connected = async (): Promise<Tenant> => {
  const t = await f.makeTenant()
  await connect(t)
  return t
}
const snapshot = async (
  t: Tenant,
  at: Date,
  more: { state?: SnapshotState; void_at?: Date; restored_at?: Date; failure?: string; cause?: SnapshotCause } = {},
): Promise<string> => {
  const id = await makeStoredSnapshot(f.db, { id: t.bot.id, tenantId: t.tenantId })
  await f.db
    .updateTable('snapshots')
    .set({ asked_at: at, ...more })
    .where('id', '=', id)
    .execute()
  return id
}
/** What a bot on an empty volume would be given. */
const newest = async (t: Tenant) => (await snapshotToRestore(f.db, t.bot.id, { engine: 'wwebjs', session: 'none' }))?.snapshot_id
/** Whose snapshots were asked for, and why. */
const asked = async (now: Date): Promise<Map<string, SnapshotCause>> => {
  await scheduleSnapshots({ db: f.db, now })
  const rows = await f.db.selectFrom('snapshots').select(['tenant_id', 'cause']).where('state', '=', 'asked').execute()
  const stored = { state: 'stored', asked_at: now, due_at: null, manifest: JSON.stringify(makeManifest()) } as const
  await f.db.updateTable('snapshots').set(stored).where('state', '=', 'asked').execute()
  return new Map(rows.map(({ tenant_id, cause }) => [tenant_id, cause]))
}

beforeEach(async () => {
  await f.db.deleteFrom('snapshots').execute()
  await f.db.updateTable('bots').set({ desired: 'stopped' }).execute()
})

describe('snapshots are taken by themselves', () => {
  it('a minute after a number was linked', async () => {
    const t = await f.makeTenant()
    await connect(t, MORNING)
    expect(await asked(new Date(MORNING.getTime() + 59_000))).toEqual(new Map())
    expect(await asked(new Date(MORNING.getTime() + 60_000))).toEqual(new Map([[t.tenantId, 'linked']]))
    expect(await asked(hours(1))).toEqual(new Map())
  })

  it('a minute after a session that was imported is connected, whatever its import was', async () => {
    const t = await f.makeTenant()
    await snapshot(t, hours(-1), { cause: 'imported' })
    await connect(t, MORNING)
    expect(await asked(new Date(MORNING.getTime() + 60_000))).toEqual(new Map([[t.tenantId, 'linked']]))
    await snapshot(t, hours(1), { cause: 'imported' })
    expect(await asked(hours(2))).toEqual(new Map())
  })

  it('a minute after a session is connected that people went back to, so that the newest is what they chose', async () => {
    const t = await f.makeTenant()
    await snapshot(t, hours(-4), { restored_at: MORNING })
    const left = await snapshot(t, hours(-2))
    await connect(t, MORNING)
    expect(await asked(new Date(MORNING.getTime() + 59_000))).toEqual(new Map())
    expect(await asked(new Date(MORNING.getTime() + 60_000))).toEqual(new Map([[t.tenantId, 'linked']]))
    expect(await newest(t)).not.toBe(left)
    expect(await asked(hours(1))).toEqual(new Map())
  })

  it('a minute after a session is connected that was imported beside others and gone back to', async () => {
    const t = await f.makeTenant()
    await snapshot(t, hours(-3))
    await snapshot(t, hours(-2), { cause: 'imported', restored_at: MORNING })
    await connect(t, MORNING)
    expect(await asked(new Date(MORNING.getTime() + 60_000))).toEqual(new Map([[t.tenantId, 'linked']]))
    expect(await asked(hours(1))).toEqual(new Map())
  })

  it('an hour after the one has failed that was to follow a session that people went back to', async () => {
    const t = await f.makeTenant()
    await snapshot(t, hours(-4), { restored_at: MORNING })
    await snapshot(t, hours(-2))
    await connect(t, MORNING)
    await snapshot(t, hours(0.1), { state: 'failed' })
    expect(await asked(hours(1))).toEqual(new Map())
    expect(await asked(hours(1.2))).toEqual(new Map([[t.tenantId, 'linked']]))
  })

  it('not after the newest was opened: it is what there is', async () => {
    const t = await f.makeTenant()
    await snapshot(t, hours(-4), { restored_at: hours(-3) })
    await snapshot(t, hours(-2), { restored_at: MORNING })
    await connect(t, MORNING)
    expect(await asked(hours(1))).toEqual(new Map())
  })

  it('every night, once, each bot at a minute of its own', async () => {
    const all = [await connected(), await connected(), await connected(), await connected()]
    for (const each of all) await snapshot(each, hours(-20))
    const times = new Map<string, Date[]>()
    // From noon to noon the day after the next.
    for (let minute = 4 * 60; minute < 52 * 60; minute += 5) {
      const now = new Date(MORNING.getTime() + minute * 60_000)
      for (const [tenant, cause] of await asked(now)) {
        if (minute > 4 * 60) expect(cause).toBe('nightly')
        times.set(tenant, [...(times.get(tenant) ?? []), now])
      }
    }
    for (const { tenantId } of all) {
      const [missed, first, second, ...more] = times.get(tenantId) ?? []
      // The night before was missed: taken up at once.
      expect(missed).toEqual(hours(4))
      expect(more).toEqual([])
      const local = new Date(first!.getTime() - 3 * 3_600_000).toISOString().slice(11, 16)
      expect(local >= '03:00' && local <= '05:00').toBe(true)
      expect(second!.getTime() - first!.getTime()).toBe(24 * 3_600_000)
    }
    expect(new Set([...times.values()].map((at) => at[1]?.getTime())).size).toBeGreaterThan(1)
  })

  it('in the hour that its tenant names, on its clock', async () => {
    const t = await connected()
    await f.db.updateTable('tenants').set({ time_zone: 'Asia/Tokyo', quiet_hour: 13 }).where('id', '=', t.tenantId).execute()
    await snapshot(t, hours(-4))
    // 13:00 in Tokyo is 4:00 UTC: by 8:00 UTC, 17 hours before or 7 after noon there, its minute has come.
    expect(await asked(new Date('2026-11-30T11:00:00.000Z'))).toEqual(new Map())
    expect(await asked(new Date('2026-12-01T03:59:00.000Z'))).toEqual(new Map())
    expect(await asked(new Date('2026-12-01T06:00:00.000Z'))).toEqual(new Map([[t.tenantId, 'nightly']]))
  })

  it('again an hour after one that failed, and when the number is linked anew', async () => {
    const failed = await connected()
    await snapshot(failed, hours(-0.9), { state: 'failed' })
    const relinked = await connected()
    await snapshot(relinked, hours(-1), { void_at: hours(-0.5) })
    // It failed before the number was linked at all.
    const early = await f.makeTenant()
    await snapshot(early, hours(-0.2), { state: 'failed' })
    await connect(early, hours(-0.1))
    expect(await asked(MORNING)).toEqual(new Map([relinked, early].map(({ tenantId }) => [tenantId, 'linked'])))
    expect(await asked(hours(0.2))).toEqual(new Map([[failed.tenantId, 'linked']]))
  })

  it('of bots of ours alone that are connected', async () => {
    const away = await f.makeTenant()
    await f.db
      .updateTable('bots')
      .set({ state: 'reconnecting', reason: 'renderer_frozen', state_at: hours(-9) })
      .where('id', '=', away.bot.id)
      .execute()
    const foreign = await f.makeTenant({ transport: 'http' })
    await connect(foreign)
    const stopped = await f.makeTenant({ desired: 'stopped' })
    await connect(stopped)
    expect(await asked(MORNING)).toEqual(new Map())
  })

  it('of a few at a time', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => connected()))
    await scheduleSnapshots({ db: f.db, now: MORNING })
    await scheduleSnapshots({ db: f.db, now: MORNING })
    expect((await asked(MORNING)).size).toBe(4)
    expect((await asked(MORNING)).size).toBe(2)
    expect(all).toHaveLength(6)
  })
})

describe('a snapshot that is overdue', () => {
  const alerts = () =>
    f.db.selectFrom('alerts').select(['kind', 'detail', 'tenant_id', 'resolved_at']).where('kind', '=', 'snapshot_overdue').execute()
  const watch = (now: Date) => watchSnapshots({ db: f.db, hints: f.hints, now })

  it('raises an alert that says why, until there is one', async () => {
    const t = await connected()
    await f.db.updateTable('bots').set({ number: '5511900000001' }).where('id', '=', t.bot.id).execute()
    await snapshot(t, hours(-47))
    await watch(MORNING)
    expect(await alerts()).toEqual([])
    await snapshot(t, hours(-1), { state: 'failed', failure: 'The volume has no room.' })
    await watch(hours(2))
    await watch(hours(2))
    expect(await alerts()).toMatchObject([{ tenant_id: t.tenantId, detail: 'The volume has no room.', resolved_at: null }])
    await snapshot(t, hours(2))
    await watch(hours(2))
    expect((await alerts())[0]?.resolved_at).not.toBeNull()
  })

  it('is none of bots that are not linked, or are stopped; one that never had any is one after two days', async () => {
    const never = await connected()
    await f.db.updateTable('bots').set({ number: '5511900000002' }).where('id', '=', never.bot.id).execute()
    const unlinked = await connected()
    await snapshot(unlinked, hours(-90))
    const stopped = await f.makeTenant({ desired: 'stopped' })
    await f.db.updateTable('bots').set({ number: '5511900000003' }).where('id', '=', stopped.bot.id).execute()
    await snapshot(stopped, hours(-90))
    const told = async (): Promise<string[]> => {
      const ids = [never.tenantId, unlinked.tenantId, stopped.tenantId]
      return (await alerts()).flatMap(({ tenant_id }) => (ids.includes(tenant_id ?? '') ? [tenant_id!] : []))
    }
    await watch(hours(42))
    expect(await told()).toEqual([])
    await watch(hours(44))
    expect(await told()).toEqual([never.tenantId])
  })
})
