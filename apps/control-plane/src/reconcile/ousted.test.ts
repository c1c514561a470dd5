import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { createTurns } from '../orchestrator/in-turn.ts'
import { LIMITS } from '../orchestrator/limits.ts'
import type { Driver, InstanceSpec } from '../orchestrator/port.ts'
import { createProcessDriver } from '../orchestrator/process/index.ts'
import { noteOusted, oustedSaid } from '../store/ousted.ts'
import { claimBots } from '../store/reconcile.ts'
import type { Row, RowUpdate } from '../store/tables.ts'
import { fixture } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { MovedError, reconcileBot } from './bot.ts'
import { removeOrphans } from './index.ts'
import { createMemory } from './memory.ts'
import { clearOusted } from './ousted.ts'

/** Notes each start; runs until its standard input closes. */
const FAKE_BOT = `
import { appendFileSync } from 'node:fs'
appendFileSync(process.env.ZAPTRIA_DATA_DIR + '/starts', process.env.ZAPTRIA_PLACE + '\\n')
process.stdin.resume().on('end', () => process.exit(0))
`
const log = pino({ level: 'silent' })
const ago = (seconds: number) => sql<Date>`now() - make_interval(secs => ${seconds})`
let database: TestDatabase
let f: Fixture
let dataDir: string
/** Of the server that the bot was taken from. */
let old: Driver
let other: string
let t: Awaited<ReturnType<Fixture['makeTenant']>>

const specOf = (bot: Row<'bots'>): Promise<InstanceSpec> =>
  Promise.resolve({
    name: bot.container_name,
    labels: { tenant: bot.tenant_id, bot: bot.id },
    volume: `${bot.container_name}-${bot.moves}`,
    generation: bot.generation,
    expose: 'none',
    limits: LIMITS,
    env: { ZAPTRIA_PLACE: String(bot.moves) },
  })
const bot = () => f.db.selectFrom('bots').selectAll().where('id', '=', t.bot.id).executeTakeFirstOrThrow()
const ousted = () => f.db.selectFrom('ousted_bots').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
const grant = () => f.db.selectFrom('grants').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
const change = (set: RowUpdate<'ousted_bots'>) => f.db.updateTable('ousted_bots').set(set).where('bot_id', '=', t.bot.id).execute()
const wellFor = (seconds: number) =>
  f.db
    .updateTable('servers')
    .set({ well_since: ago(seconds) as never })
    .where('id', '=', f.serverId)
    .execute()
const starts = async (place: number) => {
  const { container_name } = await bot()
  const text = await readFile(path.join(dataDir, 'volumes', `${container_name}-${place}`, 'starts'), 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean)
}
const deps = () => ({
  db: f.db,
  hints: f.hints,
  log,
  metrics: createMetrics(),
  specOf,
  watchedSinceMs: 0,
  inTurn: createTurns(),
  maxStarting: 4,
  memory: createMemory(),
})
const clear = () => clearOusted(deps(), f.serverId, old)
const moved = async () => {
  const before = await bot()
  await f.db.transaction().execute((trx) => noteOusted(trx, before))
  await f.db
    .updateTable('ousted_bots')
    .set({ ousted_at: ago(60) as never })
    .execute()
  await f.db
    .updateTable('bots')
    .set({ server_id: other, moves: before.moves + 1, generation: before.generation + 1 })
    .where('id', '=', t.bot.id)
    .execute()
}

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  f = await fixture(database.url)
  dataDir = await mkdtemp(path.join(tmpdir(), 'zaptria-ousted-'))
  await writeFile(path.join(dataDir, 'bot.mjs'), FAKE_BOT)
  old = createProcessDriver({ dataDir, command: process.execPath, args: [path.join(dataDir, 'bot.mjs')] })
  other = uuidv7()
  await f.db.insertInto('servers').values({ id: other, name: other, driver: 'process' }).execute()
  t = await f.makeTenant()
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
})
afterEach(async () => {
  await old.close()
  await f.close()
  await rm(dataDir, { recursive: true })
})

