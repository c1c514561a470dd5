import { randomUUID } from 'node:crypto'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { SAMPLE_FLOW } from '@zaptria/core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { takeCommands } from '../store/commands.ts'
import { linkUp } from '../store/link.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let tenant: string
let token: string
let key: string

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
  key = ((await http.call('POST', '/api/v1/api-keys', { name: 'k' })).body as { key: string }).key
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const made = await http.call('POST', '/api/v1/tenants', { name: 'Conversas', subscription: 'paid' })
  ;({ id: tenant, bot_token: token } = made.body as { id: string; bot_token: string })
})

type Listed<T> = { items: T[]; next: string | null }
type Talk = {
  id: string
  answering: string
  bot_resumes_at: string | null
  stuck: boolean
  unread: number
  contact: object
  last_message: object
}
type Said = { id: string; body: string; status: string; wa_id: string; author: string }

const at = (rest: string): string => `/api/v1/tenants/${tenant}${rest}`
let said = 0
/** A message from outside, by the seed's webhook: the shortest real way in. */
const hear = async (from: string, body: string, more: object = {}): Promise<void> => {
  const answer = await http.app.inject({
    method: 'POST',
    url: `/api/tenants/${tenant}/whatsapp/incoming`,
    headers: { 'x-bot-token': token },
    payload: { from, body, timestamp: Math.floor(Date.now() / 1000), type: 'chat', message_id: `IN${++said}`, ...more },
  })
  expect(answer.statusCode, answer.body).toBe(200)
}
const talks = async (query = ''): Promise<Talk[]> => ((await http.call('GET', at(`/conversations${query}`))).body as Listed<Talk>).items
const messages = async (talk: Talk): Promise<Said[]> =>
  ((await http.call('GET', at(`/conversations/${talk.id}/messages`))).body as Listed<Said>).items
const byKey = (url: string, payload: object) =>
  http.app.inject({ method: 'POST', url, payload, headers: { authorization: `Bearer ${key}` } })

