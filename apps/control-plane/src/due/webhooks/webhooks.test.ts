import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storedKeyOf } from '../../ingest/media.ts'
import { ingest } from '../../ingest/index.ts'
import { messageView } from '../../http/message-view.ts'
import { fileByKey, mediaArrived } from '../../store/media.ts'
import { NO_FILE, NO_QUOTE } from '../../store/messages-read.ts'
import { withTenant } from '../../store/with-tenant.ts'
import { event, fixture, incoming } from '../../testing/fixture.ts'
import type { Fixture } from '../../testing/fixture.ts'
import { startReceiver } from '../../testing/receiver.ts'
import { nowhere, webhookScene } from '../../testing/webhooks.ts'

let database: TestDatabase
let f: Fixture
let startWorker: ReturnType<typeof webhookScene>['startWorker']
let tenantWith: ReturnType<typeof webhookScene>['tenantWith']
const flow = Flow.parse({ ...SAMPLE_FLOW, start: 'tchau' })

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
