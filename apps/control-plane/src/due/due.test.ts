import { setTimeout as delay } from 'node:timers/promises'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { sql } from 'kysely'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { createMetrics } from '../metrics.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { watchBeats } from './beats.ts'
import { watchNumbers } from './numbers.ts'
import { startLoop } from './loop.ts'
import { expireMessages } from './messages.ts'
import { prune } from './prune.ts'
import { resumeBots } from './resumes.ts'
import { takeDue } from './take.ts'

let database: TestDatabase
let f: Fixture
const flow = Flow.parse({ ...SAMPLE_FLOW, start: 'tchau' })

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const withReply = async () => {
  const t = await f.makeTenant({ flow })
  await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
  const reply = () =>
    f.db.selectFrom('messages').selectAll().where('bot_id', '=', t.bot.id).where('from_me', '=', true).executeTakeFirstOrThrow()
  const set = async (change: string) => {
    await sql`update messages set ${sql.raw(change)} where bot_id = ${t.bot.id} and from_me`.execute(f.db)
    await expireMessages(f)
    return reply()
  }
  return { t, reply, set }
}

describe('due rows', () => {
  it('are taken by one of several that look at once, oldest first, none twice', async () => {
    const tenants = await Promise.all([...Array(20).keys()].map(() => f.makeTenant()))
    const ids = new Set(tenants.map((t) => t.bot.id))
    const where = sql`id = any(${[...ids]}::uuid[])`
    const barrier = Promise.withResolvers<void>()
    let waiting = 0
    const take = () =>
      f.db.transaction().execute(async (trx) => {
        const taken = await takeDue(trx, { table: 'bots', due: 'due_at', where, limit: 5 })
        if ((waiting += 1) === 4) barrier.resolve()
        await barrier.promise
        return taken
      })
    const taken = (await Promise.all([take(), take(), take(), take()])).flat()
    expect(taken).toHaveLength(20)
    expect(new Set(taken)).toEqual(ids)
  })
})

describe('a message whose time is up', () => {
  it('expires while nobody has it', async () => {
    const { set } = await withReply()
    expect(await set("expires_at = now() + interval '1 minute'")).toMatchObject({ status: 'queued' })
    expect(await set("expires_at = now() - interval '1 second'")).toMatchObject({ status: 'expired' })
  })

  it('is handed out once more to be settled when it was with the bot, and is unknown when nothing comes of that', async () => {
    const { set } = await withReply()
    const asked = await set("status = 'handed', handed_at = now() - interval '1 minute', expires_at = now() - interval '1 second'")
    expect(asked).toMatchObject({ status: 'handed', due_at: expect.any(Date) })
    expect(await set('due_at = null, handed_at = now()')).toMatchObject({ status: 'handed', due_at: null })
    expect(await set("expires_at = now() - interval '11 minutes'")).toMatchObject({
      status: 'unknown',
      failure_detail: 'the bot has not said what became of it',
    })
  })

  it('is left to the page that has it, for a day', async () => {
    const { set } = await withReply()
    const atPage =
      "status = 'handed', handed_at = now() - interval '1 hour', page_at = now() - interval '1 hour', expires_at = now() - interval '50 minutes'"
    expect(await set(atPage)).toMatchObject({ status: 'handed', due_at: null })
    expect(await set("page_at = now() - interval '25 hours', expires_at = now() - interval '25 hours'")).toMatchObject({
      status: 'unknown',
    })
  })
})

describe('a conversation that a person has left', () => {
  it('goes back to the bot when its time comes', async () => {
    const { t } = await withReply()
    const conversation = () => f.db.selectFrom('conversations').selectAll().where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
    const { version } = await conversation()
    await sql`update conversations set answering = 'person', bot_resumes_at = now() + interval '1 minute' where bot_id = ${t.bot.id}`.execute(
      f.db,
    )
    await resumeBots(f)
    expect(await conversation()).toMatchObject({ answering: 'person' })
    await sql`update conversations set bot_resumes_at = now() where bot_id = ${t.bot.id}`.execute(f.db)
    await resumeBots(f)
    expect(await conversation()).toMatchObject({ answering: 'bot', bot_resumes_at: null, version: String(Number(version) + 1) })
  })
})