describe('a bot that was moved', () => {
  it('holds on to what its old volume was granted until that server’s driver confirms it gone, whatever the new one’s says', async () => {
    await old.apply(await specOf(await bot()))
    await moved()
    const nothing = {
      ...old,
      inspect: () => Promise.resolve({ state: 'absent', generation: null, detail: null } as const),
      apply: () => Promise.resolve(),
    }
    const [claimed] = await claimBots(f.db, [other], 1)
    await reconcileBot(deps(), nothing, claimed!)
    expect((await grant()).session_open).toBe(true)
    expect((await grant()).expires_at.getTime()).toBeGreaterThan(Date.now() + 30_000)
    await wellFor(60)
    await oustedSaid(f.db, t.bot.id, { place: 0, volumeId: t.volumeId, drained: true })
    await clear()
    expect((await ousted()).gone_at).not.toBeNull()
    expect((await grant()).expires_at.getTime()).toBeLessThan(Date.now() - 14_000)
  })

  it('is not started on its old server by whoever was just looking there', async () => {
    const [claimed] = await claimBots(f.db, [f.serverId], 1)
    const slow: Driver = {
      ...old,
      async inspect(name) {
        await moved()
        return old.inspect(name)
      },
    }
    await expect(reconcileBot(deps(), slow, claimed!)).rejects.toThrow(MovedError)
    expect(await old.list()).toEqual([])
    expect(await bot()).toMatchObject({ server_id: other, instance_at: null })
  })

  it('is no orphan where it may still be, and one where it cannot be', async () => {
    const { container_name } = await bot()
    await old.apply(await specOf(await bot()))
    await moved()
    await removeOrphans(deps(), f.serverId, old)
    expect(await old.list()).toHaveLength(1)
    await change({ gone_at: ago(0) as never })
    await removeOrphans(deps(), f.serverId, old)
    expect(await old.list()).toEqual([])
    const alerts = await f.db.selectFrom('alerts').select('detail').where('kind', '=', 'orphan_found').execute()
    expect(alerts.filter(({ detail }) => detail?.includes(container_name))).toHaveLength(1)
  })
})

describe('what was left behind', () => {
  it('goes when it has delivered all; its volume stays', async () => {
    await old.apply(await specOf(await bot()))
    await moved()
    await wellFor(5)
    await clear()
    expect(await old.list()).toMatchObject([{ state: 'running' }])
    await oustedSaid(f.db, t.bot.id, { place: 0, volumeId: t.volumeId, drained: false })
    await clear()
    expect((await ousted()).gone_at).toBeNull()
    await oustedSaid(f.db, t.bot.id, { place: 0, volumeId: t.volumeId, drained: true })
    // It says once more, while it is stopped, that it has something to tell: that it is stopped.
    const stopping: Driver = {
      ...old,
      async remove(name) {
        await oustedSaid(f.db, t.bot.id, { place: 0, volumeId: t.volumeId, drained: false })
        await old.remove(name)
      },
    }
    await clearOusted(deps(), f.serverId, stopping)
    expect(await old.list()).toEqual([])
    expect(await ousted()).toMatchObject({ gone_at: expect.any(Date), drained_at: expect.any(Date) })
    expect(existsSync(path.join(dataDir, 'volumes', `${(await bot()).container_name}-0`))).toBe(true)
    expect(await bot()).toMatchObject({ server_id: other, moves: 1 })
  })

  it('is started once more on its volume, in its place, to deliver what it holds; and goes without a word after ten minutes', async () => {
    await old.apply(await specOf(await bot()))
    await waitFor(async () => (await starts(0)).length === 1, { what: 'its first start' })
    await old.remove((await bot()).container_name)
    await moved()
    await wellFor(29)
    await clear()
    expect(await old.list()).toEqual([])
    await wellFor(31)
    await clear()
    await waitFor(async () => (await starts(0)).length === 2, { what: 'it to be started once more' })
    expect(await starts(0)).toEqual(['0', '0'])
    await wellFor(590)
    await clear()
    expect(await old.list()).toHaveLength(1)
    await wellFor(700)
    await change({ ousted_at: ago(700) as never, revived_at: ago(601) as never })
    await clear()
    expect(await old.list()).toEqual([])
    expect((await ousted()).gone_at).not.toBeNull()
    expect(await starts(0)).toHaveLength(2)
  })

  it('is not waited for while its server is silent', async () => {
    await moved()
    await oustedSaid(f.db, t.bot.id, { place: 0, volumeId: t.volumeId, drained: true })
    await clear()
    expect((await ousted()).gone_at).toBeNull()
  })
})