describe('conversations', () => {
  it('begin with what a contact writes', async () => {
    await hear('5511911112222@c.us', 'oi', { push_name: 'Ana' })
    expect(await talks()).toMatchObject([
      {
        contact: { name: 'Ana', phone: '5511911112222', lid: null, group: null },
        chat_id: '5511911112222@c.us',
        answering: 'bot',
        unread: 1,
        stuck: false,
        unsent: false,
        last_message: { body: 'oi', from_me: false, type: 'chat' },
      },
    ])
    const [talk] = await talks()
    expect(await http.call('GET', at(`/conversations/${talk!.id}`))).toMatchObject({ status: 200, body: talk! })
    expect(await messages(talk!)).toMatchObject([{ body: 'oi', status: 'received', author: 'contact', from_me: false }])
  })

  it('are listed last changed first, without gap or double, and found by name and number', async () => {
    const people = ['Ana', 'Bia', 'Caio', 'Davi', 'Eva']
    for (const [nr, name] of people.entries()) await hear(`551191111000${nr}@c.us`, 'oi', { push_name: name })
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const answer: Listed<{ contact: { name: string } }> = (
        await http.call('GET', at(`/conversations?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`))
      ).body as never
      seen.push(...answer.items.map((each) => each.contact.name))
      cursor = answer.next
    }
    expect(seen).toEqual(people.toReversed())
    const found = async (q: string) => (await talks(`?q=${encodeURIComponent(q)}`)).map((each) => (each.contact as { name: string }).name)
    expect(await found('caI')).toEqual(['Caio'])
    expect(await found('11 91111-0003')).toEqual(['Davi'])
    expect(await found('%')).toEqual([])
    expect((await http.call('GET', at('/conversations?cursor=WyJ4IiwieSJd'))).status).toBe(400)
  })

  it('are listed by whether they are read and by who answers, page by page, together with a search', async () => {
    for (const [nr, name] of ['Ana', 'Bia', 'Caio', 'Davi'].entries()) await hear(`551191111000${nr}@c.us`, 'oi', { push_name: name })
    const [davi, , bia] = await talks()
    await http.call('POST', at(`/conversations/${davi!.id}/read`))
    await http.call('POST', at(`/conversations/${bia!.id}/answering`), { answering: 'person' })
    const found = async (query: string) => (await talks(query)).map((each) => (each.contact as { name: string }).name).toSorted()
    expect(await found('?unread=true')).toEqual(['Ana', 'Bia', 'Caio'])
    expect(await found('?unread=false')).toEqual(['Davi'])
    expect(await found('?answering=person')).toEqual(['Bia'])
    expect(await found('?answering=bot&unread=true&q=a')).toEqual(['Ana', 'Caio'])
    const { items, next } = (await http.call('GET', at('/conversations?unread=true&limit=2'))).body as Listed<Talk>
    const rest = (await http.call('GET', at(`/conversations?unread=true&limit=2&cursor=${next}`))).body as Listed<Talk>
    expect(new Set([...items, ...rest.items].map(({ id }) => id)).size).toBe(3)
    expect(rest.next).toBeNull()
    expect((await http.call('GET', at('/conversations?unread=maybe'))).status).toBe(400)
  })

  it('are marked as read without moving in the list', async () => {
    await hear('5511911110001@c.us', 'um')
    await hear('5511911110002@c.us', 'dois')
    const [second, first] = await talks()
    expect(await http.call('POST', at(`/conversations/${first!.id}/read`))).toMatchObject({ status: 200, body: { unread: 0 } })
    expect((await talks()).map((each) => [each.id, each.unread])).toEqual([
      [second!.id, 1],
      [first!.id, 0],
    ])
  })

  it('are taken over by a person’s message, and given back', async () => {
    await http.call('POST', at('/flow/versions'), { ...SAMPLE_FLOW, resume_after_minutes: 120 })
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    expect(await http.db.selectFrom('flow_runs').selectAll().where('tenant_id', '=', tenant).execute()).toHaveLength(1)
    const sent = await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'Já vou olhar.' })
    expect(sent).toMatchObject({
      status: 201,
      body: { author: 'person', status: 'queued', from_me: true, wa_id: expect.stringMatching(/^3EB0/) },
    })
    const [taken] = await talks()
    expect(taken).toMatchObject({ answering: 'person', unread: 0, last_message: { body: 'Já vou olhar.', from_me: true } })
    expect(Date.parse(taken!.bot_resumes_at!) - Date.now()).toBeGreaterThan(119 * 60_000)
    expect(await http.db.selectFrom('flow_runs').selectAll().where('tenant_id', '=', tenant).execute()).toHaveLength(0)
    const before = (await messages(talk!)).length
    await hear('5511911112222@c.us', 'obrigada')
    expect(await messages(talk!)).toHaveLength(before + 1)

    expect(await http.call('POST', at(`/conversations/${talk!.id}/answering`), { answering: 'bot' })).toMatchObject({
      status: 200,
      body: { answering: 'bot', bot_resumes_at: null },
    })
    await hear('5511911112222@c.us', 'oi de novo')
    expect((await messages(talk!)).length).toBeGreaterThan(before + 2)
  })

  it('that are stuck are freed by giving them back, and the alarm with the last of them', async () => {
    await hear('5511911112222@c.us', 'oi')
    await hear('5511911113333@c.us', 'oi')
    const bot = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
    await http.db.updateTable('conversations').set({ stuck: true }).where('tenant_id', '=', tenant).execute()
    const { raiseAlert } = await import('../store/alerts.ts')
    await raiseAlert(http.db, { kind: 'conversation_stuck', severity: 'warning', subject: bot.id, tenantId: tenant, detail: null })
    const open = async () => {
      const answer = (await http.call('GET', '/api/v1/alerts?open=true')).body as Listed<{ tenant_id: string }>
      return answer.items.filter((each) => each.tenant_id === tenant).length
    }
    const [one, other] = await talks()
    await http.call('POST', at(`/conversations/${one!.id}/answering`), { answering: 'bot' })
    expect(await open()).toBe(1)
    await http.call('POST', at(`/conversations/${other!.id}/answering`), { answering: 'bot' })
    expect(await open()).toBe(0)
    expect((await talks()).map((each) => each.stuck)).toEqual([false, false])
  })
})

