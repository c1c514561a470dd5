import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createMetrics } from '../../metrics.ts'
import { rotateWebhookSecret, updateWebhook } from '../../store/webhooks.ts'
import { withTenant } from '../../store/with-tenant.ts'
import { fixture } from '../../testing/fixture.ts'
import type { Fixture } from '../../testing/fixture.ts'
import { startReceiver } from '../../testing/receiver.ts'
import { nowhere, webhookScene, wordsOf } from '../../testing/webhooks.ts'
import { secretContext } from '../../webhooks/secret.ts'
import { newWebhookSecret } from '../../webhooks/sign.ts'
import type { Taken } from './take.ts'
import { PER_ENDPOINT, takeDeliveries } from './take.ts'
import { measureWebhooks, pruneWebhooks } from './upkeep.ts'

let database: TestDatabase
let f: Fixture
let startWorker: ReturnType<typeof webhookScene>['startWorker']
let tenantWith: ReturnType<typeof webhookScene>['tenantWith']

const ANA = '5511911112222@c.us'
const ANA_LID = '99887766554433@lid'

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  await f.hints.start()
  ;({ startWorker, tenantWith } = webhookScene(f))
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const until = (what: string, is: () => boolean | Promise<boolean>) => waitFor(is, { what })

/** How every attempt of the endpoint's first delivery ended. */
const tries = async (endpoint: { deliveries(): Promise<{ attempts: { status: number | null }[] }[]> }): Promise<(number | null)[]> =>
  (await endpoint.deliveries())[0]?.attempts.map((each) => each.status) ?? []

