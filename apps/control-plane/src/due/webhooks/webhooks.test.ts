import type { WebhookSubscription } from '@zaptria/contract'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storedKeyOf } from '../../ingest/media.ts'
import { ingest } from '../../ingest/index.ts'
import { messageView } from '../../http/message-view.ts'
import { fileByKey, mediaArrived } from '../../store/media.ts'
import { NO_FILE, NO_QUOTE } from '../../store/messages-read.ts'
import { createMetrics } from '../../metrics.ts'
import { rotateWebhookSecret, updateWebhook } from '../../store/webhooks.ts'
import { withTenant } from '../../store/with-tenant.ts'
import { event, fixture, incoming } from '../../testing/fixture.ts'
import type { Fixture } from '../../testing/fixture.ts'
import { startReceiver } from '../../testing/receiver.ts'
import type { Receiver } from '../../testing/receiver.ts'
import { uuidv7 } from '../../uuid.ts'
import { parseAllowed } from '../../webhooks/address.ts'
import { createWebhookAgent } from '../../webhooks/connector.ts'
import { secretContext } from '../../webhooks/secret.ts'
import { newWebhookSecret } from '../../webhooks/sign.ts'
import { startWebhooks } from './index.ts'
import type { Taken } from './take.ts'
import { PER_ENDPOINT, takeDeliveries } from './take.ts'
import { measureWebhooks, pruneWebhooks } from './upkeep.ts'

let database: TestDatabase
let f: Fixture
const flow = Flow.parse({ ...SAMPLE_FLOW, start: 'tchau' })

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  await f.hints.start()
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const startWorker = (o: { timeoutMs?: number } = {}) => {
  const metrics = createMetrics()
  const dispatcher = createWebhookAgent({ allowed: parseAllowed('127.0.0.1'), perOrigin: PER_ENDPOINT })
  const worker = startWebhooks({ ...f, dispatcher, log: pino({ level: 'silent' }), metrics, random: () => 0, pollMs: 50, ...o })
  return {
    metrics,
    async [Symbol.asyncDispose]() {
      await worker.close()
      await dispatcher.destroy()
    },
  }
}

const endpointAt = async (tenantId: string, url: string, events: WebhookSubscription[] | null = null) => {
  const id = uuidv7()
  const secret = newWebhookSecret()
  const sealed_secret = await f.secrets.sealFor(tenantId, Buffer.from(secret), secretContext(id))
  await f.db.insertInto('webhook_endpoints').values({ id, tenant_id: tenantId, url, events, sealed_secret }).execute()
  const row = () => f.db.selectFrom('webhook_endpoints').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const deliveries = () => f.db.selectFrom('webhook_deliveries').selectAll().where('endpoint_id', '=', id).orderBy('id').execute()
  const dueNow = () => sql`update webhook_deliveries set due_at = now() where endpoint_id = ${id} and taken_at is null`.execute(f.db)
  return { id, secret, row, deliveries, dueNow }
}

const tenantWith = async (receiver: Pick<Receiver, 'url'>, o: { flow?: Flow; events?: WebhookSubscription[] | null } = {}) => {
  const t = await f.makeTenant(o.flow === undefined ? {} : { flow: o.flow })
  let seq = 0
  const endpoint = await endpointAt(t.tenantId, receiver.url, o.events ?? null)
  const hear = (...bodies: Parameters<typeof incoming>[0][]) =>
    ingest(
      f,
      t.bot,
      t.volumeId,
      bodies.map((body) => event((seq += 1), incoming(body))),
    )
  const report = (...bodies: Parameters<typeof event>[1][]) =>
    ingest(
      f,
      t.bot,
      t.volumeId,
      bodies.map((body) => event((seq += 1), body)),
    )
  return { ...t, endpoint, hear, report }
}
const nowhere = { url: 'http://127.0.0.1:1/' }
const until = (what: string, is: () => boolean | Promise<boolean>) => waitFor(is, { what })
const wordsOf = (receiver: Receiver): string[] =>
  receiver.received.flatMap(({ payload }) => (payload.type === 'message.received' ? [payload.data.body] : []))

/** How every attempt of the endpoint's first delivery ended. */
const tries = async (endpoint: { deliveries(): Promise<{ attempts: { status: number | null }[] }[]> }): Promise<(number | null)[]> =>
  (await endpoint.deliveries())[0]?.attempts.map((each) => each.status) ?? []

