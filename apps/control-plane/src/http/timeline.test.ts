import type { BotNumbers, Page, TimelineEntry } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { raiseAlert } from '../store/alerts.ts'
import { uuidv7 } from '../uuid.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let tenant: string
let bot: string

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const made = (await http.call('POST', '/api/v1/tenants', { name: 'Padaria', subscription: 'paid' })).body as { id: string }
  tenant = made.id
  bot = (await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()).id
})

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000)
const says = (state: string, reason: string, at: Date) =>
  http.db
    .insertInto('bot_states')
    .values({ tenant_id: tenant, bot_id: bot, state: state as 'connected', reason: reason as 'ready', detail: null, at })
    .execute()
const timeline = async (query = '') => (await http.call('GET', `/api/v1/tenants/${tenant}/timeline${query}`)).body as Page<TimelineEntry>
const numbers = async (query = '') => (await http.call('GET', `/api/v1/tenants/${tenant}/numbers${query}`)).body as BotNumbers
const word = (entry: TimelineEntry): string => (entry.kind === 'state' ? entry.reason : entry.kind === 'asked' ? entry.action : entry.alert)

describe('a bot’s timeline', () => {
  it('tells what it said, what was wrong and who asked for what, newest first', async () => {
    await says('reconnecting', 'renderer_frozen', minutesAgo(5))
    await says('connected', 'ready', minutesAgo(4))
    await raiseAlert(http.db, { kind: 'bot_restarted', severity: 'warning', subject: bot, tenantId: tenant, detail: 'silent for 60 s' })
    await http.call('POST', `/api/v1/tenants/${tenant}/bot/restart`)
    const { items, next } = await timeline()
    expect(next).toBeNull()
    const told = items.map(word)
    expect(told.slice(0, 2)).toEqual(['bot.restart', 'bot_restarted'])
    expect(told.indexOf('ready')).toBeLessThan(told.indexOf('renderer_frozen'))
    expect(items[0]).toMatchObject({ kind: 'asked', actor_name: 'operator@example.com' })
    expect(items[1]).toMatchObject({ kind: 'alert', detail: 'silent for 60 s', count: 1, resolved_at: null })
  })

  it('is read page by page, nothing twice and nothing left out', async () => {
    for (let i = 0; i < 5; i++) {
      await says('reconnecting', 'network_lost', minutesAgo(50 - i * 10))
      await http.call('POST', `/api/v1/tenants/${tenant}/bot/restart`)
      await raiseAlert(http.db, { kind: 'sink_paused', severity: 'warning', subject: uuidv7(), tenantId: tenant, detail: null })
    }
    const whole = (await timeline('?limit=200')).items
    const read: TimelineEntry[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Page<TimelineEntry> = await timeline(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      read.push(...page.items)
      cursor = page.next
    }
    expect(read).toEqual(whole)
    expect(new Set(read.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(read.length)
    expect(read.length).toBeGreaterThanOrEqual(16)
  })

  it('shows nothing of another tenant', async () => {
    await raiseAlert(http.db, { kind: 'sink_paused', severity: 'warning', subject: bot, tenantId: tenant, detail: 'mine' })
    const other = (await http.call('POST', '/api/v1/tenants', { name: 'Outra' })).body as { id: string }
    const { body } = await http.call('GET', `/api/v1/tenants/${other.id}/timeline`)
    expect((body as Page<TimelineEntry>).items.map(word)).toEqual(['tenant.create'])
  })

  it('refuses a cursor that is not its own', async () => {
    expect(await http.call('GET', `/api/v1/tenants/${tenant}/timeline?cursor=abc`)).toMatchObject({ status: 400 })
  })
})

describe('a bot’s numbers', () => {
  const chat = async (): Promise<string> => {
    const [contact, conversation] = [uuidv7(), uuidv7()]
    await http.db.insertInto('contacts').values({ id: contact, tenant_id: tenant, name: 'Ana' }).execute()
    await http.db
      .insertInto('conversations')
      .values({ id: conversation, tenant_id: tenant, bot_id: bot, contact_id: contact, chat_id: `${conversation}@c.us` })
      .execute()
    return conversation
  }
  const message = (conversation: string, values: object) =>
    http.db
      .insertInto('messages')
      .values({
        id: uuidv7(),
        tenant_id: tenant,
        bot_id: bot,
        conversation_id: conversation,
        from_me: false,
        author: 'contact',
        body: 'oi',
        status: 'received',
        wa_at: new Date(),
        ...values,
      })
      .execute()

  it('counts messages, and how long the flow took to answer', async () => {
    const [ana, bia] = [await chat(), await chat()]
    const reply = (ms: number) => ({
      from_me: true,
      author: 'flow' as const,
      status: 'read' as const,
      page_at: sql<Date>`now() + make_interval(secs => ${ms / 1000})`,
    })
    await message(ana, { created_at: sql<Date>`now()` })
    await message(ana, reply(2000))
    await message(ana, reply(9000)) // the flow's second text answers nobody
    await message(bia, {})
    await message(bia, reply(4000))
    await message(bia, { from_me: true, author: 'owner', status: 'read' })
    await message(bia, { from_me: true, author: 'person', status: 'failed' })
    await message(bia, { from_me: true, author: 'person', status: 'queued' })
    const found = await numbers()
    expect(found).toMatchObject({ received: 2, sent: 3, failed: 1, waiting: 1 })
    expect(found.answer_ms!.p50).toBeGreaterThan(2500)
    expect(found.answer_ms!.p50).toBeLessThan(3500)
    expect(found.parts).toHaveLength(24)
    expect(found.parts.at(-1)).toMatchObject({ received: 2, sent: 3 })
    expect(found.parts.slice(0, -1).every((part) => part.received === 0)).toBe(true)
  })

  it('leave out what is older', async () => {
    const ana = await chat()
    const before = new Date(Date.now() - 2 * 3_600_000)
    const hex = before.getTime().toString(16).padStart(12, '0')
    await message(ana, { id: `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`, created_at: before })
    expect(await numbers('?hours=1')).toMatchObject({ received: 0, answer_ms: null })
    expect(await numbers('?hours=3')).toMatchObject({ received: 1 })
  })

  it('know the share of the time in which it was connected', async () => {
    await http.db.deleteFrom('bot_states').where('bot_id', '=', bot).execute()
    await says('qr_ready', 'waiting_for_scan', minutesAgo(600))
    await says('connected', 'ready', minutesAgo(45))
    await says('reconnecting', 'network_lost', minutesAgo(15))
    const found = await numbers('?hours=1')
    expect(found.uptime).toBeCloseTo(0.5, 2)
    expect(found.states.map(({ state }) => state)).toEqual(['qr_ready', 'connected', 'reconnecting'])
    expect(found.connected_since).toBeNull()
  })

  it.each(['stopped', 'removed'] as const)('end what it said last when a bot that is %s was gone', async (desired) => {
    await http.db.deleteFrom('bot_states').where('bot_id', '=', bot).execute()
    await says('connected', 'ready', minutesAgo(120))
    const gone = minutesAgo(30)
    const change = { desired, state: 'connected', reason: 'ready', instance_state: 'absent', instance_at: gone } as const
    await http.db.updateTable('bots').set(change).where('id', '=', bot).execute()
    const found = await numbers('?hours=1')
    expect(found.uptime).toBeCloseTo(0.5, 2)
    expect(found.connected_since).toBeNull()
    expect(found.states.at(-1)).toEqual({ state: 'starting', reason: 'stopped', at: gone.toISOString() })
    // Until it is gone, it runs.
    await http.db.updateTable('bots').set({ instance_state: 'running' }).where('id', '=', bot).execute()
    expect((await numbers('?hours=1')).uptime).toBe(1)
  })

  it.each(['0', '169', 'x'])('refuse %s hours', async (hours) => {
    expect(await http.call('GET', `/api/v1/tenants/${tenant}/numbers?hours=${hours}`)).toMatchObject({ status: 400 })
  })
})
