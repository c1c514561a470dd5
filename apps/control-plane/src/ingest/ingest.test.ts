import { randomUUID } from 'node:crypto'
import { Flow } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { sql } from 'kysely'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { lockConversation, setAnswering } from '../store/answering.ts'
import type { Trx } from '../store/tables.ts'
import { withTenant } from '../store/with-tenant.ts'
import { ingest } from './index.ts'

let database: TestDatabase
let f: Fixture
const flow = Flow.parse(SAMPLE_FLOW)
const ANA = '5511988887777@c.us'
const ANA_LID = '99887766554433@lid'

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const messagesOf = (botId: string) => f.db.selectFrom('messages').selectAll().where('bot_id', '=', botId).orderBy('seq').execute()
const conversationsOf = (botId: string) => f.db.selectFrom('conversations').selectAll().where('bot_id', '=', botId).orderBy('id').execute()
const openAlerts = (tenantId: string) =>
  f.db.selectFrom('alerts').selectAll().where('tenant_id', '=', tenantId).where('resolved_at', 'is', null).execute()

describe('a batch of events', () => {
  it('is stored, answered by the flow in the order heard, and acknowledged', async () => {
    const t = await f.makeTenant({ flow })
    const done = await ingest(f, t.bot, t.volumeId, [event(3, incoming({ body: 'oi' })), event(7, incoming({ body: '1' }))])
    expect(done).toMatchObject({ acked: 7, stored: 2, queued: 4 })
    const rows = await messagesOf(t.bot.id)
    expect(rows.map((row) => [row.author, row.status, row.body.split('\n')[0]])).toEqual([
      ['contact', 'received', 'oi'],
      ['flow', 'queued', 'Olá, Ana! Aqui é a Padaria da Praça. 🥖'],
      ['flow', 'queued', 'Como podemos ajudar? Responda com o número:'],
      ['contact', 'received', '1'],
      ['flow', 'queued', 'Abrimos de segunda a sábado, das 6h às 20h, e aos domingos das 7h às 13h.'],
      ['flow', 'queued', 'Posso ajudar em mais alguma coisa? (sim ou não)'],
    ])
    expect(rows[1]?.wa_id).toMatch(/^3EB0[0-9A-F]{18}$/)
    const minutes = (rows[1]!.expires_at!.getTime() - rows[1]!.created_at.getTime()) / 60_000
    expect(minutes).toBeCloseTo(10, 1)
    const [conversation] = await conversationsOf(t.bot.id)
    expect(conversation).toMatchObject({ answering: 'bot', unread: 2, last_from_me: true, chat_id: ANA })
  })

  it('given twice, at once or again, is stored once', async () => {
    const t = await f.makeTenant({ flow })
    const batch = [1, 2, 3, 4, 5].map((seq) => event(seq, incoming({ body: `n${seq}`, chat_id: `55119${seq}0000000@c.us` })))
    const both = await Promise.all([ingest(f, t.bot, t.volumeId, batch), ingest(f, t.bot, t.volumeId, batch)])
    const again = await ingest(f, t.bot, t.volumeId, batch)
    expect([...both, again].map((one) => one.acked)).toEqual([5, 5, 5])
    const rows = await messagesOf(t.bot.id)
    expect(rows.filter((row) => row.author === 'contact').map((row) => row.body)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5'])
    expect(rows.filter((row) => row.author === 'flow')).toHaveLength(10)
  })

  it('of a restored volume, with the same messages under new positions, adds nothing', async () => {
    const t = await f.makeTenant({ flow })
    const body = incoming({ body: 'oi' })
    await ingest(f, t.bot, t.volumeId, [event(9, body)])
    const done = await ingest(f, t.bot, randomUUID(), [event(1, body), event(2, { ...body, caught_up: true })])
    expect(done).toMatchObject({ acked: 2, stored: 0, queued: 0 })
    expect(await messagesOf(t.bot.id)).toHaveLength(3)
  })

  it('leaves nothing behind when the connection breaks in its middle, and everything when it is given again', async () => {
    const t = await f.makeTenant({ flow })
    const batch = [event(1, incoming({ body: 'oi' }))]
    const changed = async (trx: Trx) => void (await sql`select pg_terminate_backend(pg_backend_pid())`.execute(trx))
    const broken = ingest({ db: f.db, hints: { changed } }, t.bot, t.volumeId, batch)
    await expect(broken).rejects.toThrow()
    expect(await messagesOf(t.bot.id)).toHaveLength(0)
    await expect(ingest(f, t.bot, t.volumeId, batch)).resolves.toMatchObject({ acked: 1, stored: 1 })
  })

  it('keeps order per contact across two volumes and many contacts at once', async () => {
    const t = await f.makeTenant({ flow })
    const contacts = [...Array(8).keys()].map((n) => `551197000000${n}@c.us`)
    const volumes = [t.volumeId, randomUUID()]
    await Promise.all(
      volumes.map(async (volumeId, v) => {
        for (let seq = 1; seq <= 20; seq += 1) {
          const batch = contacts
            .filter((_, n) => n % 2 === v)
            .map((chat_id, n) => event(seq * 10 + n, incoming({ body: String(seq), chat_id })))
          await ingest(f, t.bot, volumeId, batch)
        }
      }),
    )
    const rows = await messagesOf(t.bot.id)
    for (const conversation of await conversationsOf(t.bot.id)) {
      const heard = rows.filter((row) => row.conversation_id === conversation.id && !row.from_me).map((row) => Number(row.body))
      expect(heard).toEqual(heard.toSorted((a, b) => a - b))
      expect(heard).toHaveLength(20)
    }
  })

  it('with text that PostgreSQL cannot hold is stored without those characters', async () => {
    const t = await f.makeTenant()
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'a\0b\ud83dc', push_name: 'A\0na' }))])
    expect((await messagesOf(t.bot.id)).map((row) => row.body)).toEqual(['ab\ufffdc'])
  })

  it('with an event that cannot be stored sets that one aside, loudly, and goes on', async () => {
    const t = await f.makeTenant()
    const faulty = incoming({ body: 'x', timestamp: -1e15 })
    const done = await ingest(f, t.bot, t.volumeId, [
      event(1, incoming({ body: 'a' })),
      event(2, faulty),
      event(3, incoming({ body: 'b' })),
    ])
    expect(done).toMatchObject({ acked: 3, stored: 2, setAside: 1 })
    expect((await messagesOf(t.bot.id)).map((row) => row.body)).toEqual(['a', 'b'])
    expect(await f.db.selectFrom('events_set_aside').selectAll().where('bot_id', '=', t.bot.id).execute()).toHaveLength(1)
    expect(await openAlerts(t.tenantId)).toMatchObject([{ kind: 'outbox_set_aside' }])
  })
})