describe('what a tenant’s webhook is told', () => {
  it('is every message in and out, who answers, and the bot’s state, signed', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver, { flow })
    await using _worker = startWorker()
    await t.report({ kind: 'state', state: 'connected', reason: 'ready', number: '5511999990000', name: 'Loja' })
    await t.hear({ body: 'oi' })
    const ours = f.db.selectFrom('messages').selectAll().where('bot_id', '=', t.bot.id).where('author', '=', 'flow')
    const reply = await ours.executeTakeFirstOrThrow()
    await t.report({ kind: 'send_result', message_id: reply.id, wa_id: reply.wa_id!, outcome: 'handed' })
    await t.report({ kind: 'ack', wa_id: reply.wa_id!, chat_id: '5511988887777@c.us', ack: 1 })
    await t.report({ kind: 'ack', wa_id: reply.wa_id!, chat_id: '5511988887777@c.us', ack: 3 })
    await t.hear({ body: 'deixa comigo', from_me: true })
    await until('seven webhooks', () => receiver.received.length >= 7)

    for (const one of receiver.received) expect(receiver.verify(t.endpoint.secret, one)).toEqual(one.payload)
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(7)
    const about = (type: string) => receiver.received.filter(({ payload }) => payload.type === type).map(({ payload }) => payload.data)
    const contact = { name: 'Ana', phone: '5511988887777', lid: null, group: null }
    expect(about('bot.state')).toMatchObject([
      { bot_id: t.bot.id, state: 'connected', reason: 'ready', number: '5511999990000', name: 'Loja' },
    ])
    expect(about('message.received')).toMatchObject([{ body: 'oi', author: 'contact', status: 'received', contact }])
    expect(about('message.queued')).toMatchObject([{ id: reply.id, author: 'flow', status: 'queued', contact }])
    expect(about('message.sent')).toMatchObject([
      { id: reply.id, status: 'accepted' },
      { author: 'owner', body: 'deixa comigo', contact },
    ])
    expect(about('message.status')).toEqual([
      {
        ...messageView({ ...(await ours.executeTakeFirstOrThrow()), ...NO_FILE, ...NO_QUOTE, reactions: null, asked: null }),
        contact: { id: expect.any(String), ...contact },
      },
    ])
    expect(about('conversation.answering')).toMatchObject([{ answering: 'person', contact }])
  })

  it('says which group a message is from, and who wrote it there', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver)
    await using _worker = startWorker()
    const [group, sender] = ['120363000000000001@g.us', '5511977776666@c.us']
    await t.hear({ body: 'oi', chat_id: group, sender, phone: null, lid: null, push_name: 'Bia', subject: 'Turma' })
    await until('a webhook', () => receiver.received.length > 0)
    expect(receiver.received[0]!.payload.data).toMatchObject({
      contact: { name: 'Turma', phone: null, lid: null, group },
      sender: { id: sender, phone: '5511977776666', name: 'Bia' },
    })
  })

  it('is what is done to a message: an emoji, another text, deleted without what it held', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver, { events: ['message.reaction', 'message.edited', 'message.deleted'] })
    await using _worker = startWorker()
    const said = incoming({ body: 'oi' })
    const { chat_id, wa_id, from_me, sender, timestamp } = said
    const change = (seconds: number) => ({
      target: { wa_id, chat_id, from_me, sender },
      alias_chat_id: null,
      from_me: false,
      sender,
      timestamp_ms: (timestamp + seconds) * 1000,
    })
    await t.report(said)
    await t.report({ kind: 'reaction', ...change(1), emoji: '👍' }, { kind: 'reaction', ...change(1), emoji: '👍' })
    await t.report({ kind: 'edit', ...change(2), body: 'oi!' })
    await t.report({ kind: 'reaction', ...change(3), emoji: '' })
    await t.report({ kind: 'revoke', ...change(4) }, { kind: 'edit', ...change(5), body: 'nunca' })
    await until('four webhooks', () => receiver.received.length >= 4)
    const contact = { name: 'Ana', phone: '5511988887777', lid: null, group: null }
    const reaction = { emoji: '👍', from_me: false, sender: null }
    expect(receiver.received.map(({ payload }) => payload)).toMatchObject([
      { type: 'message.reaction', data: { body: 'oi', contact, reaction, reactions: [reaction] } },
      { type: 'message.edited', data: { body: 'oi!', edited_at: new Date((timestamp + 2) * 1000).toISOString(), reactions: [reaction] } },
      { type: 'message.reaction', data: { reaction: { emoji: '' }, reactions: [] } },
      { type: 'message.deleted', data: { body: '', deleted_at: new Date((timestamp + 4) * 1000).toISOString() } },
    ])
    expect(await t.endpoint.deliveries()).toHaveLength(4)
  })

  it('is of each message its own, when many are changed at once', async () => {
    const t = await tenantWith(nowhere, { events: ['message.sent', 'message.status', 'message.edited', 'message.deleted'] })
    await t.hear(...Array.from({ length: 6 }, (_, i) => ({ body: `m${i}`, chat_id: `55119777${i}@c.us`, from_me: true })))
    await sql`delete from webhook_events where tenant_id = ${t.tenantId}`.execute(f.db)
    const bodies = f.db.selectFrom('messages').where('bot_id', '=', t.bot.id)
    expect(await bodies.select('status').distinct().execute()).toEqual([{ status: 'accepted' }])
    await sql`update messages set status = case body when 'm0' then 'queued' when 'm1' then 'handed' when 'm2' then 'accepted' else 'read' end,
      edited_at = case when body in ('m2', 'm3', 'm5') then now() end, deleted_at = case when body in ('m4', 'm5') then now() end
      where bot_id = ${t.bot.id}`.execute(f.db)
    const { rows } = await sql<{ type: string; body: string }>`
      select type, data->>'body' as body from webhook_events where tenant_id = ${t.tenantId} order by data->>'body', type`.execute(f.db)
    expect(rows.map(({ body, type }) => `${body} ${type}`)).toEqual([
      'm2 message.edited',
      'm3 message.edited',
      'm3 message.status',
      'm4 message.deleted',
      'm4 message.status',
      'm5 message.deleted',
      'm5 message.status',
    ])
    await sql`update messages set status = 'accepted' where bot_id = ${t.bot.id} and body in ('m0', 'm1')`.execute(f.db)
    expect(
      (await sql`select from webhook_events where tenant_id = ${t.tenantId} and type = 'message.sent'`.execute(f.db)).rows,
    ).toHaveLength(2)
  })

  it('is told what is known of a message’s file', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver, { events: ['message.received'] })
    await using _worker = startWorker()
    await t.hear({ body: '', type: 'image', media: { mimetype: 'image/jpeg', size_bytes: 1234 } })
    await until('the webhook', () => receiver.received.length === 1)
    const media = { kind: 'image', state: 'pending', mimetype: 'image/jpeg', size_bytes: 1234 }
    expect(receiver.received[0]!.payload).toMatchObject({ type: 'message.received', data: { type: 'image', media } })
  })

  it('is told once what became of that file: that it came, or that it will not', async () => {
    await using receiver = await startReceiver()
    const t = await tenantWith(receiver, { events: ['message.media'] })
    await using _worker = startWorker()
    const [comes, fails] = ['image', 'document'].map((type) => incoming({ body: type, type, media: { mimetype: 'image/jpeg' } }))
    await t.report(comes!, fails!)
    const keyOf = ({ wa_id, chat_id, from_me, sender }: typeof fails & object) => ({ wa_id, chat_id, from_me, sender })
    const file = await withTenant(f.db, t.tenantId, (trx) => fileByKey(trx, t.bot.id, storedKeyOf(keyOf(comes!))))
    const arrived = { mimetype: 'image/png', mismatch: false, sizeBytes: 3, sha256: 'a'.repeat(64) }
    for (let i = 0; i < 2; i += 1) await withTenant(f.db, t.tenantId, (trx) => mediaArrived(trx, file!, arrived))
    await t.report({ kind: 'media_failed', ...keyOf(fails!), reason: 'gone' }, { kind: 'media_failed', ...keyOf(fails!), reason: 'gone' })
    await until('both webhooks', () => receiver.received.length >= 2)
    expect(receiver.received.map(({ payload }) => payload)).toMatchObject([
      {
        type: 'message.media',
        data: { body: 'image', media: { state: 'stored', mimetype: 'image/png', size_bytes: 3 }, contact: { name: 'Ana' } },
      },
      { type: 'message.media', data: { body: 'document', media: { state: 'failed', failure: 'gone' } } },
    ])
    expect(await t.endpoint.deliveries()).toHaveLength(2)
  })

  it('is what it listens to, and nothing is written down for who listens to nothing', async () => {
    const t = await tenantWith(nowhere, { flow, events: ['message.received'] })
    const silent = await f.makeTenant({ flow })
    await t.hear({ body: 'oi' })
    await ingest(f, silent.bot, silent.volumeId, [event(1, incoming({ body: 'oi' }))])
    const events = await f.db
      .selectFrom('webhook_events')
      .select(['type'])
      .where('tenant_id', 'in', [t.tenantId, silent.tenantId])
      .execute()
    expect(events.map(({ type }) => type)).toEqual(['message.received'])
    await sql`update webhook_endpoints set enabled = false, disabled_reason = 'by_request' where id = ${t.endpoint.id}`.execute(f.db)
    await t.hear({ body: 'de novo' })
    expect(await t.endpoint.deliveries()).toHaveLength(1)
  })

  it('is never another tenant’s, and never what was rolled back', async () => {
    const [one, two] = [await tenantWith(nowhere), await tenantWith(nowhere)]
    await one.hear({ body: 'oi' })
    await expect(
      f.db.transaction().execute(async (trx) => {
        await sql`update messages set status = 'failed' where bot_id = ${one.bot.id}`.execute(trx)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    expect(await one.endpoint.deliveries()).toMatchObject([{ type: 'message.received' }])
    expect(await two.endpoint.deliveries()).toEqual([])
  })

  it('holds no QR and no token', async () => {
    const t = await tenantWith(nowhere)
    await t.report(
      { kind: 'qr', qr_code: 'a-secret-qr', expires_in_ms: 1000 },
      { kind: 'state', state: 'qr_ready', reason: 'waiting_for_scan' },
    )
    const { rows } = await sql<{ text: string }>`select data::text as text from webhook_events where tenant_id = ${t.tenantId}`.execute(
      f.db,
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]!.text).not.toMatch(/a-secret-qr|token|qr_code/)
  })
})

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
    await using _worker = startWorker({ timeoutMs: 200 })
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
