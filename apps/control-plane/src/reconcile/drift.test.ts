import { randomUUID } from 'node:crypto'
import type { AlertKind } from '@zaptria/contract'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { LIMITS } from '../orchestrator/limits.ts'
import type { Driver, InstanceReport, InstanceSpec } from '../orchestrator/port.ts'
import type { Row } from '../store/tables.ts'
import { theseServers } from './servers.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { startReconcile } from './index.ts'

/**
 * A platform whose instances live on without us and can be changed behind our back. The real one has tests of its own; here it is about what is
 * decided on its word.
 */
function platform({ detached = true } = {}) {
  const instances = new Map<
    string,
    { spec: InstanceSpec; state: InstanceReport['state']; restarts: number; touched: boolean; ended?: string }
  >()
  const applied: string[] = []
  const trouble: { refuses: string | null; away: string | null } = { refuses: null, away: null }
  const driver: Driver = {
    kind: 'test',
    exposes: ['none'],
    detached,
    apply: (spec) => {
      if (trouble.refuses !== null) return Promise.reject(new Error(trouble.refuses))
      applied.push(spec.name)
      instances.set(spec.name, { spec, state: 'running', restarts: 0, touched: false })
      return Promise.resolve()
    },
    stop: (name) => {
      const found = instances.get(name)
      if (found !== undefined) found.state = 'exited'
      return Promise.resolve()
    },
    remove: (name) => Promise.resolve(void instances.delete(name)),
    capacity: () => Promise.resolve({ memoryBytes: 2, memoryFreeBytes: 1 }),
    prove: () => Promise.reject(new Error('nothing is proven here')),
    erase: () => Promise.reject(new Error('nothing is erased here')),
    inspect: (name, wanted) => {
      if (trouble.away !== null) return Promise.reject(new Error(trouble.away))
      const found = instances.get(name)
      if (found === undefined) return Promise.resolve({ state: 'absent', generation: null, detail: null })
      const outdated = wanted !== undefined && JSON.stringify(wanted.env) !== JSON.stringify(found.spec.env)
      return Promise.resolve({
        state: found.state,
        generation: found.spec.generation,
        detail: null,
        restarts: found.restarts,
        ...(found.ended === undefined ? {} : { ended: found.ended }),
        ...(outdated
          ? { drift: { kind: 'outdated', what: 'other settings' } as const }
          : found.touched
            ? { drift: { kind: 'by_hand', what: 'memory limit' } as const }
            : {}),
      })
    },
    list: () =>
      Promise.resolve(
        [...instances.values()].map(({ spec, state }) => ({
          name: spec.name,
          labels: spec.labels,
          state,
          generation: spec.generation,
          detail: null,
        })),
      ),
    stats: () => Promise.resolve(null),
    logs: () => Promise.resolve([]),
    subscribe: () => () => {},
    close: () => Promise.resolve(),
  }
  return { driver, instances, applied, trouble }
}

let database: TestDatabase
let f: Fixture
const cleanups: (() => Promise<void>)[] = []
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  f = await fixture(database.url)
  await f.hints.start()
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
  await f.close()
})

async function reconcile(driver: Driver, setting: { value: string }, maxStarting = 16) {
  const started = await startReconcile({
    db: f.db,
    hints: f.hints,
    log: pino({ level: 'silent' }),
    metrics: createMetrics(),
    maxStarting,
    servers: theseServers([{ id: f.serverId, driver, mayAct: () => true }]),
    specOf: (bot: Row<'bots'>) =>
      Promise.resolve({
        name: bot.container_name,
        labels: { tenant: bot.tenant_id, bot: bot.id },
        volume: bot.container_name,
        generation: bot.generation,
        expose: bot.expose,
        limits: LIMITS,
        env: { SETTING: setting.value },
      }),
  })
  cleanups.push(() => started.close())
  return started
}
/** The bot dials in, and says that it is connected. */
const connects = (id: string, ago = '0 seconds') =>
  f.pool.query(
    `update bots set link_replica = gen_random_uuid(), last_beat_at = now(), state = 'connected', reason = 'ready', state_at = now(), due_at = now(),
      started_at = started_at - $2::interval where id = $1`,
    [id, ago],
  )