describe('messages', () => {
  it('of programs leave the bot in charge and go after a person’s', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    const answer = await byKey(at(`/conversations/${talk!.id}/messages`), { body: 'Pedido enviado' })
    expect([answer.statusCode, answer.json().author]).toEqual([201, 'api'])
    expect((await talks())[0]).toMatchObject({ answering: 'bot', unread: 1 })
    await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'eu' })
    const rows = await http.db
      .selectFrom('messages')
      .selectAll()
      .where('tenant_id', '=', tenant)
      .where('from_me', '=', true)
      .orderBy('seq')
      .execute()
    expect(rows[1]!.priority).toBeGreaterThan(rows[0]!.priority)
    for (const row of rows) expect(row.expires_at!.getTime() - Date.now()).toBeGreaterThan(23 * 3600_000)
    const keys = await http.db
      .selectFrom('message_keys')
      .select('wa_id')
      .where('tenant_id', '=', tenant)
      .where('from_me', '=', true)
      .execute()
    expect(keys.map((each) => each.wa_id).toSorted()).toEqual(rows.map((each) => each.wa_id!).toSorted())
  })

  it('open a conversation with a number that is new, and find the one that is not', async () => {
    const first = await byKey(at('/messages'), { to: '+55 11 91111-2222', body: 'Olá' })
    expect(first.statusCode, first.body).toBe(201)
    await hear('5511911112222@c.us', 'oi', { push_name: 'Ana' })
    const again = await byKey(at('/messages'), { to: '5511911112222@c.us', body: 'Tudo bem?' })
    expect(again.json().conversation_id).toBe(first.json().conversation_id)
    expect(await talks()).toHaveLength(1)
    expect((await messages((await talks())[0]!)).map((each) => each.body)).toEqual(['Tudo bem?', 'oi', 'Olá'])
    for (const to of ['hello', '0011', '123@nowhere']) {
      const wrong = await byKey(at('/messages'), { to, body: 'x' })
      expect([wrong.statusCode, wrong.json().code], to).toEqual([422, 'invalid_phone'])
    }
  })

  it('sent twice with the same key are one', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    const send = () => http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'uma vez' }, { 'idempotency-key': 'm-1' })
    const answers = await Promise.all([send(), send(), send()])
    expect(new Set(answers.map((each) => (each.body as Said).id)).size).toBe(1)
    expect((await messages(talk!)).filter((each) => each.body === 'uma vez')).toHaveLength(1)
  })

  it('are cancelled while they wait, and only then', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    const sent = (await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'ops' })).body as Said
    const cancel = (id: string) => http.call('DELETE', at(`/conversations/${talk!.id}/messages/${id}`))
    expect(await cancel(sent.id)).toMatchObject({ status: 200, body: { id: sent.id, status: 'cancelled' } })
    expect(await cancel(sent.id)).toMatchObject({ status: 200, body: { id: sent.id, status: 'cancelled', change: null } })
    await http.db.updateTable('messages').set({ status: 'expired' }).where('id', '=', sent.id).execute()
    expect(await cancel(sent.id)).toMatchObject({ status: 409, body: { code: 'not_cancellable' } })
    const [incoming] = (await messages(talk!)).filter((each) => each.body === 'oi')
    expect(await cancel(incoming!.id)).toMatchObject({ status: 409, body: { code: 'not_deletable' } })
    expect(await cancel('0192f0c1-0000-7000-8000-000000000000')).toMatchObject({ status: 404, body: { code: 'message_not_found' } })
    expect(await cancel('nonsense')).toMatchObject({ status: 404, body: { code: 'message_not_found' } })
  })

  it('are either cancelled or handed to the bot, never both, when both are asked for at once', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    const linkId = randomUUID()
    const volumeId = randomUUID()
    const { id } = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
    const bot = { id, tenantId: tenant }
    await linkUp(http.db, bot, { volumeId, bootId: randomUUID(), replicaId: randomUUID(), linkId })
    await http.db.updateTable('bots').set({ state: 'connected', transport: 'link' }).where('id', '=', id).execute()
    const cancelled = new Set<string>()
    const handed = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const sent = (await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: `corrida ${round}` })).body as Said
      const [answer, [taken]] = await Promise.all([
        http.call('DELETE', at(`/conversations/${talk!.id}/messages/${sent.id}`)),
        takeCommands(http.db, [{ bot, linkId, volumeId }]),
      ])
      // What the bot has by then is to be deleted for everyone instead, once WhatsApp has it.
      expect(answer.status).toBe(200)
      const said = answer.body as Said & { change: { kind: string } | null }
      if (said.status === 'cancelled') cancelled.add(sent.id)
      else expect(said).toMatchObject({ status: 'handed', change: { kind: 'revoke' } })
      for (const command of taken ?? []) handed.add(command.id)
    }
    expect([...cancelled].filter((id) => handed.has(id))).toEqual([])
    expect(cancelled.size + handed.size).toBe(12)
    const ended = await messages(talk!)
    for (const each of ended) if (each.body.startsWith('corrida')) expect(each.status).toBe(cancelled.has(each.id) ? 'cancelled' : 'handed')
  })

  it('wait for their time, silence nobody until then, and are cancelled', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    const send = (more: object) => http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'Bom dia!', ...more })
    const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
    const send_at = inMs(3600_000)
    const sent = await send({ send_at, expires_in_seconds: 600 })
    expect(sent).toMatchObject({ status: 201, body: { status: 'scheduled', send_at } })
    expect(Date.parse((sent.body as { expires_at: string }).expires_at)).toBe(Date.parse(send_at) + 600_000)
    expect(await talks()).toMatchObject([{ answering: 'bot', unread: 1, last_message: { body: 'oi' } }])
    expect((await messages(talk!)).map((each) => each.status)).toEqual(['scheduled', 'received'])
    const patient = (await send({ send_at })).body as Said & { expires_at: string }
    expect(Date.parse(patient.expires_at)).toBe(Date.parse(send_at) + 24 * 3600_000)
    await http.call('DELETE', at(`/conversations/${talk!.id}/messages/${patient.id}`))
    const { id } = sent.body as Said
    const cancelled = await http.call('DELETE', at(`/conversations/${talk!.id}/messages/${id}`))
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', send_at: null } })
    const wrong = { status: 400, body: { code: 'validation_failed', errors: [{ path: 'send_at' }] } }
    for (const past of [inMs(-61_000), inMs(370 * 86_400_000), 'amanhã']) expect(await send({ send_at: past })).toMatchObject(wrong)
    // A clock that is a little ahead of ours means now.
    expect(await send({ send_at: inMs(-1000) })).toMatchObject({ status: 201, body: { status: 'queued', send_at: null } })
    const local = await send({ send_at: '2027-01-01T09:00:00-03:00' })
    expect(local).toMatchObject({ status: 201, body: { send_at: '2027-01-01T12:00:00.000Z' } })
  })

  it('are paged newest first', async () => {
    for (let nr = 0; nr < 5; nr++) await hear('5511911112222@c.us', `m${nr}`)
    const [talk] = await talks()
    const first = (await http.call('GET', at(`/conversations/${talk!.id}/messages?limit=3`))).body as Listed<Said>
    await hear('5511911112222@c.us', 'm5')
    const rest = (await http.call('GET', at(`/conversations/${talk!.id}/messages?limit=3&cursor=${first.next}`))).body as Listed<Said>
    expect([...first.items, ...rest.items].map((each) => each.body)).toEqual(['m4', 'm3', 'm2', 'm1', 'm0'])
    expect(rest.next).toBeNull()
  })

  it('need a bot that is to come back, and words', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    expect((await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: '' })).status).toBe(400)
    await http.call('POST', at('/bot/stop'))
    expect((await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'espera' })).status).toBe(201)
    await http.call('DELETE', at('/bot'))
    expect(await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'nunca' })).toMatchObject({
      status: 409,
      body: { code: 'bot_not_running' },
    })
    const poor = (await http.call('POST', '/api/v1/tenants', { name: 'Sem bot' })).body as { id: string }
    expect(await http.call('POST', `/api/v1/tenants/${poor.id}/messages`, { to: '5511911112222', body: 'x' })).toMatchObject({
      status: 404,
      body: { code: 'bot_not_found' },
    })
  })
})

