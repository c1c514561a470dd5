import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../../ingest/index.ts'
import { createMetrics } from '../../metrics.ts'
import { lockBot, moveBot, rotateBotToken } from '../../store/bots.ts'
import { takeCommands } from '../../store/commands.ts'
import { lockConversation } from '../../store/answering.ts'
import type { OutgoingAuthor } from '../../store/messages.ts'
import { outgoing, insertMessages } from '../../store/messages.ts'
import { withTenant } from '../../store/with-tenant.ts'
import { event, fixture, incoming } from '../../testing/fixture.ts'
import type { Fixture } from '../../testing/fixture.ts'
import { expireMessages } from '../messages.ts'
import { startSender } from './index.ts'
import { giveUpAttempts, takeAttempts } from './take.ts'

let database: TestDatabase
let f: Fixture
const cleanups: (() => Promise<void>)[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
  await f.hints.start()
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
  // What one test leaves waiting is not the next one's to send.
  await sql`update messages set status = 'cancelled' where status in ('queued', 'handed')`.execute(f.db)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

type Asked = { headers: IncomingHttpHeaders; body: { token: string; to: string; message: string }; path: string }
type Answerer = (asked: Asked, response: ServerResponse) => void
const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

/** A bot that knows the seed and nothing else of us. */
async function foreignBot(answer: Answerer = (_, response) => json(response, 200, { success: true })) {
  const state = { asked: [] as Asked[], answer, open: 0, mostOpen: 0 }
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      const asked: Asked = { headers: request.headers, body: JSON.parse(text) as Asked['body'], path: request.url ?? '' }
      state.asked.push(asked)
      state.open += 1
      state.mostOpen = Math.max(state.mostOpen, state.open)
      response.on('close', () => (state.open -= 1))
      state.answer(asked, response)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise((done) => server.close(done))
  }
  cleanups.push(stop)
  return {
    state,
    stop,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    said: () => state.asked.map((one) => one.body.message),
  }
}

function sender(timings = { connectMs: 5_000, answerMs: 5_000 }) {
  const running = startSender({ ...f, log: pino({ level: 'silent' }), metrics: createMetrics(), timings })
  cleanups.push(() => running.close())
  return running
}

/** A tenant whose bot is elsewhere, with a conversation for each phone number. */
async function shop(publicUrl: string, phones = ['5511988887777']) {
  const t = await f.makeTenant({ transport: 'http', publicUrl })
  for (const phone of phones) await ingest(f, t.bot, null, [event(1, incoming({ body: 'oi', chat_id: `${phone}@c.us` }))])
  const queue = (body: string, author: OutgoingAuthor = 'api', phone = phones[0]!): Promise<string> =>
    withTenant(f.db, t.tenantId, async (trx) => {
      const conversation = await trx
        .selectFrom('conversations')
        .selectAll()
        .where('chat_id', '=', `${phone}@c.us`)
        .executeTakeFirstOrThrow()
      const { id } = conversation
      await lockConversation(trx, id)
      const message = outgoing({ conversation, author, body, nowMs: Date.now() })
      await insertMessages(trx, [message])
      await f.hints.changed(trx, { noun: 'message', id, tenant_id: t.tenantId, version: '1' })
      return message.id
    })
  const message = (id: string) => f.db.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  const reaches = (id: string, status: string) =>
    waitFor(async () => (await message(id)).status === status && (await message(id)), { what: `the message to be ${status}` })
  return { ...t, queue, message, reaches }
}