describe('a conversation', () => {
  it('falls silent when the owner answers on the phone, and the run is over', async () => {
    const t = await f.makeTenant({ flow })
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
    await ingest(f, t.bot, t.volumeId, [
      event(2, incoming({ body: 'Já te respondo', from_me: true, sender: '5511900000001@c.us' })),
      event(3, incoming({ body: '1' })),
    ])
    const rows = await messagesOf(t.bot.id)
    expect(rows.map((row) => row.author)).toEqual(['contact', 'flow', 'flow', 'owner', 'contact'])
    const [conversation] = await conversationsOf(t.bot.id)
    expect(conversation).toMatchObject({ answering: 'person', unread: 1 })
    expect(conversation!.bot_resumes_at!.getTime()).toBeGreaterThan(Date.now() + 119 * 60_000)
    expect(await f.db.selectFrom('flow_runs').selectAll().where('conversation_id', '=', conversation!.id).execute()).toHaveLength(0)
  })

  it('does not take our own message that comes back for the owner’s', async () => {
    const t = await f.makeTenant({ flow })
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
    const [, reply] = await messagesOf(t.bot.id)
    const echo = incoming({ body: reply!.body, from_me: true, wa_id: reply!.wa_id!, chat_id: ANA_LID })
    await ingest(f, t.bot, t.volumeId, [event(2, echo)])
    expect((await conversationsOf(t.bot.id)).every((row) => row.answering === 'bot')).toBe(true)
    expect(await messagesOf(t.bot.id)).toHaveLength(3)
  })

  it('is handed to a person by the flow, and answers nothing then', async () => {
    const t = await f.makeTenant({ flow })
    const say = (seq: number, body: string) => event(seq, incoming({ body }))
    await ingest(f, t.bot, t.volumeId, [say(1, 'oi'), say(2, '3'), say(3, 'bolo'), say(4, 'alô?')])
    const rows = await messagesOf(t.bot.id)
    expect(rows.at(-1)).toMatchObject({ author: 'contact', body: 'alô?' })
    expect((await conversationsOf(t.bot.id))[0]).toMatchObject({ answering: 'person' })
  })

  it('starts no flow for a message that came too late, yet stores it', async () => {
    const t = await f.makeTenant({ flow })
    const old = incoming({ body: 'oi', timestamp: Math.floor(Date.now() / 1000) - 31 * 60, caught_up: true })
    expect(await ingest(f, t.bot, t.volumeId, [event(1, old)])).toMatchObject({ stored: 1, queued: 0 })
  })

  it('in a group is stored, each participant apart, and never answered', async () => {
    const t = await f.makeTenant({ flow })
    const inGroup = (sender: string) => incoming({ body: 'oi', wa_id: 'SAME', chat_id: '120363000000000000@g.us', sender, phone: sender })
    const done = await ingest(f, t.bot, t.volumeId, [event(1, inGroup('5511911111111@c.us')), event(2, inGroup('5511922222222@c.us'))])
    expect(done).toMatchObject({ stored: 2, queued: 0 })
    expect(await conversationsOf(t.bot.id)).toHaveLength(1)
  })

  it('with another program is ended after a few rounds, with an alert, until somebody gives it back', async () => {
    const echo = { ...flow, start: 'a', nodes: { a: { type: 'text' as const, text: '{{answer}}' } }, loop_after_answers: 5 }
    const t = await f.makeTenant({ flow: echo })
    const hear = (from: number, texts: string[]) =>
      ingest(
        f,
        t.bot,
        t.volumeId,
        texts.map((body, i) => event(from + i, incoming({ body }))),
      )
    const absent = 'Olá! No momento não estamos. Voltamos segunda-feira.'
    expect(await hear(1, Array<string>(6).fill(absent))).toMatchObject({ stored: 6, queued: 3 })
    expect(await conversationsOf(t.bot.id)).toMatchObject([{ answering: 'person', stuck: false, unread: 6 }])
    const { id } = (await conversationsOf(t.bot.id))[0]!
    const detail = `conversation ${id}: the same words were answered 3 times in a row`
    expect(await openAlerts(t.tenantId)).toMatchObject([{ kind: 'conversation_loop', count: 1, detail }])
    const giveBack = () => withTenant(f.db, t.tenantId, async (trx) => setAnswering(trx, (await lockConversation(trx, id))!, 'bot'))
    await giveBack()
    const ticket = (n: number) => `Seu protocolo é ${n}`
    expect(await hear(10, [1, 2, 3, 4, 5, 6, 7].map(ticket))).toMatchObject({ stored: 7, queued: 5 })
    expect(await openAlerts(t.tenantId)).toMatchObject([{ kind: 'conversation_loop', count: 2 }])
    await giveBack()
    expect(await hear(20, ['oi'])).toMatchObject({ queued: 1 })
  })

  it('goes on by a flow that was published before its newest settings existed', async () => {
    const { debounce_seconds: _, loop_after_answers: __, ...old } = flow
    const t = await f.makeTenant({ flow: old as Flow })
    expect(await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])).toMatchObject({ queued: 2 })
  })

  it('is marked stuck with an alert when the flow throws; the message stays', async () => {
    const loop = {
      ...flow,
      start: 'a',
      nodes: { a: { type: 'text' as const, text: 'x', next: 'b' }, b: { type: 'text' as const, text: 'y', next: 'a' } },
    }
    const t = await f.makeTenant({ flow: loop })
    expect(await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])).toMatchObject({ stored: 1, queued: 0 })
    expect(await conversationsOf(t.bot.id)).toMatchObject([{ stuck: true }])
    expect(await openAlerts(t.tenantId)).toMatchObject([{ kind: 'conversation_stuck' }])
    await f.publish(t.tenantId, flow, 2)
    await ingest(f, t.bot, t.volumeId, [event(2, incoming({ body: 'oi' }))])
    expect(await conversationsOf(t.bot.id)).toMatchObject([{ stuck: false }])
    expect(await openAlerts(t.tenantId)).toEqual([])
  })
})