describe('beats', () => {
  it('raise alerts for a backlog and a full disk, once, and resolve them', async () => {
    const t = await f.makeTenant()
    const beat = async (pending: number, disk: number, more: object = {}) => {
      const told = JSON.stringify({
        outbox_pending: pending,
        outbox_set_aside: 0,
        disk_free_bytes: disk,
        state: 'connected',
        reason: 'ready',
        ...more,
      })
      await f.db.updateTable('bots').set({ beat: told, last_beat_at: new Date() }).where('id', '=', t.bot.id).execute()
      await watchBeats(f)
      await watchBeats(f)
      const open = await f.db
        .selectFrom('alerts')
        .select(['kind', 'count', 'severity', 'detail'])
        .where('tenant_id', '=', t.tenantId)
        .where('resolved_at', 'is', null)
        .orderBy('kind')
        .execute()
      details = open.map(({ severity, detail }) => `${severity}: ${detail}`)
      return open.map(({ kind, count }) => `${kind} ${count}`)
    }
    let details: string[] = []
    expect(await beat(0, 1e10)).toEqual([])
    expect(await beat(5000, 1e6)).toEqual(['disk_low 1', 'outbox_backlog 1'])
    expect(await beat(3, 1e10)).toEqual([])
    const volume = (used: number) => ({ volume_bytes: used * 2 ** 20, volume_limit_bytes: 1024 * 2 ** 20 })
    expect(await beat(0, 1e10, volume(800))).toEqual([])
    expect(await beat(0, 1e10, volume(830))).toEqual(['disk_low 1'])
    expect(details).toEqual(['warning: 81% of the volume used'])
    expect(await beat(0, 1e10, { volume_bytes: null, volume_limit_bytes: null })).toEqual([])
  })
})

describe('a number', () => {
  it('that two running bots have is told at both, once, until one of them is stopped or unlinked', async () => {
    const [a, b, other] = [await f.makeTenant(), await f.makeTenant(), await f.makeTenant()]
    const names = await f.db.selectFrom('tenants').select(['id', 'name']).where('id', 'in', [a.tenantId, b.tenantId]).execute()
    const name = (tenant: string) => names.find(({ id }) => id === tenant)?.name
    const set = async (bot: string, patch: { number?: string | null; desired?: 'running' | 'stopped' }) => {
      await f.db.updateTable('bots').set(patch).where('id', '=', bot).execute()
      await watchNumbers(f)
      await watchNumbers(f)
      return f.db
        .selectFrom('alerts')
        .select(['tenant_id', 'count', 'severity', 'detail'])
        .where('kind', '=', 'number_shared')
        .where('resolved_at', 'is', null)
        .orderBy('tenant_id')
        .execute()
    }
    const both = [a, b]
      .map(({ tenantId }) => ({
        tenant_id: tenantId,
        count: 1,
        severity: 'critical',
        detail: `+5511955550001: ${name(tenantId === a.tenantId ? b.tenantId : a.tenantId)}`,
      }))
      .toSorted((x, y) => (x.tenant_id < y.tenant_id ? -1 : 1))
    expect(await set(a.bot.id, { number: '5511955550001' })).toEqual([])
    expect(await set(other.bot.id, { number: '5511955550002' })).toEqual([])
    expect(await set(b.bot.id, { number: '+55 11 95555-0001' })).toEqual(both)
    expect(await set(b.bot.id, { desired: 'stopped' })).toEqual([])
    expect(await set(b.bot.id, { desired: 'running' })).toEqual(both)
    expect(await set(a.bot.id, { number: null })).toEqual([])
  })
})

describe('pruning', () => {
  it('takes what nobody will ask for again, and leaves the rest', async () => {
    const scope = 'test'
    const key = (name: string, created_at: Date) => ({ scope, key: name, request_hash: Buffer.from('x'), created_at })
    await f.db
      .insertInto('idempotency_keys')
      .values([key('old', new Date(Date.now() - 25 * 3_600_000)), key('new', new Date())])
      .execute()
    await prune(f.db)
    expect((await f.db.selectFrom('idempotency_keys').select('key').where('scope', '=', scope).execute()).map((row) => row.key)).toEqual([
      'new',
    ])
  })
})

describe('a loop', () => {
  it('goes on after passes that fail, is woken at once, and ends when told', async () => {
    let passes = 0
    const loop = startLoop({
      name: 'test',
      everyMs: 60_000,
      pass: async () => {
        passes += 1
        if (passes <= 2) throw new Error('the database is away')
        return passes === 3 ? 'again' : 'done'
      },
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
    })
    await waitFor(() => passes === 4, { what: 'the passes after the failures' })
    loop.wake()
    await waitFor(() => passes === 5, { what: 'the pass after the wake' })
    await loop.close()
    loop.wake()
    expect(passes).toBe(5)
  })

  it('rests as long as it worked, when it yields and there is more', async () => {
    const PASS_MS = 60
    const begins: number[] = []
    const loop = startLoop({
      name: 'test',
      everyMs: 60_000,
      yielding: true,
      pass: async () => {
        begins.push(performance.now())
        await delay(PASS_MS)
        return begins.length < 4 ? 'again' : 'done'
      },
      log: pino({ level: 'silent' }),
      metrics: createMetrics(),
    })
    await waitFor(() => begins.length === 4, { what: 'four passes' })
    await loop.close()
    const gaps = begins.slice(1).map((at, index) => at - begins[index]!)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2 * PASS_MS - 5)
  })
})