describe('webhooks that are delivered', () => {
  it('go in order in each conversation, several at once over all, once each with two workers', async () => {
    let [now, most] = [0, 0]
    await using receiver = await startReceiver(async () => {
      most = Math.max(most, (now += 1))
      await new Promise((done) => setTimeout(done, Math.random() * 8))
      now -= 1
      return 204
    })
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await using _one = startWorker()
    await using _two = startWorker()
    const chats = Array.from({ length: 6 }, (_, i) => `551190000000${i}@c.us`)
    for (let i = 0; i < 10; i++)
      await t.hear(...chats.flatMap((chat_id) => [2 * i, 2 * i + 1].map((nr) => ({ chat_id, body: `${chat_id} ${nr}` }))))
    await until('120 webhooks', () => receiver.received.length >= 120)
    const words = wordsOf(receiver)
    for (const chat of chats) {
      const heard = words.filter((word) => word.startsWith(chat))
      expect(heard).toEqual(Array.from({ length: 20 }, (_, nr) => `${chat} ${nr}`))
    }
    expect(most).toBeGreaterThan(1)
    await until('all to be written down', async () => (await t.endpoint.deliveries()).every(({ status }) => status === 'succeeded'))
    expect(receiver.received).toHaveLength(120)
  })

  it('wait for one of their conversation that failed once, and pass one that failed twice; others never wait', async () => {
    await using receiver = await startReceiver(({ payload }) =>
      payload.type === 'message.received' && payload.data.body === 'ruim' ? 500 : 204,
    )
    const t = await tenantWith(receiver, { events: ['message.received'] })
    const other = '5511911111111@c.us'
    await using _worker = startWorker()
    await t.hear({ body: 'ruim' }, { body: 'depois' }, { body: 'outra', chat_id: other })
    await until('the other conversation', () => wordsOf(receiver).includes('outra'))
    await until('the first attempt', async () => (await tries(t.endpoint)).length === 1)
    expect(wordsOf(receiver)).not.toContain('depois')
    await t.endpoint.dueNow()
    await until('the one behind', () => wordsOf(receiver).includes('depois'))
    expect(wordsOf(receiver).filter((word) => word === 'ruim')).toHaveLength(2)
    const [bad, after] = await t.endpoint.deliveries()
    expect(bad).toMatchObject({ status: 'pending', attempt: 2 })
    expect(bad!.due_at.getTime() - Date.now()).toBeGreaterThan(4 * 60_000)
    await until('it to be written down', async () => (await t.endpoint.deliveries())[1]!.status === 'succeeded')
    expect(after!.id > bad!.id).toBe(true)
  })

  it('of a quiet conversation need not wait for hundreds of another', async () => {
    const t = await tenantWith(nowhere, { events: ['message.received'] })
    await t.hear(...Array.from({ length: 150 }, (_, i) => ({ body: `${i}` })))
    await t.hear({ body: 'outra', chat_id: '5511911111111@c.us' })
    const taken = await takeDeliveries(f.db, 100)
    const words = taken.filter(({ endpoint_id }) => endpoint_id === t.endpoint.id).map(({ data }) => (data as { body: string }).body)
    expect(words.toSorted()).toEqual(['0', 'outra'])
  })

  it('are tried eight times, then have failed, and each attempt is on record', async () => {
    await using receiver = await startReceiver((_, nr) => (nr === 2 ? 'hang up' : 503))
    const t = await tenantWith(receiver, { events: ['bot.state'] })
    await using _worker = startWorker()
    await t.report({ kind: 'state', state: 'connected', reason: 'ready' })
    for (let nr = 1; nr <= 8; nr++) {
      await until(`attempt ${nr}`, async () => (await tries(t.endpoint)).length === nr)
      await sql`update webhook_endpoints set resumes_at = null where id = ${t.endpoint.id}`.execute(f.db)
      await t.endpoint.dueNow()
    }
    const [delivery] = await t.endpoint.deliveries()
    expect(delivery).toMatchObject({ status: 'failed', attempt: 8, settled_at: expect.any(Date) })
    expect(delivery!.attempts.map(({ status }) => status)).toEqual([503, null, 503, 503, 503, 503, 503, 503])
    expect(delivery!.attempts[1]!.error).toMatch(/closed|ECONNRESET|socket/i)
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set([delivery!.event_id]))
    expect(await t.endpoint.row()).toMatchObject({ failures: 8, enabled: true })
  })

  it('give the receiver the rest that it asks for', async () => {
    await using receiver = await startReceiver((_, nr) => (nr === 1 ? { status: 429, headers: { 'retry-after': '3600' } } : 204))
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await using _worker = startWorker()
    await t.hear({ body: 'um' })
    await until('the answer', async () => (await tries(t.endpoint)).length === 1)
    await t.hear({ body: 'dois', chat_id: '5511922222222@c.us' })
    await t.endpoint.dueNow()
    const { resumes_at } = await t.endpoint.row()
    expect(resumes_at!.getTime() - Date.now()).toBeGreaterThan(3_500_000)
    expect(await takeDeliveries(f.db, 10)).toEqual([])
    await sql`update webhook_endpoints set resumes_at = now() where id = ${t.endpoint.id}`.execute(f.db)
    await until('both', () => receiver.received.length === 3)
    await until('nothing to be wrong', async () => (await t.endpoint.row()).failing_since === null)
  })

  it('are sent again with the same id when nobody wrote down how an attempt ended', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await t.hear({ body: 'um' }, { body: 'dois' })
    // Whoever took it has posted it, and died.
    const [taken] = await takeDeliveries(f.db, 10)
    expect(taken).toMatchObject({ endpoint_id: t.endpoint.id, attempt: 1 } satisfies Partial<Taken>)
    const first = taken!.event_id
    expect(
      (await takeDeliveries(f.db, 100)).filter(({ endpoint_id }) => endpoint_id === t.endpoint.id),
      'while the lease lasts',
    ).toEqual([])
    await using _worker = startWorker()
    await sql`update webhook_deliveries set due_at = now() where id = ${taken!.id}`.execute(f.db)
    await until('both', () => receiver.received.length === 2)
    expect(receiver.received[0]!.id).toBe(first)
    expect(wordsOf(receiver)).toEqual(['um', 'dois'])
  })

  it('that a stop breaks off are due again at once, and nothing counts', async () => {
    await using receiver = await startReceiver((_, nr) => (nr === 1 ? 'never' : 204))
    const t = await tenantWith(receiver, { events: ['message.received'] })
    {
      await using _worker = startWorker()
      await t.hear({ body: 'oi' })
      await until('the request', () => receiver.received.length === 1)
    }
    expect(await t.endpoint.deliveries()).toMatchObject([{ status: 'pending', attempt: 0, taken_at: null, attempts: [] }])
    expect(await t.endpoint.row()).toMatchObject({ failures: 0 })
    await using _worker = startWorker()
    await until('it', () => receiver.received.length === 2)
  })

  it('are signed with the old secret too, until it no longer does', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver, { events: ['message.received'] })
    const next = newWebhookSecret()
    const sealed = await f.secrets.sealFor(t.tenantId, Buffer.from(next), secretContext(t.endpoint.id))
    await rotateWebhookSecret(f.db as never, t.endpoint.id, sealed)
    await using _worker = startWorker()
    await t.hear({ body: 'um' })
    await until('it', () => receiver.received.length === 1)
    for (const secret of [next, t.endpoint.secret])
      expect(receiver.verify(secret, receiver.received[0]!)).toMatchObject({ type: 'message.received' })
    await sql`update webhook_endpoints set old_secret_until = now() where id = ${t.endpoint.id}`.execute(f.db)
    await t.hear({ body: 'dois' })
    await until('the next', () => receiver.received.length === 2)
    expect(receiver.verify(next, receiver.received[1]!)).toMatchObject({ type: 'message.received' })
    expect(() => receiver.verify(t.endpoint.secret, receiver.received[1]!)).toThrow('No matching signature')
  })
})

