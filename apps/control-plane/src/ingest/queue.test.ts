import { randomUUID } from 'node:crypto'
import type { BotEvent } from '@zaptria/contract'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { ingest, ingestMany } from './index.ts'
import type { Telling } from './queue.ts'
import { createIngestQueue } from './queue.ts'
import type { Batch, Ingested } from './types.ts'

let database: TestDatabase
let f: Fixture
const flow = Flow.parse(SAMPLE_FLOW)

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const bodiesOf = async (botId: string) => {
  const rows = await f.db
    .selectFrom('messages')
    .select(['body', 'author', 'tenant_id'])
    .where('bot_id', '=', botId)
    .orderBy('seq')
    .execute()
  return { heard: rows.filter((row) => row.author === 'contact').map((row) => row.body), rows }
}

describe('batches of many bots', () => {
  it('are stored together, each as if it were alone: the same names, keys and positions are other people’s', async () => {
    const tenants = await Promise.all([f.makeTenant({ flow }), f.makeTenant(), f.makeTenant({ flow }), f.makeTenant({ transport: 'http' })])
    const same = { wa_id: 'SAME', chat_id: '5511988887777@c.us' }
    const batches = tenants.map((t, i): Batch => ({
      bot: t.bot,
      volumeId: i === 3 ? null : t.volumeId,
      events: [event(5, incoming({ body: `oi ${i}`, ...same })), event(6, incoming({ body: `1`, chat_id: `551197777000${i}@c.us` }))],
    }))
    const results = await ingestMany(f, batches)
    expect(results).toEqual([4, 0, 4, 0].map((queued) => ({ status: 'fulfilled', value: { acked: 6, stored: 2, queued, setAside: 0 } })))
    for (const [i, t] of tenants.entries()) {
      const { heard, rows } = await bodiesOf(t.bot.id)
      expect(heard).toEqual([`oi ${i}`, '1'])
      expect(new Set(rows.map((row) => row.tenant_id))).toEqual(new Set([t.tenantId]))
    }
    // Again, beside one with news: only that is taken.
    const news = { ...batches[0]!, events: [...batches[0]!.events, event(9, incoming({ body: 'e agora?', ...same, wa_id: 'NEW' }))] }
    const again = await ingestMany(f, [news, batches[1]!, batches[2]!])
    expect(again.map((one) => one.status === 'fulfilled' && [one.value.acked, one.value.stored])).toEqual([
      [9, 1],
      [6, 0],
      [6, 0],
    ])
  })

  it('settle what became of each one’s own messages alone', async () => {
    const [one, two] = [await f.makeTenant({ flow }), await f.makeTenant({ flow })]
    for (const t of [one, two]) await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
    const keysOf = async (botId: string) =>
      f.db.selectFrom('messages').select(['id', 'wa_id']).where('bot_id', '=', botId).where('from_me', '=', true).orderBy('seq').execute()
    const [[mine], [other]] = [await keysOf(one.bot.id), await keysOf(two.bot.id)]
    const ack = (waId: string) => ({ kind: 'ack' as const, wa_id: waId, chat_id: '5511988887777@c.us', ack: 2 })
    await ingestMany(f, [
      // The other one's key and id in this one's mouth mean nothing.
      { bot: one.bot, volumeId: one.volumeId, events: [event(2, ack(mine!.wa_id!)), event(3, ack(other!.wa_id!)), refused(4, other!)] },
      { bot: two.bot, volumeId: two.volumeId, events: [event(2, incoming({ body: '1' }))] },
    ])
    const statusOf = async (id: string) =>
      (await f.db.selectFrom('messages').select('status').where('id', '=', id).executeTakeFirst())?.status
    expect([await statusOf(mine!.id), await statusOf(other!.id)]).toEqual(['delivered', 'queued'])
  })

  it('do not suffer for one that cannot be stored, or that another bot’s volume brings', async () => {
    const [good, faulty, thief] = [await f.makeTenant(), await f.makeTenant(), await f.makeTenant()]
    const results = await ingestMany(f, [
      { bot: good.bot, volumeId: good.volumeId, events: [event(1, incoming({ body: 'a' }))] },
      {
        bot: faulty.bot,
        volumeId: faulty.volumeId,
        events: [event(1, incoming({ body: 'x', timestamp: -1e15 })), event(2, incoming({ body: 'b' }))],
      },
    ])
    expect(results.map((one) => one.status === 'fulfilled' && one.value)).toMatchObject([
      { stored: 1, setAside: 0 },
      { stored: 1, setAside: 1, acked: 2 },
    ])
    const stolen = await ingestMany(f, [
      { bot: good.bot, volumeId: good.volumeId, events: [event(2, incoming({ body: 'c' }))] },
      { bot: thief.bot, volumeId: good.volumeId, events: [event(3, incoming({ body: 'd' }))] },
    ])
    expect(stolen.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect((await bodiesOf(good.bot.id)).heard).toEqual(['a', 'c'])
    expect((await bodiesOf(faulty.bot.id)).heard).toEqual(['b'])
    expect((await bodiesOf(thief.bot.id)).heard).toEqual([])
  })

  it('see no tenant’s rows but theirs', async () => {
    const [one, two, stranger] = [await f.makeTenant(), await f.makeTenant(), await f.makeTenant()]
    for (const t of [one, two, stranger]) await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
    const { withTenants } = await import('../store/with-tenant.ts')
    const seen = await withTenants(f.db, [one.tenantId, two.tenantId], async (trx) => ({
      messages: await trx.selectFrom('messages').select('tenant_id').execute(),
      tenants: await trx.selectFrom('tenants').select('id').execute(),
    }))
    expect(new Set(seen.messages.map((row) => row.tenant_id))).toEqual(new Set([one.tenantId, two.tenantId]))
    expect(seen.tenants.map((row) => row.id).toSorted()).toEqual([one.tenantId, two.tenantId].toSorted())
    const none = await withTenants(f.db, [], async (trx) => trx.selectFrom('messages').select('id').execute())
    expect(none).toEqual([])
  })

  it('of bots that all write at once, in groups that overlap, neither wait for each other for ever nor lose order', async () => {
    const tenants = await Promise.all(Array.from({ length: 6 }, () => f.makeTenant({ flow })))
    const queue = createIngestQueue(f, { atOnce: 4 })
    await Promise.all(
      tenants.map(async (t, n) => {
        for (let seq = 1; seq <= 30; seq += 1) {
          const events = [0, 1, 2].map((k) =>
            event(seq * 10 + k, incoming({ body: `${seq}.${k}`, chat_id: `55119${(n + k) % 4}0000000@c.us`, phone: null })),
          )
          await queue({ bot: t.bot, volumeId: t.volumeId, events: () => events })
        }
      }),
    )
    for (const t of tenants)
      expect((await bodiesOf(t.bot.id)).heard).toEqual(Array.from({ length: 90 }, (_, i) => `${Math.floor(i / 3) + 1}.${i % 3}`))
  })
})

const refused = (seq: number, { id, wa_id }: { id: string; wa_id: string | null }): BotEvent =>
  event(seq, { kind: 'send_result', message_id: id, wa_id: wa_id!, outcome: 'failed', reason: 'engine_error' })

describe('the queue', () => {
  const bot = (n: number) => ({ id: `bot-${n}`, tenantId: `tenant-${n}` })
  const talk = (count: number) => Array.from({ length: count }, (_, i) => event(i + 1, incoming({ body: 'x' })))
  const telling = (n: number, events: readonly BotEvent[]): Telling => ({ bot: bot(n), volumeId: randomUUID(), events: () => events })
  const done: Ingested = { acked: 1, queued: 0, stored: 1, setAside: 0 }
  const turn = async () => {
    for (let i = 0; i < 5; i += 1) await new Promise(setImmediate)
  }

  function recorded(atOnce: number) {
    const groups: { bots: string[]; end: () => void; fail: (error: Error) => void }[] = []
    const queue = createIngestQueue(f, {
      atOnce,
      everyMs: 0,
      besideMs: 0,
      take: (_, batches) => {
        const { promise, resolve } = Promise.withResolvers<PromiseSettledResult<Ingested>[]>()
        groups.push({
          bots: batches.map((batch) => batch.bot.id),
          end: () => resolve(batches.map(() => ({ status: 'fulfilled', value: done }))),
          fail: (error) => resolve(batches.map(() => ({ status: 'rejected', reason: error }))),
        })
        return promise
      },
    })
    return { queue, groups }
  }

  it('takes together what comes together, and what comes meanwhile when a turn is free', async () => {
    const { queue, groups } = recorded(1)
    const first = [queue(telling(1, talk(1))), queue(telling(2, talk(1)))]
    await turn()
    const later = [queue(telling(3, talk(1))), queue(telling(1, talk(1))), queue(telling(1, talk(1)))]
    await turn()
    expect(groups.map(({ bots }) => bots)).toEqual([['bot-1', 'bot-2']])
    groups[0]!.end()
    expect(await Promise.all(first)).toEqual([done, done])
    await turn()
    // Of one bot one batch at a time.
    expect(groups[1]!.bots).toEqual(['bot-3', 'bot-1'])
    groups[1]!.end()
    await turn()
    expect(groups[2]!.bots).toEqual(['bot-1'])
    groups[2]!.end()
    await Promise.all(later)
  })

  it('asks for the events when their turn has come, and answers null when none are left', async () => {
    const { queue, groups } = recorded(1)
    const busy = queue(telling(1, talk(1)))
    await turn()
    const events = talk(1)
    const grown = queue(telling(2, events))
    const nothing = queue(telling(3, []))
    events.push(...talk(2))
    groups[0]!.end()
    await busy
    await turn()
    expect(await nothing).toBeNull()
    expect(groups[1]!.bots).toEqual(['bot-2'])
    groups[1]!.end()
    await grown
  })

  it('makes no transaction too large, and lets what a bot says of itself go alone', async () => {
    const { queue, groups } = recorded(10)
    const state = [event(1, { kind: 'state', state: 'connected', reason: 'ready' })]
    const all = [
      queue(telling(1, talk(300))),
      queue(telling(2, state)),
      queue(telling(3, talk(300))),
      queue(telling(4, talk(1))),
      queue(telling(5, talk(1))),
    ]
    await turn()
    expect(groups.map(({ bots }) => bots)).toEqual([['bot-1'], ['bot-2'], ['bot-3'], ['bot-4', 'bot-5']])
    groups.forEach(({ end }) => end())
    await Promise.all(all)
  })

  it('tells each what became of its own', async () => {
    const { queue, groups } = recorded(1)
    const failing = queue(telling(1, talk(1)))
    await turn()
    groups[0]!.fail(new Error('the database is away'))
    await expect(failing).rejects.toThrow('the database is away')
    const next = queue(telling(1, talk(1)))
    await turn()
    groups[1]!.end()
    expect(await next).toEqual(done)
  })
})