describe('a message of which nobody can tell whether it left', () => {
  it('says so, and what is known of it', async () => {
    await hear('5511911112222@c.us', 'oi')
    const [talk] = await talks()
    const { id } = (await http.call('POST', at(`/conversations/${talk!.id}/messages`), { body: 'Olá' })).body as Said
    const unknown = { status: 'unknown', failure_detail: 'nobody heard how the attempt ended' } as const
    await http.db.updateTable('messages').set(unknown).where('id', '=', id).execute()
    const failure = { reason: 'unconfirmed', detail: 'nobody heard how the attempt ended' }
    expect((await messages(talk!))[0]).toMatchObject({ id, status: 'unknown', failure })
  })
})

describe('two contacts that are learnt to be one', () => {
  it('leave one conversation, which answers to both ids', async () => {
    const [ana, lid] = ['5511911112222@c.us', '99887766554433@lid']
    await hear(ana, 'pelo número')
    await hear(lid, 'pelo LID')
    const before = await talks()
    expect(before).toHaveLength(2)
    await hear(ana, 'sou eu', { chat_id: lid })
    const [kept, ...others] = await talks()
    expect(others).toEqual([])
    const gone = before.find(({ id }) => id !== kept!.id)!
    expect((await http.call('GET', at(`/conversations/${gone.id}`))).body).toEqual(kept)
    expect((await messages(gone)).map(({ body }) => body)).toEqual(['sou eu', 'pelo LID', 'pelo número'])
    // What somebody writes in a window that was open before is not lost.
    const sent = await http.call('POST', at(`/conversations/${gone.id}/messages`), { body: 'Olá, Ana' })
    expect(sent).toMatchObject({ status: 201, body: { conversation_id: kept!.id } })
    const { id } = sent.body as Said
    expect(await http.call('DELETE', at(`/conversations/${gone.id}/messages/${id}`))).toMatchObject({ status: 200 })
    expect(await http.call('POST', at(`/conversations/${gone.id}/read`))).toMatchObject({ body: { id: kept!.id, unread: 0 } })
    expect(await http.call('POST', at(`/conversations/${gone.id}/answering`), { answering: 'bot' })).toMatchObject({
      body: { id: kept!.id, answering: 'bot' },
    })
  })
})

