import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { LIMITS } from '../orchestrator/limits.ts'
import { createMetrics } from '../metrics.ts'
import type { Driver } from '../orchestrator/port.ts'
import { createProcessDriver } from '../orchestrator/process/index.ts'
import { claimBots, releaseBot } from '../store/reconcile.ts'
import { requestGrant } from '../grants/index.ts'
import type { BotPlace } from '../store/bots.ts'
import { lockBot, moveBot } from '../store/bots.ts'
import { botOfTenant, linkedStates } from '../store/link.ts'
import type { Row } from '../store/tables.ts'
import { theseServers } from './servers.ts'
import { withTenant } from '../store/with-tenant.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { holdLock } from './hold.ts'
import { removeOrphans, startReconcile } from './index.ts'

/** Notes each start; runs until its standard input closes. */
const FAKE_BOT = `
import { appendFileSync } from 'node:fs'
appendFileSync(process.env.ZAPTRIA_DATA_DIR + '/starts', process.pid + '\\n')
process.stdin.resume().on('end', () => process.exit(0))
`
const log = pino({ level: 'silent' })
let database: TestDatabase
let f: Fixture
let dataDir: string
let driver: Driver
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  f = await fixture(database.url)
  await f.hints.start()
  dataDir = await mkdtemp(path.join(tmpdir(), 'zaptria-reconcile-'))
  await writeFile(path.join(dataDir, 'bot.mjs'), FAKE_BOT)
  driver = createProcessDriver({ dataDir, command: process.execPath, args: [path.join(dataDir, 'bot.mjs')] })
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
  await driver.close()
  await f.close()
  await rm(dataDir, { recursive: true })
})

async function replica(given: Driver = driver) {
  const reconcile = await startReconcile({
    db: f.db,
    hints: f.hints,
    log,
    metrics: createMetrics(),
    maxStarting: 16,
    servers: theseServers([{ id: f.serverId, driver: given, mayAct: () => true }]),
    specOf: (bot: Row<'bots'>) =>
      Promise.resolve({
        name: bot.container_name,
        labels: { tenant: bot.tenant_id, bot: bot.id },
        volume: bot.container_name,
        generation: bot.generation,
        expose: 'none',
        limits: LIMITS,
        env: {},
      }),
  })
  cleanups.push(() => reconcile.close())
}
const botRow = (id: string) => f.db.selectFrom('bots').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const change = (id: string, set: object) =>
  f.db
    .updateTable('bots')
    .set({ ...set, due_at: new Date() })
    .where('id', '=', id)
    .execute()
const instance = (id: string, state: string, generation: number | null = 1) =>
  waitFor(
    async () => {
      const row = await botRow(id)
      return row.instance_state === state && row.instance_generation === generation
    },
    { what: `instance ${state} in generation ${generation}`, timeoutMs: 20_000 },
  )
const starts = async (t: { bot: { id: string } }) => {
  const { container_name } = await botRow(t.bot.id)
  const text = await readFile(path.join(dataDir, 'volumes', container_name, 'starts'), 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean).map(Number)
}