const dueNow = () => f.pool.query('update bots set due_at = now() where server_id = $1', [f.serverId])
const allLookedAt = async () =>
  (await f.pool.query('select 1 from bots where server_id = $1 and due_at <= now()', [f.serverId])).rowCount === 0
const openAlerts = async (tenantId: string, kind: AlertKind = 'bot_restarted') =>
  (
    await f.db
      .selectFrom('alerts')
      .select(['kind', 'detail'])
      .where('tenant_id', '=', tenantId)
      .where('kind', '=', kind)
      .where('resolved_at', 'is', null)
      .execute()
  ).map(({ detail }) => detail)

describe('bots whose settings or image changed', () => {
  it('are replaced two at a time, each pair when the one before is back', async () => {
    const { driver, applied } = platform()
    const setting = { value: 'old' }
    const loop = await reconcile(driver, setting)
    const tenants = await Promise.all([1, 2, 3, 4, 5].map(() => f.makeTenant()))
    await waitFor(() => applied.length === 5, { what: 'all to start' })
    for (const { bot } of tenants) await connects(bot.id, '1 hour')
    applied.length = 0
    setting.value = 'new'

    const replaced: string[] = []
    for (const expected of [2, 4, 5]) {
      await dueNow()
      loop.wake()
      await waitFor(() => applied.length === expected, { what: `${expected} to be replaced` })
      // However often it is looked at meanwhile.
      for (let look = 0; look < 3; look += 1) {
        await dueNow()
        loop.wake()
        await waitFor(allLookedAt, {
          what: 'a look at all',
        })
      }
      expect(applied).toHaveLength(expected)
      for (const name of applied.slice(replaced.length)) {
        const { bot } = tenants.find((t) => `zaptria-${t.bot.id}` === name)!
        await connects(bot.id)
        replaced.push(name)
      }
    }
    expect(new Set(replaced).size).toBe(5)
    for (const { tenantId } of tenants) expect(await openAlerts(tenantId)).toEqual([])
  })
})

describe('many bots that are to start', () => {
  it('start a few at a time, the next when one has dialled in', async () => {
    const { driver, applied } = platform()
    const loop = await reconcile(driver, { value: 'x' }, 2)
    const tenants = await Promise.all([1, 2, 3, 4, 5].map(() => f.makeTenant()))
    for (const expected of [2, 3, 4, 5]) {
      for (let look = 0; look < 2; look += 1) {
        await dueNow()
        loop.wake()
        await waitFor(allLookedAt, { what: 'a look at all' })
      }
      await waitFor(() => applied.length === expected, { what: `${expected} to have been started` })
      const { bot } = tenants.find((t) => `zaptria-${t.bot.id}` === applied[expected - 2])!
      await connects(bot.id)
    }
  })
})

describe('a bot that somebody changed by hand', () => {
  it('is replaced, and somebody is told', async () => {
    const { driver, applied, instances } = platform()
    const loop = await reconcile(driver, { value: 'x' })
    const t = await f.makeTenant()
    await waitFor(() => applied.length === 1, { what: 'its start' })
    await connects(t.bot.id, '1 hour')
    instances.get(`zaptria-${t.bot.id}`)!.touched = true
    await dueNow()
    loop.wake()
    await waitFor(() => applied.length === 2, { what: 'its replacement' })
    expect(await waitFor(async () => (await openAlerts(t.tenantId))[0], { what: 'the alert' })).toBe(
      'replaced, because somebody changed it: memory limit',
    )
  })
})

