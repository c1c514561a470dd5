import { randomUUID } from 'node:crypto'
import { Flow } from '@zaptria/contract'
import type { FlowInput } from '@zaptria/contract'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { lockConversation, setAnswering } from '../store/answering.ts'
import { createDatabase } from '../store/db.ts'
import { withTenant } from '../store/with-tenant.ts'
import { event, fixture, incoming } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { wakeFlows } from './flows.ts'

let database: TestDatabase
let f: Fixture
type Tenant = Awaited<ReturnType<Fixture['makeTenant']>>

beforeAll(async () => {
  database = await createTestDatabase()
  f = await fixture(database.url)
})
afterAll(async () => {
  await f.close()
  await database[Symbol.asyncDispose]()
})

const flowOf = (nodes: FlowInput['nodes'], more: Partial<FlowInput> = {}): Flow =>
  Flow.parse({ format: 1, name: 'Lembrete', trigger: { type: 'any' }, start: 'a', nodes, ...more })
const reminder = flowOf({
  a: { type: 'text', text: 'Até já', next: 'b' },
  b: { type: 'wait', minutes: 2880, next: 'c' },
  c: { type: 'ask', text: 'Gostou, {{push_name}} ({{phone}})?', save_as: 'x', next: 'd' },
  d: { type: 'end', text: 'Anotado: {{x}}' },
})

const said = async (t: Tenant) =>
  (await f.db.selectFrom('messages').select(['author', 'body']).where('bot_id', '=', t.bot.id).orderBy('seq').execute()).map(
    (row) => `${row.author}: ${row.body}`,
  )
const runs = (t: Tenant) => f.db.selectFrom('flow_runs').selectAll().where('tenant_id', '=', t.tenantId).execute()
/** As if so long had passed for all that the tenant's runs know. */
const pass = (t: Tenant, minutes: number) =>
  sql`update flow_runs set due_at = due_at - make_interval(secs => ${minutes * 60}), expires_at = expires_at - make_interval(secs => ${minutes * 60}),
    run = ${shifted('run', minutes)}, burst = ${shifted('burst', minutes)}
    where tenant_id = ${t.tenantId}`.execute(f.db)
const shifted = (column: string, minutes: number) => sql`(
  select jsonb_object_agg(key, case when key like '%_ms' then to_jsonb(value::float8 - ${minutes}::float8 * 60000) else value end)
  from jsonb_each(${sql.ref(column)}))`
const begun = async (flow: Flow) => {
  const t = await f.makeTenant({ flow })
  await ingest(f, t.bot, t.volumeId, [event(1, incoming({ body: 'oi' }))])
  return t
}