describe('reconcile', () => {
  it('starts, restarts, stops and removes a bot as its row says, and keeps its volume', async () => {
    await replica()
    const t = await f.makeTenant()
    await instance(t.bot.id, 'running')
    await change(t.bot.id, { generation: 2 })
    await instance(t.bot.id, 'running', 2)
    await change(t.bot.id, { desired: 'stopped' })
    await instance(t.bot.id, 'exited', 2)
    await change(t.bot.id, { desired: 'removed' })
    await instance(t.bot.id, 'absent', null)
    const { container_name } = await botRow(t.bot.id)
    expect(existsSync(path.join(dataDir, 'volumes', container_name))).toBe(true)
    expect((await starts(t)).length).toBeLessThanOrEqual(2)
  })

  it('starts again what crashed, releases its grant first, and says so', async () => {
    await replica()
    const t = await f.makeTenant()
    await waitFor(async () => (await starts(t)).length === 1, { what: 'the first start' })
    await f.db
      .insertInto('grants')
      .values({
        bot_id: t.bot.id,
        tenant_id: t.tenantId,
        epoch: 1,
        volume_id: t.volumeId,
        expires_at: new Date(Date.now() + 45_000),
        session_open: true,
      })
      .execute()
    process.kill((await starts(t))[0]!, 'SIGKILL')
    await waitFor(async () => (await starts(t)).length === 2, { what: 'the second start', timeoutMs: 20_000 })
    const grant = await f.db.selectFrom('grants').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
    expect(grant).toMatchObject({ session_open: false })
    expect(grant.expires_at.getTime()).toBeLessThan(Date.now() - 14_000)
    const alert = () =>
      f.db.selectFrom('alerts').selectAll().where('tenant_id', '=', t.tenantId).where('kind', '=', 'bot_restarted').executeTakeFirst()
    expect(await waitFor(alert, { what: 'the alert' })).toMatchObject({ severity: 'warning' })
  })

  it('says that the customer has to scan again when a bot that was linked shows a code, until it is connected', async () => {
    await replica()
    const [lost, fresh] = [await f.makeTenant(), await f.makeTenant()]
    for (const { bot } of [lost, fresh]) await instance(bot.id, 'running')
    const says = async (state: 'qr_ready' | 'connected'): Promise<void> => {
      for (const { bot } of [lost, fresh])
        await change(bot.id, {
          ...(state === 'qr_ready' ? { state, reason: 'waiting_for_scan' } : { state, reason: 'ready' }),
          ...(bot.id === lost.bot.id ? { number: '5511987654321' } : {}),
          link_replica: f.serverId,
          last_beat_at: new Date(),
        })
    }
    const scans = (more: { open: boolean }) => async () => {
      const found = await f.db.selectFrom('alerts').selectAll().where('kind', '=', 'bot_needs_scan').execute()
      return found.some(({ resolved_at }) => (resolved_at === null) === more.open) ? found : undefined
    }
    await says('qr_ready')
    expect(await waitFor(scans({ open: true }), { what: 'the alert' })).toMatchObject([
      { tenant_id: lost.tenantId, severity: 'critical', detail: expect.stringContaining('+5511987654321') },
    ])
    await says('connected')
    expect(await waitFor(scans({ open: false }), { what: 'the end of the alert' })).toHaveLength(1)
  })

  it('by several replicas does each thing once', async () => {
    await Promise.all([replica(), replica(), replica()])
    const tenants = await Promise.all([1, 2, 3, 4, 5].map(() => f.makeTenant()))
    for (const t of tenants) await waitFor(async () => (await starts(t)).length > 0, { what: 'each to start', timeoutMs: 20_000 })
    await Promise.all(tenants.map((t) => change(t.bot.id, {})))
    await waitFor(
      async () =>
        (await Promise.all(tenants.map((t) => botRow(t.bot.id)))).every((row) => row.due_at > new Date() && row.lease_until === null),
      { what: 'another look at each' },
    )
    expect((await Promise.all(tenants.map(starts))).map((pids) => pids.length)).toEqual([1, 1, 1, 1, 1])
  })

  it('does nothing on a doubt: a driver that does not answer makes the instance unknown', async () => {
    const silent: Driver = { ...driver, inspect: () => Promise.reject(new Error('no route to host')) }
    const t = await f.makeTenant()
    await replica(silent)
    await instance(t.bot.id, 'unknown', null)
    expect(await botRow(t.bot.id)).toMatchObject({ instance_detail: 'no route to host', attempts: 0 })
    expect(await starts(t)).toEqual([])
  })

  it('leaves foreign bots alone, which have no instance', async () => {
    const foreign = await f.makeTenant({ transport: 'http' })
    const own = await f.makeTenant()
    await replica()
    await instance(own.bot.id, 'running')
    expect(await botRow(foreign.bot.id)).toMatchObject({ transport: 'http', instance_state: 'absent', attempts: 0, instance_at: null })
  })

  it('removes the instance of a bot that went elsewhere, releases its grant, and brings it back', async () => {
    await replica()
    const t = await f.makeTenant()
    await instance(t.bot.id, 'running')
    await waitFor(async () => (await starts(t)).length === 1, { what: 'its program to run' })
    const grant = { botId: t.bot.id, tenantId: t.tenantId, volumeId: t.volumeId, bootId: t.volumeId, sessionOpen: false }
    expect(await requestGrant({ db: f.db, maxStarting: 9 }, grant)).toMatchObject({ granted: true })
    const move = (place: BotPlace) => withTenant(f.db, t.tenantId, async (trx) => moveBot(trx, (await lockBot(trx, t.tenantId))!, place))
    await move({ transport: 'http', public_url: 'https://bot.example.com' })
    // Its link is told to go, and its session to stay shut.
    expect(await botOfTenant(f.db, t.tenantId)).toMatchObject({ desired: 'removed' })
    expect(await linkedStates(f.db, [t.bot.id])).toMatchObject([{ desired: 'removed' }])
    expect(await requestGrant({ db: f.db, maxStarting: 9 }, grant)).toMatchObject({ granted: false, reason: 'not_wanted' })
    await instance(t.bot.id, 'absent', null)
    const left = await f.db.selectFrom('grants').select('expires_at').where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
    expect(left.expires_at.getTime()).toBeLessThan(Date.now())
    expect(await starts(t)).toHaveLength(1)
    await move({ transport: 'link', public_url: null })
    await waitFor(async () => (await starts(t)).length === 2, { what: 'the bot to come back', timeoutMs: 20_000 })
  })

  it('removes what runs without a row, after reporting it', async () => {
    const spec = {
      name: 'zaptria-nobodys',
      labels: { tenant: 'x', bot: 'y' },
      env: {},
      volume: 'zaptria-nobodys',
      generation: 1,
      expose: 'none' as const,
      limits: LIMITS,
    }
    await driver.apply(spec)
    await removeOrphans({ db: f.db, hints: f.hints, log }, f.serverId, driver)
    expect(await driver.list()).toEqual([])
    const alert = await f.db.selectFrom('alerts').selectAll().where('kind', '=', 'orphan_found').executeTakeFirstOrThrow()
    expect(alert.detail).toContain('zaptria-nobodys')
    expect(existsSync(path.join(dataDir, 'volumes', 'zaptria-nobodys'))).toBe(true)
  })
})