describe('a message for a foreign bot', () => {
  it('is posted with the tenant’s token and an Idempotency-Key, and accepted under the id that the bot says', async () => {
    const bot = await foreignBot((_, response) => json(response, 200, { success: true, message_id: 'true_5511988887777@c.us_3EB0ABC' }))
    const t = await shop(`${bot.url}/bots/7/`)
    sender()
    const id = await t.queue('bom dia')
    expect(await t.reaches(id, 'accepted')).toMatchObject({ wa_id: '3EB0ABC', attempt: 1, failure_reason: null, due_at: null })
    expect(bot.state.asked).toMatchObject([
      { path: '/bots/7/send', body: { token: t.token, to: '5511988887777@c.us', message: 'bom dia' }, headers: { 'idempotency-key': id } },
    ])
    // The bot reports what it sent as the owner's: that is no second message, and nobody took over.
    await ingest(f, t.bot, null, [event(1, incoming({ body: 'bom dia', chat_id: '5511988887777@c.us', from_me: true, wa_id: '3EB0ABC' }))])
    const rows = await f.db.selectFrom('messages').select('author').where('bot_id', '=', t.bot.id).where('from_me', '=', true).execute()
    expect(rows).toEqual([{ author: 'api' }])
  })

  it.each<[what: string, answer: Answerer, expected: object]>([
    [
      'not on WhatsApp',
      (_, r) => json(r, 422, { error: 'No such number' }),
      { failure_reason: 'not_on_whatsapp', failure_detail: 'No such number' },
    ],
    ['too long', (_, r) => json(r, 413, { error: 'Too long' }), { failure_reason: 'too_large', failure_detail: 'Too long' }],
    ['refused', (_, r) => json(r, 400, { error: 'to: bad\0' }), { failure_reason: 'engine_error', failure_detail: 'to: bad' }],
    ['broken there', (_, r) => json(r, 500, { error: 'page crashed' }), { failure_reason: 'engine_error', failure_detail: 'page crashed' }],
    ['echoing its token', (a, r) => json(r, 400, { error: `bad ${a.body.token}` }), { failure_detail: 'bad …' }],
    [
      'sent elsewhere',
      (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      { failure_detail: 'the bot answered 302' },
    ],
  ])('fails when it is %s, and is not tried again', async (_, answer, expected) => {
    const bot = await foreignBot(answer)
    const t = await shop(bot.url)
    sender()
    const id = await t.queue('x')
    expect(await t.reaches(id, 'failed')).toMatchObject({ attempt: 1, ...expected })
    await t.reaches(await t.queue('y'), 'failed')
    expect(bot.said()).toEqual(['x', 'y'])
  })

  it.each<[what: string, status: number]>([
    ['is not connected', 503],
    ['waits for its scan', 409],
    ['has too much to do', 429],
  ])('waits when the bot %s (%i), and is sent later', async (_, status) => {
    let refusals = 2
    const bot = await foreignBot((_asked, response) => {
      if (refusals-- > 0) json(response, status, { error: 'not now' })
      else json(response, 200, { success: true })
    })
    const t = await shop(bot.url)
    sender()
    const id = await t.queue('x')
    expect(await t.reaches(id, 'accepted')).toMatchObject({ attempt: 3 })
    expect(bot.said()).toEqual(['x', 'x', 'x'])
  })

  it('waits as long as Retry-After says', async () => {
    const bot = await foreignBot((_, response) => json(response, 429, { error: 'slow down' }, { 'retry-after': '300' }))
    const t = await shop(bot.url)
    sender()
    const id = await t.queue('x')
    const row = await waitFor(
      async () => (await t.message(id)).due_at !== null && (await t.message(id)).status === 'queued' && (await t.message(id)),
      {
        what: 'the answer to be written down',
      },
    )
    const left = await sql<{ s: number }>`select extract(epoch from due_at - now())::float8 as s from messages where id = ${id}`.execute(
      f.db,
    )
    expect(row).toMatchObject({ failure_detail: 'slow down', attempt: 1 })
    expect(left.rows[0]!.s).toBeGreaterThan(290)
    expect(left.rows[0]!.s).toBeLessThan(302)
  })

  it('waits while nobody listens at the address or nobody knows its name, and expires in the end', async () => {
    const bot = await foreignBot()
    await bot.stop()
    const nobody = await shop(bot.url)
    const unknown = await shop('https://no-such-bot.invalid')
    sender()
    const ids = [await nobody.queue('x'), await unknown.queue('x')]
    for (const id of ids)
      await waitFor(async () => (await nobody.message(id)).failure_detail !== null && (await nobody.message(id)).status === 'queued', {
        what: 'an attempt that sent nothing',
        timeoutMs: 20_000,
      })
    expect((await nobody.message(ids[0]!)).failure_detail).toMatch(/ECONNREFUSED/)
    await sql`update messages set expires_at = now() where id = any(${ids}::uuid[])`.execute(f.db)
    // One may be on its way just now.
    await waitFor(
      async () => (await expireMessages(f), (await Promise.all(ids.map(nobody.message))).every((row) => row.status === 'expired')),
      {
        what: 'both to expire',
      },
    )
  })

  it.each<[what: string, answer: Answerer]>([
    ['never answers', () => undefined],
    ['breaks off', (_, response) => void response.socket?.destroy()],
    [
      'breaks off within its answer',
      (_, r) => void (r.writeHead(200, { 'content-length': '99' }), r.write('{"success"'), setTimeout(() => r.socket?.destroy(), 20)),
    ],
    ['answers in HTML', (_, response) => void response.writeHead(200).end('<h1>Hello</h1>')],
    ['is behind a proxy that gave up', (_, response) => json(response, 504, { error: 'timeout' })],
  ])('is unknown when the bot %s, and is never sent again', async (_, answer) => {
    const bot = await foreignBot(answer)
    const t = await shop(bot.url)
    sender({ connectMs: 5_000, answerMs: 300 })
    const first = await t.queue('x')
    expect(await t.reaches(first, 'unknown')).toMatchObject({ attempt: 1, due_at: null, failure_detail: expect.any(String) })
    // The chat waits for it, but not for ever.
    const second = await t.queue('y')
    bot.state.answer = (_asked, response) => json(response, 200, { success: true })
    await sql`update messages set updated_at = now() - interval '58 seconds' where id = ${first}`.execute(f.db)
    expect(await takeAttempts(f.db, 10)).toEqual([])
    await sql`update messages set updated_at = now() - interval '61 seconds' where id = ${first}`.execute(f.db)
    await t.reaches(second, 'accepted')
    expect(bot.said()).toEqual(['x', 'y'])
    expect(await t.message(first)).toMatchObject({ status: 'unknown', attempt: 1 })
  })

  it('waits, with an alert, while the bot does not know the token that was rotated here', async () => {
    let knows = ''
    const bot = await foreignBot((asked, r) =>
      asked.body.token === knows ? json(r, 200, { success: true }) : json(r, 401, { error: 'Unauthorized' }),
    )
    const t = await shop(bot.url)
    knows = t.token
    sender()
    await t.reaches(await t.queue('with the first'), 'accepted')
    const rotated = await f.db.transaction().execute(async (trx) => rotateBotToken(trx, f.secrets, (await lockBot(trx, t.tenantId))!))
    const id = await t.queue('with the second')
    const alert = () =>
      f.db.selectFrom('alerts').selectAll().where('tenant_id', '=', t.tenantId).where('kind', '=', 'sink_paused').executeTakeFirst()
    expect(await waitFor(alert, { what: 'the alert' })).toMatchObject({
      resolved_at: null,
      detail: expect.stringContaining('Unauthorized'),
    })
    knows = rotated.token
    await t.reaches(id, 'accepted')
    expect(bot.state.asked.at(-1)!.body.token).toBe(rotated.token)
    expect(await alert()).toMatchObject({ resolved_at: expect.any(Date) })
  })

  it('waits while the bot is stopped', async () => {
    const bot = await foreignBot()
    const t = await shop(bot.url)
    await f.db.updateTable('bots').set({ desired: 'stopped' }).where('id', '=', t.bot.id).execute()
    const id = await t.queue('x')
    expect(await takeAttempts(f.db, 10)).toEqual([])
    await f.db.updateTable('bots').set({ desired: 'running' }).where('id', '=', t.bot.id).execute()
    sender()
    await t.reaches(id, 'accepted')
  })
})

describe('messages for a foreign bot', () => {
  it('go in order in each chat, one at a time, a person’s before a flow’s; by three replicas none twice', async () => {
    const bot = await foreignBot((_, response) => setTimeout(() => json(response, 200, { success: true }), 5))
    const phones = ['5511900000001', '5511900000002', '5511900000003', '5511900000004', '5511900000005', '5511900000006']
    const t = await shop(bot.url, phones)
    const ids: string[] = []
    for (let nr = 0; nr < 5; nr++) for (const phone of phones) ids.push(await t.queue(`${nr}`, 'flow', phone))
    for (const phone of phones) ids.push(await t.queue('person', 'person', phone))
    const open = new Map<string, number>()
    let together = 0
    bot.state.answer = (asked, response) => {
      open.set(asked.body.to, (open.get(asked.body.to) ?? 0) + 1)
      together = Math.max(together, open.get(asked.body.to)!)
      setTimeout(() => {
        open.set(asked.body.to, open.get(asked.body.to)! - 1)
        json(response, 200, { success: true })
      }, 5)
    }
    for (let replica = 0; replica < 3; replica++) sender()
    for (const id of ids) await t.reaches(id, 'accepted')
    for (const phone of phones)
      expect(bot.state.asked.filter((one) => one.body.to === `${phone}@c.us`).map((one) => one.body.message)).toEqual([
        'person',
        '0',
        '1',
        '2',
        '3',
        '4',
      ])
    expect(together).toBe(1)
    expect(bot.state.mostOpen).toBeGreaterThan(1)
    expect(new Set(bot.state.asked.map((one) => one.headers['idempotency-key'])).size).toBe(ids.length)
  })

  it('keep their order while the first one is tried again, and one chat does not hold the others', async () => {
    let down = true
    const [slow, other] = ['5511900000001', '5511900000002']
    const bot = await foreignBot((asked, r) =>
      down && asked.body.to.startsWith(slow) ? json(r, 503, { error: 'no' }) : json(r, 200, { success: true }),
    )
    const t = await shop(bot.url, [slow, other])
    sender()
    const first = await t.queue('1', 'api', slow)
    const second = await t.queue('2', 'api', slow)
    await t.reaches(await t.queue('3', 'api', other), 'accepted')
    expect(bot.said()).not.toContain('2')
    down = false
    await t.reaches(first, 'accepted')
    await t.reaches(second, 'accepted')
    expect(bot.said().filter((said) => said !== '1')).toEqual(['3', '2'])
  })
})

describe('an attempt whose taker is gone', () => {
  it('is unknown when its lease has run out, not made again, and its late end still counts', async () => {
    const hold = Promise.withResolvers<void>()
    const bot = await foreignBot((_, response) => void hold.promise.then(() => json(response, 200, { success: true })))
    const t = await shop(bot.url)
    sender({ connectMs: 5_000, answerMs: 30_000 })
    const id = await t.queue('x')
    await waitFor(() => bot.state.asked.length === 1, { what: 'the attempt' })
    await giveUpAttempts(f)
    expect(await t.message(id)).toMatchObject({ status: 'handed' })
    await sql`update messages set due_at = now() where id = ${id}`.execute(f.db)
    // The sender's own pass may be at it already: then ours passes the row by.
    await giveUpAttempts(f)
    await t.reaches(id, 'unknown')
    expect(await t.message(id)).toMatchObject({ due_at: null })
    expect(await takeAttempts(f.db, 10)).toEqual([])
    await delay(100)
    expect(bot.said()).toEqual(['x'])
    hold.resolve()
    await t.reaches(id, 'accepted')
  })

  it('is written down as unknown by a stop that cannot wait for it', async () => {
    const bot = await foreignBot(() => undefined)
    const t = await shop(bot.url)
    const running = sender({ connectMs: 5_000, answerMs: 30_000 })
    const id = await t.queue('x')
    await waitFor(() => bot.state.asked.length === 1, { what: 'the attempt' })
    await running.close()
    expect(await t.message(id)).toMatchObject({ status: 'unknown', failure_detail: 'we are stopping' })
  })
})

describe('a bot that moves', () => {
  it('to us and back has nothing sent from both places', async () => {
    const bot = await foreignBot(() => undefined)
    const t = await shop(bot.url)
    const running = sender({ connectMs: 5_000, answerMs: 30_000 })
    const first = await t.queue('with the foreign bot')
    await waitFor(() => bot.state.asked.length === 1, { what: 'the attempt' })
    const move = (place: Parameters<typeof moveBot>[2]) =>
      withTenant(f.db, t.tenantId, async (trx) => moveBot(trx, (await lockBot(trx, t.tenantId))!, place))
    const second = await t.queue('waits')
    await move({ transport: 'link', public_url: null })
    expect(await t.message(first)).toMatchObject({ status: 'unknown' })
    expect(await takeAttempts(f.db, 10)).toEqual([])
    const linkId = randomUUID()
    await f.db.updateTable('bots').set({ state: 'connected', reason: 'ready', link_id: linkId }).where('id', '=', t.bot.id).execute()
    const [taken] = await takeCommands(f.db, [{ bot: t.bot, linkId, volumeId: t.volumeId }])
    expect(taken!.map((one) => one.id)).toEqual([second])
    await running.close()

    await move({ transport: 'http', public_url: bot.url })
    expect(await t.message(second)).toMatchObject({ status: 'unknown' })
    expect((await takeCommands(f.db, [{ bot: t.bot, linkId, volumeId: t.volumeId }]))[0]).toEqual([])
    expect(await takeAttempts(f.db, 10)).toEqual([])
  })
})
