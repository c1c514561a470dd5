import type { SnapshotCause, SnapshotState } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'
import { scheduleSnapshots } from './snapshots.ts'

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
const snapshot = async (t: Tenant, at: Date, more: { state?: SnapshotState; void_at?: Date } = {}): Promise<void> => {
  const id = await makeStoredSnapshot(f.db, { id: t.bot.id, tenantId: t.tenantId })
  await f.db
    .updateTable('snapshots')
    .set({ asked_at: at, ...more })
    .where('id', '=', id)
    .execute()
}
/** Whose snapshots were asked for, and why. */
const asked = async (now: Date): Promise<Map<string, SnapshotCause>> => {
  await scheduleSnapshots({ db: f.db, now })
  const rows = await f.db.selectFrom('snapshots').select(['tenant_id', 'cause']).where('state', '=', 'asked').execute()
  await f.db.updateTable('snapshots').set({ state: 'stored', asked_at: now, due_at: null }).where('state', '=', 'asked').execute()
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

  it('again an hour after one that failed, and when the number is linked anew', async () => {
    const failed = await connected()
    await snapshot(failed, hours(-0.9), { state: 'failed' })
    const relinked = await connected()
    await snapshot(relinked, hours(-1), { void_at: hours(-0.5) })
    expect(await asked(MORNING)).toEqual(new Map([[relinked.tenantId, 'linked']]))
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