describe('a claim', () => {
  it('is for one replica, ends by itself, and does not swallow a wish that comes meanwhile', async () => {
    const t = await f.makeTenant()
    expect((await claimBots(f.db, [f.serverId], 10)).map((bot) => bot.id)).toEqual([t.bot.id])
    await change(t.bot.id, {})
    expect(await claimBots(f.db, [f.serverId], 10)).toEqual([])
    await releaseBot(f.db, t.bot.id, 60_000)
    expect(await claimBots(f.db, [f.serverId], 10)).toHaveLength(1)
    await f.db
      .updateTable('bots')
      .set({ lease_until: new Date(Date.now() - 1), due_at: new Date(Date.now() - 1) })
      .where('id', '=', t.bot.id)
      .execute()
    expect(await claimBots(f.db, [f.serverId], 10)).toHaveLength(1)
  })
})

describe('a server’s hold', () => {
  it('is one replica’s at a time, and passes on when that one is gone', async () => {
    const taken: string[] = []
    const hold = (who: string) => {
      const one = holdLock({
        url: database.url,
        name: 'server x',
        log,
        taken: async () => void taken.push(who),
        lost: () => void taken.push(`${who} lost`),
      })
      cleanups.push(() => one.close())
      return one
    }
    const first = hold('first')
    await waitFor(() => first.held(), { what: 'the first to hold it' })
    const second = hold('second')
    await first.close()
    await waitFor(() => second.held(), { what: 'the second to hold it' })
    await f.pool.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'zaptria server x'")
    await waitFor(() => !second.held(), { what: 'the break to be noticed' })
    await waitFor(() => second.held(), { what: 'it to be held again' })
    expect(taken).toEqual(['first', 'second'])
  })
})