describe('a group', () => {
  const GROUP = '120363000000000001@g.us'
  const BIA = '5511977776666@c.us'

  it('has its subject for a name, and each of its messages who wrote it', async () => {
    const t = await f.makeTenant()
    const inGroup = { chat_id: GROUP, phone: null, lid: null }
    await ingest(f, t.bot, t.volumeId, [
      event(1, incoming({ ...inGroup, body: 'oi', sender: ANA, push_name: 'Ana', subject: 'Turma' })),
      event(2, incoming({ ...inGroup, body: 'olá', sender: BIA, push_name: 'Bia', subject: 'Turma de 2026' })),
      event(3, incoming({ ...inGroup, body: 'sou eu', from_me: true, push_name: 'Loja' })),
    ])
    const contact = await f.db.selectFrom('contacts').selectAll().where('tenant_id', '=', t.tenantId).executeTakeFirstOrThrow()
    expect(contact.push_name).toBe('Turma de 2026')
    expect((await messagesOf(t.bot.id)).map(({ sender, sender_name }) => [sender, sender_name])).toEqual([
      [ANA, 'Ana'],
      [BIA, 'Bia'],
      [null, null],
    ])
  })
})

describe('a contact', () => {
  it('known by phone and by LID becomes one person when the two are learnt to be one, without losing or doubling messages', async () => {
    const t = await f.makeTenant({ flow })
    const doubled = incoming({ body: 'duas vezes', wa_id: 'TWICE' })
    await ingest(f, t.bot, t.volumeId, [
      event(1, incoming({ body: 'pelo número' })),
      event(2, doubled),
      event(3, incoming({ body: 'pelo LID', chat_id: ANA_LID, phone: null })),
      event(4, incoming({ body: 'duas vezes', wa_id: 'TWICE', chat_id: ANA_LID, phone: null })),
    ])
    expect(await conversationsOf(t.bot.id)).toHaveLength(2)
    await ingest(f, t.bot, t.volumeId, [event(5, incoming({ body: 'sou eu', chat_id: ANA_LID, phone: ANA }))])
    expect(await conversationsOf(t.bot.id)).toMatchObject([{ chat_id: ANA_LID, alias_chat_id: ANA }])
    const heard = (await messagesOf(t.bot.id)).filter((row) => !row.from_me).map((row) => row.body)
    expect(heard).toEqual(['pelo número', 'duas vezes', 'pelo LID', 'sou eu'])
    expect(await f.db.selectFrom('contacts').selectAll().where('tenant_id', '=', t.tenantId).execute()).toHaveLength(1)
    // The keys came along: what was heard under the other name is still a double.
    const again = await ingest(f, t.bot, randomUUID(), [
      event(1, doubled),
      event(2, incoming({ body: 'pelo LID', wa_id: 'TWICE', chat_id: ANA_LID })),
    ])
    expect(again).toMatchObject({ stored: 0 })
  })

  it('merged in the middle of a batch takes the whole batch along', async () => {
    const t = await f.makeTenant()
    await ingest(f, t.bot, t.volumeId, [
      event(1, incoming({ body: '1' })),
      event(2, incoming({ body: '2', chat_id: ANA_LID, phone: null })),
    ])
    await ingest(f, t.bot, t.volumeId, [
      event(3, incoming({ body: '3', chat_id: ANA_LID, phone: null })),
      event(4, incoming({ body: '4', lid: ANA_LID })),
      event(5, incoming({ body: '5', chat_id: ANA_LID, phone: null })),
    ])
    const [conversation, ...others] = await conversationsOf(t.bot.id)
    expect(others).toEqual([])
    expect(conversation).toMatchObject({ unread: 5, last_body: '5', chat_id: ANA_LID, alias_chat_id: ANA })
    expect((await messagesOf(t.bot.id)).map((row) => row.body)).toEqual(['1', '2', '3', '4', '5'])
  })
})

