import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { endChanges } from '../due/changes.ts'
import { ingest } from '../ingest/index.ts'
import { commandReplied, takeCommands } from '../store/commands.ts'
import { linkedStates, linkUp } from '../store/link.ts'
import { event, incoming } from '../testing/fixture.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let bot: { id: string; tenantId: string }
let chat: string
let seq: number
let volumeId: string
let linkId: string
const hints = { changed: () => Promise.resolve() }

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const tenant = ((await http.call('POST', '/api/v1/tenants', { name: 'Mudanças', subscription: 'paid' })).body as { id: string }).id
  const { id } = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
  bot = { id, tenantId: tenant }
  seq = 0
  volumeId = randomUUID()
  linkId = randomUUID()
  await hear(incoming({ body: 'oi' }))
  const conversation = await http.db.selectFrom('conversations').select('id').where('bot_id', '=', id).executeTakeFirstOrThrow()
  chat = `/api/v1/tenants/${tenant}/conversations/${conversation.id}/messages`
  await linked()
})

const hear = (...bodies: Parameters<typeof event>[1][]) =>
  ingest(
    { db: http.db, hints },
    bot,
    volumeId,
    bodies.map((body) => event((seq += 1), body)),
  )
const linked = async () => {
  await linkUp(http.db, bot, { volumeId, bootId: volumeId, replicaId: volumeId, linkId })
  await http.db.updateTable('bots').set({ state: 'connected' }).where('id', '=', bot.id).execute()
}
const take = async () => (await takeCommands(http.db, [{ bot, linkId, volumeId }]))[0]!.map(({ command }) => command)
const waits = async () => (await linkedStates(http.db, [bot.id]))[0]!.work

type Seen = {
  id: string
  body: string
  status: string
  change: { id: string; kind: string; status: string; failure: object | null } | null
  reactions: object[]
  deleted_at: string | null
}
const list = async (): Promise<Seen[]> => ((await http.call('GET', chat)).body as { items: Seen[] }).items
const said = async (body: string): Promise<Seen> => (await list()).find((each) => each.body === body)!
/** One of ours, as far as WhatsApp. */
const sent = async (body: string): Promise<Seen> => {
  const { id, wa_id } = (await http.call('POST', chat, { body })).body as { id: string; wa_id: string }
  await take()
  await hear({ kind: 'ack', wa_id, chat_id: '5511988887777@c.us', ack: 1 })
  return (await list()).find((each) => each.id === id)!
}
const ask = async (method: 'PUT' | 'PATCH' | 'DELETE', path: string, body?: object, headers?: Record<string, string>) => {
  const answer = await http.call(method, `${chat}/${path}`, body, headers)
  return { status: answer.status, body: answer.body as Seen & { code: string } }
}
const ago = (id: string, minutes: number) =>
  http.db
    .updateTable('messages')
    .set({ wa_at: sql<Date>`now() - make_interval(mins => ${minutes})`, page_at: null })
    .where('id', '=', id)
    .execute()