describe('a bot that its platform started again by itself', () => {
  it('is left alone, and somebody is told, once for each time', async () => {
    const { driver, applied, instances } = platform()
    const loop = await reconcile(driver, { value: 'x' })
    const t = await f.makeTenant()
    await waitFor(() => applied.length === 1, { what: 'its start' })
    await connects(t.bot.id, '1 hour')
    Object.assign(instances.get(`zaptria-${t.bot.id}`)!, { restarts: 1, ended: 'out of memory, exit code 137' })
    await dueNow()
    loop.wake()
    expect(await waitFor(async () => (await openAlerts(t.tenantId))[0], { what: 'the alert' })).toBe(
      'started again by its platform: out of memory, exit code 137',
    )
    await dueNow()
    loop.wake()
    await waitFor(allLookedAt, { what: 'another look' })
    const { count } = await f.db
      .selectFrom('alerts')
      .select('count')
      .where('tenant_id', '=', t.tenantId)
      .where('kind', '=', 'bot_restarted')
      .executeTakeFirstOrThrow()
    expect(count).toBe(1)
    expect(applied).toHaveLength(1)
    // It has settled again after a minute: the alert is over.
    await connects(t.bot.id, '2 minutes')
    await dueNow()
    loop.wake()
    await waitFor(async () => (await openAlerts(t.tenantId)).length === 0, { what: 'the end of the alert' })
  })
})