describe('an outgoing message', () => {
  const reply = async () => {
    const t = await f.makeTenant({ flow: { ...flow, start: 'tchau' } })
    await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
    const row = (await messagesOf(t.bot.id))[1]!
    let seq = 1
    const tell = async (...bodies: Parameters<typeof event>[1][]) => {
      await ingest(
        f,
        t.bot,
        t.volumeId,
        bodies.map((body) => event((seq += 1), body)),
      )
      return (await messagesOf(t.bot.id))[1]!
    }
    const ack = (level: number) => ({ kind: 'ack' as const, wa_id: row.wa_id!, chat_id: ANA, ack: level })
    const result = (outcome: 'handed' | 'failed' | 'unknown', reason?: 'not_on_whatsapp' | 'expired') => ({
      kind: 'send_result' as const,
      message_id: row.id,
      wa_id: row.wa_id!,
      outcome,
      ...(reason === undefined ? {} : { reason }),
    })
    return { row, tell, ack, result }
  }

  it('goes forward by acks, never backwards, whatever their order', async () => {
    const { tell, ack, result } = await reply()
    expect(await tell(result('handed'))).toMatchObject({ status: 'handed', page_at: expect.any(Date) })
    expect(await tell(ack(2))).toMatchObject({ status: 'delivered' })
    expect(await tell(ack(1), ack(0), result('unknown'))).toMatchObject({ status: 'delivered' })
    expect(await tell(ack(4))).toMatchObject({ status: 'read' })
    expect(await tell(ack(2), result('failed', 'not_on_whatsapp'))).toMatchObject({ status: 'read', failure_reason: null })
  })

  it('fails with the bot’s reason', async () => {
    const { tell, result } = await reply()
    expect(await tell(result('failed', 'not_on_whatsapp'))).toMatchObject({ status: 'failed', failure_reason: 'not_on_whatsapp' })
  })

  it('that was believed lost is accepted once WhatsApp says so', async () => {
    const { tell, ack, result } = await reply()
    expect(await tell(result('failed', 'expired'))).toMatchObject({ status: 'expired' })
    expect(await tell(ack(1))).toMatchObject({ status: 'accepted', failure_reason: null })
  })
})