describe('what is asked of a message that was sent', () => {
  it('is handed to the bot, and shown once it is done', async () => {
    const message = await sent('ola')
    const first = await ask('PATCH', message.id, { body: 'olá' })
    expect(first).toMatchObject({ status: 200, body: { body: 'ola', change: { kind: 'edit', status: 'queued', failure: null } } })
    expect(await waits()).toBe(true)
    const [command] = await take()
    expect(command).toMatchObject({
      kind: 'edit',
      body: 'olá',
      target: { chat_id: '5511988887777@c.us', from_me: true },
      alias_chat_id: null,
    })
    expect([await take(), await waits()]).toEqual([[], false])
    await hear({ kind: 'change_result', change_id: first.body.change!.id, outcome: 'done' })
    expect(await said('olá')).toMatchObject({ id: message.id, change: null, edited_at: expect.any(String) })
  })

  it('is handed in the order asked, one at a time, and again to the next link', async () => {
    const message = await sent('um')
    await ask('PATCH', message.id, { body: 'dois' })
    await ask('PATCH', message.id, { body: 'três' })
    const [first, ...none] = await take()
    expect([first, none]).toMatchObject([{ kind: 'edit', body: 'dois' }, []])
    await linked()
    const [again] = await take()
    expect(again).toEqual({ ...first, expires_in_ms: expect.any(Number) })
    await hear({ kind: 'change_result', change_id: (again as { change_id: string }).change_id, outcome: 'done' })
    expect(await take()).toMatchObject([{ kind: 'edit', body: 'três' }])
  })

  it('waits for a message that has yet to leave, and fails with it', async () => {
    const { id, wa_id } = (await http.call('POST', chat, { body: 'ja vai' })).body as { id: string; wa_id: string }
    await take()
    await ask('PATCH', id, { body: 'já vai' })
    expect([await take(), await waits()]).toEqual([[], false])
    await hear({ kind: 'ack', wa_id, chat_id: '5511988887777@c.us', ack: 1 })
    expect(await take()).toMatchObject([{ kind: 'edit', body: 'já vai' }])

    const lost = (await http.call('POST', chat, { body: 'não vai' })).body as Seen & { wa_id: string }
    await take()
    await ask('PATCH', lost.id, { body: 'nunca' })
    await hear({ kind: 'send_result', message_id: lost.id, wa_id: lost.wa_id, outcome: 'failed', reason: 'not_on_whatsapp' })
    await endChanges({ db: http.db, hints })
    expect(await said('não vai')).toMatchObject({ change: { status: 'failed', failure: { reason: 'message_not_sent' } } })
  })

  it('happens once per Idempotency-Key, and once for what is so or asked for already', async () => {
    const message = await said('oi')
    const put = (emoji: string, key?: string) =>
      ask('PUT', `${message.id}/reaction`, { emoji }, key === undefined ? {} : { 'idempotency-key': key })
    const answers = [await put('👍', 'r-1'), await put('👍', 'r-1'), await put('👍'), await put('👍', 'r-2')]
    expect(new Set(answers.map((each) => each.body.change?.id)).size).toBe(1)
    const commands = await take()
    expect(commands).toMatchObject([{ kind: 'react', emoji: '👍', target: { from_me: false, sender: '5511988887777@c.us' } }])
    await hear({ kind: 'change_result', change_id: answers[0]!.body.change!.id, outcome: 'done' })
    expect(await put('👍')).toMatchObject({ status: 200, body: { change: null, reactions: [{ emoji: '👍', from_me: true }] } })
    await ask('DELETE', `${message.id}/reaction`)
    expect(await take()).toMatchObject([{ kind: 'react', emoji: '' }])
  })

  it('deletes for everyone', async () => {
    const message = await sent('ops')
    expect(await ask('DELETE', message.id)).toMatchObject({ status: 200, body: { deleted_at: null, change: { kind: 'revoke' } } })
    await ask('DELETE', message.id)
    const commands = await take()
    expect(commands).toMatchObject([{ kind: 'revoke' }])
    await hear({ kind: 'change_result', change_id: (commands[0] as { change_id: string }).change_id, outcome: 'done' })
    const gone = (await list()).find((each) => each.id === message.id)!
    expect(gone).toMatchObject({ body: '', deleted_at: expect.any(String), change: null })
    expect(await ask('PATCH', message.id, { body: 'x' })).toMatchObject({ status: 409, body: { code: 'message_deleted' } })
    expect(await ask('DELETE', message.id)).toMatchObject({ status: 200 })
    expect((await http.call('GET', chat.replace('/messages', ''))).body).toMatchObject({ last_message: { body: '', type: 'revoked' } })
  })

  it('has failed when the bot does not know such a command, or nothing is heard in time', async () => {
    const message = await sent('velho')
    const { change } = (await ask('DELETE', message.id)).body
    await take()
    await commandReplied(http.db, bot, { id: change!.id, ok: false, error: 'This bot does not know such a command.' })
    expect((await said('velho')).change).toMatchObject({ status: 'failed', failure: { reason: 'unsupported' } })
    await ask('DELETE', message.id)
    await http.db
      .updateTable('message_changes')
      .set({ expires_at: new Date(0) })
      .where('status', '=', 'queued')
      .execute()
    await endChanges({ db: http.db, hints })
    expect((await said('velho')).change).toMatchObject({ status: 'expired', failure: { reason: 'expired' } })
  })

  it.each([
    ['an edit of what somebody else wrote', 'PATCH', 'oi', 0, 'not_editable'],
    ['deleting what somebody else wrote', 'DELETE', 'oi', 0, 'not_deletable'],
    ['an edit after a quarter of an hour', 'PATCH', 'meu', 16, 'edit_too_late'],
    ['deleting after more than two days', 'DELETE', 'meu', 61 * 60, 'delete_too_late'],
  ] as const)('refuses %s', async (_, method, body, minutes, code) => {
    await sent('meu')
    const { id } = await said(body)
    if (minutes > 0) await ago(id, minutes)
    expect(await ask(method, id, method === 'PATCH' ? { body: 'x' } : undefined)).toMatchObject({ status: 409, body: { code } })
  })

  it('is refused for what was never sent, and of a bot that cannot', async () => {
    const cancelled = (await http.call('POST', chat, { body: 'fica' })).body as Seen
    await ask('DELETE', cancelled.id)
    expect(await ask('PUT', `${cancelled.id}/reaction`, { emoji: '👍' })).toMatchObject({ status: 409, body: { code: 'message_not_sent' } })
    const message = await said('oi')
    expect(await ask('PUT', `${message.id}/reaction`, { emoji: 'legal' })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed' },
    })
    await http.db.updateTable('bots').set({ transport: 'http', public_url: 'http://127.0.0.1:1' }).where('id', '=', bot.id).execute()
    expect(await ask('PUT', `${message.id}/reaction`, { emoji: '👍' })).toMatchObject({ status: 409, body: { code: 'change_unsupported' } })
  })
})