describe('an endpoint', () => {
  it('that answers 410 is switched off, with an alert', async () => {
    await using receiver = await startReceiver(() => 410)
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await using _worker = startWorker()
    await t.hear({ body: 'um' })
    await until('it to be off', async () => !(await t.endpoint.row()).enabled)
    expect(await t.endpoint.row()).toMatchObject({ disabled_reason: 'gone', disabled_at: expect.any(Date) })
    const alert = f.db.selectFrom('alerts').selectAll().where('tenant_id', '=', t.tenantId).where('resolved_at', 'is', null)
    expect(await alert.execute()).toMatchObject([{ kind: 'webhook_disabled', detail: expect.stringContaining('410') }])
    await withTenant(f.db, t.tenantId, (trx) => updateWebhook(trx, t.endpoint.id, { enabled: true }))
    expect(await alert.execute()).toEqual([])
    expect(await t.endpoint.row()).toMatchObject({ enabled: true, disabled_reason: null, failures: 0 })
  })

  it('of which nothing succeeds for five days is switched off; one success begins the count anew', async () => {
    let status = 500
    await using receiver = await startReceiver(() => status)
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await using _worker = startWorker()
    await t.hear({ body: 'um' })
    await until('a failure', async () => (await t.endpoint.row()).failing_since !== null)
    const days = (count: number) =>
      sql`update webhook_endpoints set failing_since = now() - make_interval(hours => ${count * 24}) where id = ${t.endpoint.id}`.execute(
        f.db,
      )
    await days(4)
    status = 204
    await t.endpoint.dueNow()
    await until('a success', async () => (await t.endpoint.row()).failing_since === null)
    status = 500
    await t.hear({ body: 'dois' })
    await until('a failure', async () => (await t.endpoint.row()).failing_since !== null)
    await days(5)
    await t.endpoint.dueNow()
    await until('it to be off', async () => !(await t.endpoint.row()).enabled)
    expect(await t.endpoint.row()).toMatchObject({ disabled_reason: 'failing' })
  })

  it('that nobody answers at keeps its order, however long that takes, and no attempt counts', async () => {
    const receiver = await startReceiver()
    await receiver[Symbol.asyncDispose]()
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await using _worker = startWorker()
    await t.hear({ body: 'um' }, { body: 'dois' }, { body: 'três' })
    const restIsOver = async (): Promise<void> => {
      await t.endpoint.dueNow()
      await sql`update webhook_endpoints set resumes_at = now() where id = ${t.endpoint.id}`.execute(f.db)
    }
    for (let nr = 1; nr <= 4; nr++) {
      await until(`try ${nr}`, async () => (await tries(t.endpoint)).length === nr)
      const { failures, resumes_at } = await t.endpoint.row()
      expect(failures).toBe(nr)
      expect(resumes_at!.getTime()).toBeGreaterThan(Date.now())
      if (nr < 4) await restIsOver()
    }
    const waiting = await t.endpoint.deliveries()
    expect(waiting.map(({ status, attempt, attempts }) => [status, attempt, attempts.length])).toEqual([
      ['pending', 0, 4],
      ['pending', 0, 0],
      ['pending', 0, 0],
    ])
    await using back = await startReceiver(() => 204, Number(new URL(receiver.url).port))
    await restIsOver()
    await until('all', () => back.received.length === 3)
    expect(wordsOf(back)).toEqual(['um', 'dois', 'três'])
    await until('it to be well', async () => (await t.endpoint.row()).failures === 0)
  })

  it('that is down is tried by one at a time, and does not hold up the others', async () => {
    await using well = await startReceiver()
    await using down = await startReceiver(() => 'never')
    const [bad, good] = [await tenantWith(down), await tenantWith(well)]
    await using _worker = startWorker({ timeoutMs: 1000 })
    const chats = Array.from({ length: 40 }, (_, i) => ({ chat_id: `55119333300${i}@c.us`, body: 'oi' }))
    await bad.hear(...chats)
    await good.hear(...chats)
    await until('the healthy one’s', () => well.received.length === 40)
    await until('it to rest', async () => (await bad.endpoint.row()).resumes_at !== null)
    expect(down.received.length).toBeLessThanOrEqual(2 * PER_ENDPOINT)
    await sql`update webhook_endpoints set resumes_at = now() where id = ${bad.endpoint.id}`.execute(f.db)
    expect((await takeDeliveries(f.db, 100)).filter((taken) => taken.endpoint_id === bad.endpoint.id).length).toBeLessThanOrEqual(1)
  })

  it('of a removed tenant gets nothing more', async () => {
    const t = await tenantWith(nowhere)
    await t.hear({ body: 'oi' })
    await f.db.updateTable('tenants').set({ removed_at: new Date() }).where('id', '=', t.tenantId).execute()
    expect((await takeDeliveries(f.db, 100)).filter((taken) => taken.tenant_id === t.tenantId)).toEqual([])
  })
})