describe('a wait', () => {
  it('goes on when its time has come, once, and its answer is heard after', async () => {
    const t = await begun(reminder)
    await wakeFlows(f)
    expect(await said(t)).toEqual(['contact: oi', 'flow: Até já'])
    await pass(t, 2880)
    await wakeFlows(f)
    await wakeFlows(f)
    expect(await said(t)).toEqual(['contact: oi', 'flow: Até já', 'flow: Gostou, Ana (5511988887777)?'])
    expect(await runs(t)).toMatchObject([{ due_at: null, run: { node: 'c' } }])
    await ingest(f, t.bot, t.volumeId, [event(2, incoming({ body: 'sim' }))])
    expect((await said(t)).at(-1)).toBe('flow: Anotado: sim')
  })

  it('is not disturbed by what is written meanwhile, and outlasts what a silent run lasts', async () => {
    const t = await begun(reminder)
    await pass(t, 1500)
    await ingest(f, t.bot, t.volumeId, [event(2, incoming({ body: 'alô?' }))])
    expect((await said(t)).at(-1)).toBe('contact: alô?')
    await pass(t, 1380)
    await wakeFlows(f)
    expect((await said(t)).at(-1)).toContain('Gostou')
  })

  it('that is over comes before what was written after it, though nobody woke it', async () => {
    const t = await begun(reminder)
    await pass(t, 2881)
    await ingest(f, t.bot, t.volumeId, [event(2, incoming({ body: 'sim' }))])
    await wakeFlows(f)
    expect((await said(t)).slice(2)).toEqual(['flow: Gostou, Ana (5511988887777)?', 'contact: sim', 'flow: Anotado: sim'])
  })

  it('goes on in the version that it began with', async () => {
    const t = await begun(reminder)
    await f.publish(t.tenantId, flowOf({ a: { type: 'end', text: 'outra' } }), 2)
    await pass(t, 2880)
    await wakeFlows(f)
    expect((await said(t)).at(-1)).toContain('Gostou')
  })

  it('ends without a word when no flow is active any more, or a person has taken over', async () => {
    const inactive = await begun(reminder)
    await f.db.updateTable('flow_versions').set({ active: false }).where('tenant_id', '=', inactive.tenantId).execute()
    const taken = await begun(reminder)
    const { id } = await f.db.selectFrom('conversations').select('id').where('bot_id', '=', taken.bot.id).executeTakeFirstOrThrow()
    await withTenant(f.db, taken.tenantId, async (trx) => setAnswering(trx, (await lockConversation(trx, id))!, 'person'))
    const owner = await begun(reminder)
    await ingest(f, owner.bot, owner.volumeId, [event(2, incoming({ body: 'Eu respondo', from_me: true, sender: '5511900000001@c.us' }))])
    for (const t of [inactive, taken, owner]) {
      await pass(t, 2880)
      const before = await said(t)
      await wakeFlows(f)
      expect(await said(t)).toEqual(before)
      expect(await runs(t)).toEqual([])
    }
  })

  it('that trips over its flow leaves the conversation stuck, with an alert, and is not tried for ever', async () => {
    const t = await begun(
      flowOf({
        a: { type: 'wait', minutes: 5, next: 'b' },
        b: { type: 'text', text: 'x', next: 'c' },
        c: { type: 'text', text: 'y', next: 'b' },
      }),
    )
    await pass(t, 5)
    await wakeFlows(f)
    await wakeFlows(f)
    expect(await said(t)).toEqual(['contact: oi'])
    expect(await runs(t)).toEqual([])
    expect(await f.db.selectFrom('conversations').select('stuck').where('bot_id', '=', t.bot.id).execute()).toEqual([{ stuck: true }])
    const alerts = await f.db.selectFrom('alerts').select(['kind', 'count']).where('tenant_id', '=', t.tenantId).execute()
    expect(alerts).toEqual([{ kind: 'conversation_stuck', count: 1 }])
  })
})

describe('a question with a time for its answer', () => {
  it('reminds once that is over', async () => {
    const t = await begun(
      flowOf({
        a: { type: 'ask', text: 'Nome?', save_as: 'x', timeout_minutes: 120, on_timeout: 'b' },
        b: { type: 'end', text: 'Ainda aí?' },
      }),
    )
    await pass(t, 119)
    await wakeFlows(f)
    expect((await said(t)).at(-1)).toBe('flow: Nome?')
    await pass(t, 1)
    await wakeFlows(f)
    expect((await said(t)).at(-1)).toBe('flow: Ainda aí?')
    expect(await runs(t)).toEqual([])
  })
})

