import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { UNKNOWN_COMMAND, type BotCommand, type Message } from '@zaptria/contract'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { refuseAllButText, takeAttempts } from '../due/send/take.ts'
import { commandReplied, takeCommands } from '../store/commands.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

const ANA = '5511911112222'
const CARD = `BEGIN:VCARD\nVERSION:3.0\nFN:Bia\nTEL;waid=5511922223333:+5511922223333\nEND:VCARD`
const PLACE = { kind: 'location', latitude: -23.56, longitude: -46.65, name: 'MASP', address: 'Av. Paulista, 1578' }

let database: TestDatabase
let http: TestHttp
let tenant: string
let token: string

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const made = await http.call('POST', '/api/v1/tenants', { name: 'Conteúdo', subscription: 'paid' })
  ;({ id: tenant, bot_token: token } = made.body as { id: string; bot_token: string })
})

const at = (rest: string): string => `/api/v1/tenants/${tenant}${rest}`
const hear = async (payload: object): Promise<{ statusCode: number; body: string }> =>
  http.app.inject({
    method: 'POST',
    url: `/api/tenants/${tenant}/whatsapp/incoming`,
    headers: { 'x-bot-token': token },
    payload: { from: `${ANA}@c.us`, body: '', timestamp: Math.floor(Date.now() / 1000), type: 'chat', ...payload },
  })
type Talk = { id: string; last_message: object }
const talks = async (): Promise<Talk[]> => ((await http.call('GET', at('/conversations'))).body as { items: Talk[] }).items
const talk = async (): Promise<string> => (await talks())[0]!.id
const messages = async (id?: string): Promise<Message[]> =>
  ((await http.call('GET', at(`/conversations/${id ?? (await talk())}/messages`))).body as { items: Message[] }).items
const send = async (body: object) => http.call('POST', at(`/conversations/${await talk()}/messages`), body)
const sent = async (body: object): Promise<Message> => {
  const answer = await send(body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body as Message
}
const bot = async () => {
  const { id } = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
  return { id, tenantId: tenant }
}
const commands = async (): Promise<Extract<BotCommand, { kind: 'send' }>[]> => {
  const linkId = randomUUID()
  const whose = await bot()
  await http.db.updateTable('bots').set({ state: 'connected', link_id: linkId }).where('id', '=', whose.id).execute()
  const [taken] = await takeCommands(http.db, [{ bot: whose, linkId, volumeId: randomUUID() }])
  return taken!.flatMap(({ command }) => (command.kind === 'send' ? [command] : []))
}

describe('content that comes in', () => {
  it.each<[what: string, said: object, content: object, body: string]>([
    ['a place', { type: 'location', content: PLACE }, PLACE, 'MASP\nAv. Paulista, 1578'],
    [
      'cards',
      { type: 'multi_vcard', content: { kind: 'contacts', contacts: [{ name: 'Bia', vcard: CARD }] } },
      { kind: 'contacts', contacts: [{ name: 'Bia', vcard: CARD }] },
      'Bia',
    ],
    [
      'a card as whatsapp-web.js says it',
      { type: 'vcard', body: CARD },
      { kind: 'contacts', contacts: [{ name: 'Bia', vcard: CARD }] },
      'Bia',
    ],
    [
      'a poll',
      { type: 'poll_creation', body: 'Dia?', content: { kind: 'poll', question: 'Dia?', options: ['a', 'b'], max_choices: 2 } },
      { kind: 'poll', question: 'Dia?', options: ['a', 'b'], max_choices: 2 },
      'Dia?',
    ],
  ])('is kept and shown, with its words in the list: %s', async (_, said, content, body) => {
    expect((await hear({ message_id: 'IN1', ...said })).statusCode).toBe(200)
    expect(await messages()).toMatchObject([{ content, body, media: null, quoted: null, quoted_message: null }])
    expect(await talks()).toMatchObject([{ last_message: { body, type: (said as { type: string }).type } }])
  })

  it('that makes no sense is refused, and what only a newer bot knows is left out', async () => {
    expect((await hear({ content: { ...PLACE, latitude: 123 } })).statusCode).toBe(400)
    expect((await hear({ body: 'festa', type: 'event_creation', content: { kind: 'event', at: 1 } })).statusCode).toBe(200)
    expect(await messages()).toMatchObject([{ body: 'festa', type: 'event_creation', content: null }])
  })
})

describe('content to send', () => {
  beforeEach(async () => {
    await hear({ body: 'oi', message_id: 'HELLO' })
  })

  it('is queued, shown, and handed to the bot', async () => {
    expect(await sent({ type: 'location', latitude: 1.5, longitude: -2, name: 'Loja' })).toMatchObject({
      type: 'location',
      body: 'Loja',
      content: { kind: 'location', latitude: 1.5, longitude: -2, name: 'Loja' },
      status: 'queued',
    })
    expect(await talks()).toMatchObject([{ last_message: { body: 'Loja', type: 'location', from_me: true } }])
    const cards = await sent({ type: 'contact', contacts: [{ vcard: CARD }, { name: 'Ana', phone: ANA }] })
    expect(cards).toMatchObject({ type: 'multi_vcard', body: 'Bia, Ana' })
    await sent({ type: 'poll', question: 'Dia?', options: ['a', 'b'] })
    expect((await commands()).map(({ message, quoted }) => ({ message, quoted }))).toEqual([
      { message: { type: 'location', latitude: 1.5, longitude: -2, name: 'Loja' }, quoted: undefined },
      { message: { type: 'contact', contacts: (cards.content as { contacts: object[] }).contacts }, quoted: undefined },
      { message: { type: 'poll', question: 'Dia?', options: ['a', 'b'], max_choices: 1 }, quoted: undefined },
    ])
  })

  it('is told where it is wrong', async () => {
    expect(await send({ type: 'poll', question: 'q', options: ['a'] })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'options' }] },
    })
  })

  it('has failed, with a reason, when a bot of an older version does not know it', async () => {
    const { id } = await sent({ type: 'location', latitude: 1, longitude: 1 })
    expect(await commands()).toHaveLength(1)
    await commandReplied(http.db, await bot(), { id, ok: false, error: UNKNOWN_COMMAND })
    expect((await messages())[0]).toMatchObject({ id, status: 'failed', failure: { reason: 'unsupported', detail: UNKNOWN_COMMAND } })
  })

  it('is not sent as text by a foreign bot, and holds nothing behind it', async () => {
    const place = await sent({ type: 'location', latitude: 1, longitude: 1 })
    const text = await sent({ body: 'depois' })
    const whose = await bot()
    await http.db
      .updateTable('bots')
      .set({ transport: 'http', public_url: 'http://127.0.0.1:9', desired: 'running' })
      .where('id', '=', whose.id)
      .execute()
    expect((await takeAttempts(http.db, 100)).filter((one) => one.bot_id === whose.id).map(({ id }) => id)).toEqual([text.id])
    await refuseAllButText({ db: http.db, hints: { changed: async () => undefined } })
    expect((await messages()).find(({ id }) => id === place.id)).toMatchObject({ status: 'failed', failure: { reason: 'unsupported' } })
  })
})