describe('a bot’s word on itself', () => {
  const state = (name: 'qr_ready' | 'connected' | 'logged_out', reason: 'waiting_for_scan' | 'ready' | 'logout_by_phone') => ({
    kind: 'state' as const,
    state: name,
    reason,
    ...(name === 'connected' ? { number: '5511900000001', name: 'Loja' } : {}),
  })
  const botRow = (id: string) => f.db.selectFrom('bots').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

  it('is shown, kept as history, and asks for a look', async () => {
    const t = await f.makeTenant()
    await f.db
      .updateTable('bots')
      .set({ due_at: new Date(Date.now() + 3_600_000) })
      .where('id', '=', t.bot.id)
      .execute()
    await ingest(f, t.bot, t.volumeId, [
      event(1, state('qr_ready', 'waiting_for_scan')),
      event(2, { kind: 'qr', qr_code: '2@abc', expires_in_ms: 20_000 }),
    ])
    const row = await botRow(t.bot.id)
    expect(row).toMatchObject({ state: 'qr_ready', qr_code: '2@abc' })
    expect(row.qr_expires_at!.getTime()).toBeGreaterThan(Date.now() + 15_000)
    expect(row.due_at.getTime()).toBeLessThanOrEqual(Date.now())
    await ingest(f, t.bot, t.volumeId, [event(3, state('connected', 'ready')), event(4, state('connected', 'ready'))])
    expect(await botRow(t.bot.id)).toMatchObject({ state: 'connected', qr_code: null, number: '5511900000001', wa_name: 'Loja' })
    const history = await f.db.selectFrom('bot_states').select('state').where('bot_id', '=', t.bot.id).orderBy('id').execute()
    expect(history.map((entry) => entry.state)).toEqual(['qr_ready', 'connected'])
  })

  it('is believed only from the granted volume and its epoch; messages from everywhere', async () => {
    const t = await f.makeTenant()
    await f.db
      .insertInto('grants')
      .values({ bot_id: t.bot.id, tenant_id: t.tenantId, epoch: 2, volume_id: t.volumeId, expires_at: new Date(Date.now() + 45_000) })
      .execute()
    const old = randomUUID()
    expect(
      await ingest(f, t.bot, old, [event(1, state('logged_out', 'logout_by_phone'), 1), event(2, incoming({ body: 'oi' }), 1)]),
    ).toMatchObject({ acked: 2, stored: 1 })
    expect(await botRow(t.bot.id)).toMatchObject({ state: 'starting' })
    await ingest(f, t.bot, t.volumeId, [event(1, state('logged_out', 'logout_by_phone'), 1)])
    expect(await botRow(t.bot.id)).toMatchObject({ state: 'starting' })
    await ingest(f, t.bot, t.volumeId, [event(2, state('connected', 'ready'), 2)])
    expect(await botRow(t.bot.id)).toMatchObject({ state: 'connected' })
  })
})