describe('a bot whose container somebody removed', () => {
  const REMOVED = 'somebody removed it from its server; it is made again on its volume'
  /** Started and looked at: it is known to be there. */
  const there = async (loop: { wake(): void }, applied: string[]) => {
    const t = await f.makeTenant()
    await waitFor(() => applied.length === 1, { what: 'its start' })
    await connects(t.bot.id, '1 hour')
    await look(loop)
    return { ...t, name: `zaptria-${t.bot.id}` }
  }
  const look = async (loop: { wake(): void }) => {
    await dueNow()
    loop.wake()
    const looked = 'select 1 from bots where server_id = $1 and (due_at <= now() or lease_until is not null)'
    await waitFor(async () => (await f.pool.query(looked, [f.serverId])).rowCount === 0, { what: 'a look to be over' })
  }
  const allAlerts = async (tenantId: string) =>
    (await f.db.selectFrom('alerts').select('detail').where('tenant_id', '=', tenantId).execute()).map(({ detail }) => detail)

  it('is made again, and somebody is told', async () => {
    const { driver, applied, instances } = platform()
    const loop = await reconcile(driver, { value: 'x' })
    const t = await there(loop, applied)
    instances.delete(t.name)
    await look(loop)
    await waitFor(() => applied.length === 2, { what: 'it to be made again' })
    expect(await waitFor(async () => (await openAlerts(t.tenantId))[0], { what: 'the alert' })).toBe(REMOVED)
    await connects(t.bot.id)
    await look(loop)
    const { count } = await f.db.selectFrom('alerts').select('count').where('tenant_id', '=', t.tenantId).executeTakeFirstOrThrow()
    expect(count).toBe(1)
  })

  it('is not said to have ended, though that is what is seen first', async () => {
    const { driver, applied, instances } = platform()
    const loop = await reconcile({ ...driver, stop: (name) => Promise.resolve(void instances.delete(name)) }, { value: 'x' })
    const t = await there(loop, applied)
    instances.get(t.name)!.state = 'exited'
    await look(loop)
    await waitFor(async () => (await openAlerts(t.tenantId))[0] === REMOVED, { what: 'the alert' })
  })

  it('is told of even when the engine was away in between', async () => {
    const { driver, applied, instances, trouble } = platform()
    const loop = await reconcile(driver, { value: 'x' })
    const t = await there(loop, applied)
    trouble.away = 'no engine listens'
    await look(loop)
    instances.delete(t.name)
    trouble.away = null
    await look(loop)
    await waitFor(async () => (await openAlerts(t.tenantId))[0] === REMOVED, { what: 'the alert' })
  })

  it('is not taken for one that nobody saw there, that we removed, or that lives elsewhere now', async () => {
    const { driver, applied, instances } = platform()
    // The row says that it runs, as after a restore.
    const restored = await f.makeTenant()
    await f.pool.query(
      `update bots set instance_state = 'running', instance_generation = 1, instance_at = now(), started_at = now() where id = $1`,
      [restored.bot.id],
    )
    const loop = await reconcile(driver, { value: 'x' })
    await waitFor(() => applied.length === 1, { what: 'its start' })
    expect(await allAlerts(restored.tenantId)).toEqual([])
    await connects(restored.bot.id, '1 hour')
    await look(loop)
    const change = async (set: string) => {
      await f.pool.query(`update bots set ${set} where id = $1`, [restored.bot.id])
      await look(loop)
    }
    // By our own hand.
    await change("desired = 'removed'")
    await waitFor(() => instances.size === 0, { what: 'its removal' })
    await change("desired = 'running'")
    await waitFor(() => applied.length === 2, { what: 'its return' })
    await connects(restored.bot.id, '1 hour')
    await look(loop)
    // To another server and back; its container here went with the move.
    const elsewhere = await f.db
      .insertInto('servers')
      .values({ id: randomUUID(), name: `elsewhere-${randomUUID()}`, driver: 'test' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await change(`server_id = '${elsewhere.id}'`)
    instances.clear()
    await change(`server_id = '${f.serverId}', instance_state = 'absent', instance_generation = null`)
    await waitFor(() => applied.length === 3, { what: 'its return' })
    expect(await allAlerts(restored.tenantId)).toEqual([])
  })

  it('is not looked for where bots end with us', async () => {
    const { driver, applied, instances } = platform({ detached: false })
    const loop = await reconcile(driver, { value: 'x' })
    const t = await there(loop, applied)
    instances.delete(t.name)
    await look(loop)
    await waitFor(() => applied.length === 2, { what: 'it to be made again' })
    expect(await allAlerts(t.tenantId)).toEqual([])
  })
})

describe('a bot that cannot be made', () => {
  const NO_IMAGE = 'the image zaptria/bot:1 is not on the server. Build it there (npm run image)'
  const state = (id: string) =>
    f.db.selectFrom('bots').select(['instance_state', 'instance_detail']).where('id', '=', id).executeTakeFirst()

  it('says why where people look, until it runs; each try that failed counts', async () => {
    const { driver, applied, trouble } = platform()
    trouble.refuses = NO_IMAGE
    const loop = await reconcile(driver, { value: 'x' })
    const t = await f.makeTenant()
    await waitFor(async () => (await openAlerts(t.tenantId, 'bot_not_made'))[0] === NO_IMAGE, { timeoutMs: 20_000, what: 'the alert' })
    expect(await state(t.bot.id)).toEqual({ instance_state: 'absent', instance_detail: NO_IMAGE })
    trouble.refuses = null
    await waitFor(() => applied.length === 1, { timeoutMs: 20_000, what: 'its start' })
    await connects(t.bot.id)
    loop.wake()
    await waitFor(async () => (await openAlerts(t.tenantId, 'bot_not_made')).length === 0, { what: 'the end of the alert' })
    expect(await state(t.bot.id)).toEqual({ instance_state: 'running', instance_detail: null })
  })

  it('that is not wanted any more has no fault', async () => {
    const { driver, trouble } = platform()
    trouble.refuses = NO_IMAGE
    const loop = await reconcile(driver, { value: 'x' })
    const t = await f.makeTenant()
    await waitFor(async () => (await openAlerts(t.tenantId, 'bot_not_made')).length > 0, { timeoutMs: 20_000, what: 'the alert' })
    await f.pool.query(`update bots set desired = 'stopped', due_at = now() where id = $1`, [t.bot.id])
    loop.wake()
    await waitFor(async () => (await openAlerts(t.tenantId, 'bot_not_made')).length === 0, { what: 'the end of the alert' })
    expect(await state(t.bot.id)).toEqual({ instance_state: 'absent', instance_detail: null })
  })

  it('because nobody lets us in says so as the state of its server', async () => {
    const { driver, trouble } = platform()
    trouble.away = 'no permission to use the engine'
    await reconcile(driver, { value: 'x' })
    const t = await f.makeTenant()
    await waitFor(async () => (await state(t.bot.id))?.instance_state === 'unknown', { what: 'the state' })
    expect(await state(t.bot.id)).toEqual({ instance_state: 'unknown', instance_detail: 'no permission to use the engine' })
  })
})
