import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { LIMITS } from '../orchestrator/limits.ts'
import type { Driver, InstanceReport, InstanceSpec } from '../orchestrator/port.ts'
import type { Row } from '../store/tables.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { startReconcile } from './index.ts'

/**
 * A platform whose instances live on without us and can be changed behind our back. The real one has tests of its own; here it is about what is
 * decided on its word.
 */
function platform() {
  const instances = new Map<string, { spec: InstanceSpec; state: InstanceReport['state']; restarts: number; touched: boolean }>()
  const applied: string[] = []
  const driver: Driver = {
    kind: 'test',
    exposes: ['none'],
    detached: true,
    apply: (spec) => {
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
    inspect: (name, wanted) => {
      const found = instances.get(name)
      if (found === undefined) return Promise.resolve({ state: 'absent', generation: null, detail: null })
      const outdated = wanted !== undefined && JSON.stringify(wanted.env) !== JSON.stringify(found.spec.env)
      return Promise.resolve({
        state: found.state,
        generation: found.spec.generation,
        detail: null,
        restarts: found.restarts,
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
  return { driver, instances, applied }
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
    servers: [{ id: f.serverId, driver, mayAct: () => true }],
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
const openAlerts = async (tenantId: string) =>
  (
    await f.db
      .selectFrom('alerts')
      .select(['kind', 'detail'])
      .where('tenant_id', '=', tenantId)
      .where('kind', '=', 'bot_restarted')
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
    expect(await waitFor(async () => (await openAlerts(t.tenantId))[0], { what: 'the alert' })).toBe('replaced: changed_by_hand')
  })
})

describe('a bot that its platform started again by itself', () => {
  it('is left alone, and somebody is told, once for each time', async () => {
    const { driver, applied, instances } = platform()
    const loop = await reconcile(driver, { value: 'x' })
    const t = await f.makeTenant()
    await waitFor(() => applied.length === 1, { what: 'its start' })
    await connects(t.bot.id, '1 hour')
    instances.get(`zaptria-${t.bot.id}`)!.restarts = 1
    await dueNow()
    loop.wake()
    await waitFor(async () => (await openAlerts(t.tenantId)).length === 1, { what: 'the alert' })
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