describe('a burst of messages', () => {
  const patient = flowOf({ a: { type: 'ask', text: 'Disse: {{answer}}', save_as: 'x', next: 'a' } }, { debounce_seconds: 60 })
  const hear = (t: Tenant, seq: number, body: string, more: object = {}) =>
    ingest(f, t.bot, t.volumeId, [event(seq, incoming({ body, ...more }))])

  it('is answered once, when it has been quiet, across batches and replicas', async () => {
    const t = await begun(patient)
    await hear(t, 2, 'queria saber')
    await pass(t, 0.5)
    await wakeFlows(f)
    await hear(t, 3, 'o preço')
    await pass(t, 0.9)
    await wakeFlows(f)
    expect((await said(t)).filter((row) => row.startsWith('flow'))).toEqual([])
    expect(await runs(t)).toMatchObject([{ run: null, burst: { text: 'oi\nqueria saber\no preço' }, due_at: expect.any(Date) }])
    await pass(t, 0.1)
    await Promise.all([wakeFlows(f), wakeFlows(f)])
    await wakeFlows(f)
    expect((await said(t)).slice(3)).toEqual(['flow: Disse: oi\nqueria saber\no preço'])
    expect(await runs(t)).toMatchObject([{ run: { node: 'a' }, burst: null, due_at: null }])
  })

  it('of one who never pauses is answered all the same', async () => {
    const t = await begun(patient)
    for (let seq = 2; seq <= 7; seq += 1) {
      await pass(t, 0.5)
      await wakeFlows(f)
      await hear(t, seq, 'e')
    }
    expect((await said(t)).filter((row) => row.startsWith('flow'))).toEqual(['flow: Disse: oi\ne\ne\ne\ne\ne'])
  })

  it('whose time is over is answered before what comes after it', async () => {
    const t = await begun(patient)
    await pass(t, 2)
    await hear(t, 2, 'alô?')
    expect(await said(t)).toEqual(['contact: oi', 'flow: Disse: oi', 'contact: alô?'])
  })

  it('holds back a time for an answer: it was in time', async () => {
    const t = await begun(
      flowOf(
        {
          a: { type: 'ask', text: 'Nome?', save_as: 'x', next: 'b', timeout_minutes: 5, on_timeout: 'c' },
          b: { type: 'end', text: 'Oi, {{x}}' },
          c: { type: 'end', text: 'Que pena' },
        },
        { debounce_seconds: 60 },
      ),
    )
    await pass(t, 1)
    await wakeFlows(f)
    await pass(t, 4.5)
    await hear(t, 2, 'Ana')
    await pass(t, 1)
    await wakeFlows(f)
    await wakeFlows(f)
    expect((await said(t)).slice(-2)).toEqual(['contact: Ana', 'flow: Oi, Ana'])
  })

  it('is not begun by what came too late, is too late when its first message is, and ends when a person answers', async () => {
    const t = await f.makeTenant({ flow: patient })
    const ago = (minutes: number) => ({ timestamp: Math.floor(Date.now() / 1000) - minutes * 60 })
    await hear(t, 1, 'velho', ago(31))
    expect(await runs(t)).toEqual([])
    await hear(t, 2, 'novo')
    expect(await runs(t)).toMatchObject([{ burst: { text: 'novo' } }])
    await hear(t, 3, 'Já respondo', { from_me: true, sender: '5511900000001@c.us' })
    expect(await runs(t)).toEqual([])
    const late = await begun(patient)
    await pass(late, 31)
    await wakeFlows(f)
    expect(await said(late)).toEqual(['contact: oi'])
    expect(await runs(late)).toEqual([])
  })

  it('under one name of a contact is answered after it is learnt to be two names', async () => {
    const t = await begun(patient)
    const lid = '99887766554433@lid'
    await hear(t, 2, 'pelo LID', { chat_id: lid, phone: null })
    await hear(t, 3, 'sou eu', { lid })
    expect(await runs(t)).toHaveLength(1)
    await pass(t, 2)
    await wakeFlows(f)
    expect((await said(t)).filter((row) => row.startsWith('flow'))).toHaveLength(1)
  })
})

describe('several replicas', () => {
  it('let each run go on once, while messages come in as well', async () => {
    const t = await f.makeTenant({ flow: reminder })
    const chats = [...Array(40).keys()].map((n) => `5511970000${String(n).padStart(3, '0')}@c.us`)
    await ingest(
      f,
      t.bot,
      t.volumeId,
      chats.map((chat_id, n) => event(n + 1, incoming({ body: 'oi', chat_id }))),
    )
    await pass(t, 2880)
    const replicas = [1, 2, 3].map(() => createDatabase(database.url))
    const rounds = replicas.map(async ({ db }) => {
      for (let round = 0; round < 3; round += 1) await wakeFlows({ db, hints: f.hints })
    })
    const heard = chats.map(async (chat_id, n) => {
      if (n % 2 === 0) await ingest(f, t.bot, randomUUID(), [event(1, incoming({ body: 'sim', chat_id }))])
    })
    await Promise.all([...rounds, ...heard])
    await wakeFlows(f)
    await Promise.all(replicas.map(({ close }) => close()))
    const rows = await said(t)
    const count = (text: string) => rows.filter((row) => row.includes(text)).length
    expect([count('Até já'), count('Gostou'), count('contact: sim'), count('Anotado')]).toEqual([40, 40, 20, 20])
  })

  it('that waited for a conversation see its run as it is then', async () => {
    const t = await begun(reminder)
    await pass(t, 2880)
    await wakeFlows(f)
    const { id } = await f.db.selectFrom('conversations').select('id').where('bot_id', '=', t.bot.id).executeTakeFirstOrThrow()
    let heard: Promise<unknown> = Promise.resolve()
    await f.db.transaction().execute(async (trx) => {
      await lockConversation(trx, id)
      heard = ingest(f, t.bot, t.volumeId, [event(2, incoming({ body: 'sim' }))])
      const blocked = async () => {
        const { rows } = await sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%for update%'`.execute(f.db)
        return rows[0]!.n > 0
      }
      await waitFor(blocked, { what: 'the batch to wait for the conversation' })
      await trx.deleteFrom('flow_runs').where('conversation_id', '=', id).execute()
    })
    await heard
    expect((await said(t)).at(-1)).toBe('flow: Até já')
  })
})