describe('another tenant', () => {
  it('finds nothing of this one under its own address', async () => {
    await hear('5511911112222@c.us', 'segredo')
    const [talk] = await talks()
    const [message] = await messages(talk!)
    const version = (await http.call('POST', at('/flow/versions'), SAMPLE_FLOW)).body as { id: string }
    const other = (await http.call('POST', '/api/v1/tenants', { name: 'Outra', subscription: 'paid' })).body as { id: string }
    const there = `/api/v1/tenants/${other.id}`
    const cases: [method: 'GET' | 'POST' | 'DELETE', path: string, body: object | undefined, code: string][] = [
      ['GET', `/conversations/${talk!.id}`, undefined, 'conversation_not_found'],
      ['GET', `/conversations/${talk!.id}/messages`, undefined, 'conversation_not_found'],
      ['POST', `/conversations/${talk!.id}/messages`, { body: 'x' }, 'conversation_not_found'],
      ['POST', `/conversations/${talk!.id}/read`, undefined, 'conversation_not_found'],
      ['POST', `/conversations/${talk!.id}/answering`, { answering: 'person' }, 'conversation_not_found'],
      ['DELETE', `/conversations/${talk!.id}/messages/${message!.id}`, undefined, 'conversation_not_found'],
      ['POST', `/flow/versions/${version.id}/activate`, undefined, 'flow_version_not_found'],
      ['GET', '/flow', undefined, 'flow_version_not_found'],
    ]
    for (const [method, path, body, code] of cases)
      expect(await http.call(method, there + path, body), `${method} ${path}`).toMatchObject({ status: 404, body: { code } })
    for (const list of ['/conversations', '/flow/versions', '/bot/states'])
      expect(await http.call('GET', there + list), list).toMatchObject({ status: 200, body: { items: [], next: null } })
    expect((await talks())[0]).toMatchObject({ answering: 'bot', unread: 1 })
  })
})