describe('the upkeep of webhooks', () => {
  it('forgets successes after 7 days, all else after 30, and events that nobody refers to', async () => {
    const t = await tenantWith(nowhere, { events: ['message.received'] })
    await t.hear({ body: 'a' }, { body: 'b' }, { body: 'c' }, { body: 'd' })
    const ages = [8, 8, 31, 6]
    const statuses = ['succeeded', 'failed', 'failed', 'succeeded']
    for (const [i, { id, event_id }] of (await t.endpoint.deliveries()).entries()) {
      const at = sql<Date>`now() - make_interval(days => ${ages[i]!})`
      await f.db
        .updateTable('webhook_deliveries')
        .set({ status: statuses[i] as 'failed', created_at: at })
        .where('id', '=', id)
        .execute()
      await f.db.updateTable('webhook_events').set({ at }).where('id', '=', event_id).execute()
    }
    await pruneWebhooks(f.db)
    const left = await f.db.selectFrom('webhook_events').select('data').where('tenant_id', '=', t.tenantId).orderBy('seq').execute()
    expect(left.map(({ data }) => (data as { body: string }).body)).toEqual(['b', 'd'])
    expect(await t.endpoint.deliveries()).toHaveLength(2)
  })

  it('measures what waits for those that answer', async () => {
    const t = await tenantWith(nowhere, { events: ['message.received'] })
    await t.hear({ body: 'a' })
    await sql`update webhook_deliveries set due_at = now() - interval '90 seconds' where endpoint_id = ${t.endpoint.id}`.execute(f.db)
    const metrics = createMetrics()
    await measureWebhooks(f.db, metrics)
    const value = async (name: string) => (await metrics.registry.getSingleMetric(name)!.get()).values[0]!.value
    expect(await value('zaptria_webhook_queue_age_seconds')).toBeGreaterThanOrEqual(90)
    expect(await value('zaptria_webhook_pending')).toBeGreaterThanOrEqual(1)
  })
})

describe('deliveries of two conversations that become one', () => {
  it('keep one order from then on', async () => {
    const t = await tenantWith(nowhere)
    await t.hear(
      { body: 'pelo número', chat_id: ANA, phone: ANA, sender: ANA },
      { body: 'pelo LID', chat_id: ANA_LID, phone: null, lid: ANA_LID, sender: ANA_LID },
    )
    const abouts = async () => new Set((await t.endpoint.deliveries()).map(({ about }) => about))
    expect((await abouts()).size).toBe(2)
    await t.hear({ body: 'sou eu', chat_id: ANA_LID, phone: ANA, lid: ANA_LID, sender: ANA_LID })
    expect((await abouts()).size).toBe(1)
  })
})