describe('an answer to a message', () => {
  it('shows what it answers, whoever wrote either', async () => {
    await hear({ body: 'onde fica?'.padEnd(400, '!'), message_id: 'Q1' })
    const [asked] = await messages()
    const reply = await sent({ body: 'aqui', reply_to: asked!.id })
    const quoted_message = { id: asked!.id, from_me: false, author: 'contact', sender: null, type: 'chat', body: asked!.body.slice(0, 300) }
    expect(reply).toMatchObject({ quoted: 'Q1', quoted_message })
    await hear({ body: 'obrigada', message_id: 'Q2', quoted: reply.wa_id })
    expect((await messages())[0]).toMatchObject({
      body: 'obrigada',
      quoted_message: { id: reply.id, from_me: true, author: 'person', body: 'aqui' },
    })
    await hear({ body: 'perdida', message_id: 'Q3', quoted: 'GONE' })
    expect((await messages())[0]).toMatchObject({ body: 'perdida', quoted: 'GONE', quoted_message: null })
  })

  it('shows who of a group wrote what it answers', async () => {
    const chat_id = '120363000000000002@g.us'
    await hear({ body: 'quem vai?', message_id: 'G2', chat_id, push_name: 'Bia' })
    const conversation = await talk()
    await hear({ body: 'eu', message_id: 'G3', chat_id, quoted: 'G2' })
    const [answer, asked] = await messages(conversation)
    expect(asked!.sender).toEqual({ id: `${ANA}@c.us`, phone: ANA, name: 'Bia' })
    expect(answer!.quoted_message).toMatchObject({ id: asked!.id, sender: asked!.sender })
  })

  it('names the key of it to the bot: of the contact, of ours, of a person in a group', async () => {
    await hear({ body: 'um', message_id: 'Q1' })
    const [asked] = await messages()
    const first = await sent({ body: 'dois', reply_to: asked!.id })
    await sent({ type: 'location', latitude: 1, longitude: 1, reply_to: first.id })
    const chat_id = `${ANA}@c.us`
    expect((await commands()).map(({ quoted }) => quoted)).toEqual([
      { wa_id: 'Q1', chat_id, from_me: false, sender: chat_id },
      { wa_id: first.wa_id, chat_id, from_me: true, sender: chat_id },
    ])
    const group = '120363000000000001@g.us'
    await hear({ body: 'turma', message_id: 'G1', chat_id: group })
    const conversation = await talk()
    const [said] = await messages(conversation)
    await sent({ body: 'eu', reply_to: said!.id })
    expect((await commands()).map(({ quoted }) => quoted)).toEqual([{ wa_id: 'G1', chat_id: group, from_me: false, sender: chat_id }])
  })

  it('is refused where there is no such message in the conversation, or it is not in WhatsApp', async () => {
    await hear({ from: '5511955556666@c.us', body: 'outra conversa', message_id: 'O1' })
    const [elsewhere] = await messages()
    await hear({ body: 'oi', message_id: 'Q1', timestamp: Math.floor(Date.now() / 1000) + 5 })
    for (const reply_to of [elsewhere!.id, randomUUID()])
      expect(await send({ body: 'x', reply_to })).toMatchObject({ status: 422, body: { code: 'quoted_not_found' } })
    const later = await sent({ body: 'depois', send_at: new Date(Date.now() + 3_600_000).toISOString() })
    expect(await send({ body: 'x', reply_to: later.id })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('scheduled') },
    })
    expect(await send({ body: 'x', reply_to: 'Q1' })).toMatchObject({ status: 400, body: { errors: [{ path: 'reply_to' }] } })
  })
})
