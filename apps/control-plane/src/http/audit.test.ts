import path from 'node:path'
import { SAMPLE_FLOW } from '@zaptria/core'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { raiseAlert } from '../store/alerts.ts'
import { uuidv7 } from '../uuid.ts'
import { event, incoming } from '../testing/fixture.ts'
import { SAMPLE_TRANSFER_KEY } from './reference/samples.ts'
import { OPERATOR, startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'

let database: TestDatabase
let http: TestHttp
let operator: string
let now = 0

type Entry = {
  id: string
  actor: string
  actor_name: string | null
  action: string
  tenant_id: string | null
  detail: Record<string, unknown>
}
const list = async (query = ''): Promise<{ items: Entry[]; next: string | null }> =>
  (await http.call('GET', `/api/v1/audit${query}`)).body as { items: Entry[]; next: string | null }
/** What has been written since, oldest first. */
const written = async (work: () => Promise<unknown>): Promise<Entry[]> => {
  const before = (await list('?limit=1')).items[0]?.id ?? '0'
  await work()
  return (await list('?limit=200')).items.filter((entry) => BigInt(entry.id) > BigInt(before)).toReversed()
}

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, { now: () => now })
  const session = (await http.call('GET', '/api/v1/session')).body as { user: { id: string } }
  operator = session.user.id
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Two tenants, one with a conversation, and what else a request may be about. */
async function world() {
  const tenant = ((await http.call('POST', '/api/v1/tenants', { name: 'Loja', subscription: 'paid' })).body as { id: string }).id
  const bot = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
  const deps = { db: http.db, hints: { changed: () => Promise.resolve() } }
  await ingest(deps, { id: bot.id, tenantId: tenant }, null, [event(1, incoming({ body: 'oi' }))])
  const conversation = await http.db.selectFrom('conversations').select('id').where('tenant_id', '=', tenant).executeTakeFirstOrThrow()
  const alert = await raiseAlert(http.db, { kind: 'bot_failed', severity: 'warning', subject: bot.id, tenantId: tenant, detail: null })
  const version = ((await http.call('POST', `/api/v1/tenants/${tenant}/flow/versions`, SAMPLE_FLOW)).body as { id: string }).id
  const chat = `/api/v1/tenants/${tenant}/conversations/${conversation.id}`
  const message = ((await http.call('POST', `${chat}/messages`, { body: 'segredo' })).body as { id: string }).id
  const key = ((await http.call('POST', '/api/v1/api-keys', { name: 'Laravel' })).body as { id: string }).id
  const hooks = `/api/v1/tenants/${tenant}/webhooks`
  const webhook = ((await http.call('POST', hooks, { url: 'https://app.example.com/' })).body as { id: string }).id
  const delivery = ((await http.call('POST', `${hooks}/${webhook}/test`)).body as { id: string }).id
  const replies = `/api/v1/tenants/${tenant}/quick-replies`
  const reply = ((await http.call('POST', replies, { shortcut: 'oi', body: 'segredo' })).body as { id: string }).id
  await http.db.updateTable('bots').set({ state: 'syncing', reason: 'history_sync' }).where('id', '=', bot.id).execute()
  const snapshot = await makeStoredSnapshot(http.db, { id: bot.id, tenantId: tenant }, http.vault)
  const server = uuidv7()
  await http.db
    .insertInto('servers')
    .values({ id: server, name: `server-${server}`, driver: 'process', address: '/nowhere', cordoned: true })
    .execute()
  return { server, reply, snapshot, tenant, conversation: conversation.id, alert: alert.id, version, message, key, webhook, delivery }
}
type World = Awaited<ReturnType<typeof world>>

/** A session of its own, for what ends one. */
const signIn = async (): Promise<{ cookie: string }> => {
  now += 60_000
  const { cookies } = await http.auth.signIn(OPERATOR, new Headers())
  return { cookie: cookies.map((each) => each.split(';')[0]).join('; ') }
}
/** With a link of that tenant's. */
const byLink = async ({ tenant }: World): Promise<{ token: string }> => {
  const { body } = await http.call('POST', `/api/v1/tenants/${tenant}/bot/pairing-link`)
  return { token: new URL((body as { url: string }).url).hash.slice(1) }
}
/** The file of a snapshot. */
const exported = async (tenant: string, snapshot: string): Promise<Buffer> => {
  const answer = await http.app.inject({
    method: 'POST',
    url: `/api/v1/tenants/${tenant}/bot/snapshots/${snapshot}/export`,
    headers: { cookie: http.cookie, host: 'localhost', origin: 'http://localhost' },
    payload: { transfer_key: SAMPLE_TRANSFER_KEY },
  })
  return answer.rawPayload
}
type Request = {
  action: string | null
  body?: unknown
  /** Made in that world, instead of `body`. */
  given?: (w: World) => Promise<unknown>
  headers?: () => Promise<Record<string, string>> | Record<string, string>
  /** Who it was, when not the operator. */
  actor?: string
}

/** One request that succeeds for every route that is not a GET; null: it changes nothing. A new route belongs here, and needs its word. */
const REQUESTS: Record<string, Request> = {
  'POST /session': { action: 'session.open', body: OPERATOR },
  'POST /session/link': {
    action: 'session.open_by_link',
    given: async () => ({ token: (await http.auth.createSignInLink('http://x')).split(/[#=/]/).at(-1) }),
  },
  'DELETE /session': { action: 'session.close', headers: signIn },
  'PUT /session/password': { action: 'session.password', body: { password: OPERATOR.password, current: OPERATOR.password } },
  'POST /tenants': { action: 'tenant.create', body: { name: 'Nova' } },
  'PATCH /tenants/{tenant}': { action: 'tenant.change', body: { name: 'Outra' } },
  'DELETE /tenants/{tenant}': { action: 'tenant.remove' },
  'POST /tenants/{tenant}/erase': {
    action: 'tenant.erase',
    given: async ({ tenant }) => {
      await http.call('DELETE', `/api/v1/tenants/${tenant}`)
      return { confirm: tenant }
    },
  },
  'PATCH /tenants/{tenant}/bot': { action: 'bot.change', body: { pacing: { per_minute: 7 } } },
  'DELETE /tenants/{tenant}/bot': { action: 'bot.remove' },
  'POST /servers': {
    action: 'server.create',
    given: async () => ({
      name: `s-${uuidv7()}`,
      driver: 'process',
      address: path.join(http.mediaDir, `server-${uuidv7()}`),
      link_url: 'ws://segredo.example.com',
    }),
  },
  'PATCH /servers/{server}': { action: 'server.change', body: { region: 'Santos' } },
  'DELETE /servers/{server}': { action: 'server.remove' },
  'POST /servers/{server}/give-up': { action: 'server.give_up' },
  'POST /servers/{server}/cordon': { action: 'server.cordon' },
  'POST /servers/{server}/uncordon': { action: 'server.uncordon' },
  'POST /tenants/{tenant}/bot/start': { action: 'bot.start' },
  'POST /tenants/{tenant}/bot/stop': { action: 'bot.stop' },
  'POST /tenants/{tenant}/bot/restart': { action: 'bot.restart' },
  'POST /tenants/{tenant}/bot/pair': { action: 'bot.pair' },
  'POST /tenants/{tenant}/bot/logout': { action: 'bot.logout' },
  'POST /tenants/{tenant}/bot/pairing-link': { action: 'pairing_link.create' },
  'DELETE /tenants/{tenant}/bot/pairing-link': { action: 'pairing_link.remove' },
  'POST /pairing': { action: null, given: byLink },
  'POST /pairing/ask': { action: 'pairing_link.pair', given: byLink, actor: 'pairing_link' },
  'POST /snapshots/prune': { action: 'snapshot.prune', body: { keep_last: 1 } },
  'POST /tenants/{tenant}/bot/snapshots': { action: 'snapshot.ask' },
  'POST /tenants/{tenant}/bot/snapshots/{snapshot}/restore': { action: 'snapshot.restore' },
  'POST /tenants/{tenant}/bot/snapshots/{snapshot}/verify': { action: 'snapshot.verify' },
  'POST /tenants/{tenant}/bot/snapshots/{snapshot}/export': {
    action: 'snapshot.export',
    body: { transfer_key: SAMPLE_TRANSFER_KEY },
  },
  'POST /tenants/{tenant}/bot/snapshots/import': {
    action: 'snapshot.import',
    given: ({ tenant, snapshot }) => exported(tenant, snapshot),
    headers: () => ({ 'content-type': 'application/octet-stream', 'zaptria-transfer-key': SAMPLE_TRANSFER_KEY }),
  },
  'POST /tenants/{tenant}/bot/token': { action: 'bot.token.rotate' },
  'POST /tenants/{tenant}/conversations/{conversation}/answering': { action: 'conversation.answering', body: { answering: 'person' } },
  'POST /tenants/{tenant}/conversations/{conversation}/read': { action: 'conversation.read' },
  'POST /tenants/{tenant}/conversations/{conversation}/messages': { action: 'message.send', body: { body: 'segredo' } },
  'DELETE /tenants/{tenant}/conversations/{conversation}/messages/{message}': { action: 'message.cancel' },
  'PATCH /tenants/{tenant}/conversations/{conversation}/messages/{message}': { action: 'message.edit', body: { body: 'outro segredo' } },
  'PUT /tenants/{tenant}/conversations/{conversation}/messages/{message}/reaction': { action: 'message.react', body: { emoji: '👍' } },
  'DELETE /tenants/{tenant}/conversations/{conversation}/messages/{message}/reaction': { action: 'message.unreact' },
  'POST /tenants/{tenant}/messages': { action: 'message.send', body: { to: '5511977776666', body: 'segredo' } },
  'POST /tenants/{tenant}/media': { action: 'media.upload', body: 'segredo', headers: () => ({ 'content-type': 'text/plain' }) },
  'POST /tenants/{tenant}/quick-replies': { action: 'quick_reply.create', body: { shortcut: 'ola', body: 'segredo' } },
  'PATCH /tenants/{tenant}/quick-replies/{reply}': { action: 'quick_reply.change', body: { body: 'outro segredo' } },
  'DELETE /tenants/{tenant}/quick-replies/{reply}': { action: 'quick_reply.remove' },
  'DELETE /tenants/{tenant}/flow': { action: 'flow.deactivate' },
  'POST /tenants/{tenant}/flow/validate': { action: null, body: SAMPLE_FLOW },
  'POST /tenants/{tenant}/flow/versions': { action: 'flow.publish', body: SAMPLE_FLOW },
  'POST /tenants/{tenant}/flow/versions/{version}/activate': { action: 'flow.activate' },
  'POST /tenants/{tenant}/webhooks': { action: 'webhook.create', body: { url: 'https://app.example.com/?segredo' } },
  'PATCH /tenants/{tenant}/webhooks/{webhook}': { action: 'webhook.change', body: { enabled: false } },
  'DELETE /tenants/{tenant}/webhooks/{webhook}': { action: 'webhook.remove' },
  'POST /tenants/{tenant}/webhooks/{webhook}/secret': { action: 'webhook.secret.rotate' },
  'POST /tenants/{tenant}/webhooks/{webhook}/test': { action: 'webhook.test' },
  'POST /tenants/{tenant}/webhooks/{webhook}/replay': { action: 'webhook.replay', body: { since: '2026-01-01T00:00:00Z' } },
  'POST /tenants/{tenant}/webhooks/{webhook}/deliveries/{delivery}/replay': { action: 'webhook.delivery.replay' },
  'POST /alerts/{alert}/resolve': { action: 'alert.resolve' },
  'POST /api-keys': { action: 'api_key.create', body: { name: 'n8n' } },
  'DELETE /api-keys/{key}': { action: 'api_key.revoke' },
}

async function routes(): Promise<string[]> {
  const document = (await http.app.inject({ url: '/api/openapi.json' })).json<{ paths: Record<string, Record<string, unknown>> }>()
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).flatMap((method) =>
      path.startsWith('/api/v1/') && method !== 'get' ? [`${method.toUpperCase()} ${path.slice('/api/v1'.length)}`] : [],
    ),
  )
}

describe('the audit', () => {
  it('has one row, with actor and tenant, of everything that changes something', { timeout: 180_000 }, async () => {
    const all = await routes()
    expect(all.toSorted(), 'each route that is not a GET, with a request that succeeds').toEqual(Object.keys(REQUESTS).toSorted())
    for (const route of all) {
      const { action, body, given: make, headers, actor } = REQUESTS[route]!
      const w: World = await world()
      const [method, path] = route.split(' ') as ['POST', string]
      const url = `/api/v1${path.replaceAll(/\{(\w+)\}/g, (_, name: keyof World) => w[name])}`
      const given = make === undefined ? body : await make(w)
      const extra = await headers?.()
      now += 60_000
      const rows = await written(async () => {
        const answer = await http.call(method, url, given, extra)
        expect(answer.status, `${route}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
      })
      const expected = { action, actor: actor ?? `person:${operator}`, actor_name: actor === undefined ? OPERATOR.email : null }
      expect(rows, route).toMatchObject(action === null ? [] : [expected])
      if ((path.includes('{tenant}') || actor !== undefined) && action !== null) expect(rows[0]!.tenant_id, route).toBe(w.tenant)
    }
    const { rows } = await sql<{ all: string }>`select string_agg(detail::text, ' ') as all from audit`.execute(http.db)
    expect(rows[0]!.all).not.toMatch(/segredo|zbt_|zap_live_|whsec_|correct horse/)
  })

  it('says what was changed, and whose', async () => {
    const rows = await written(async () => {
      const { body } = await http.call('POST', '/api/v1/tenants', { name: 'Padaria', subscription: 'paid' })
      const { id } = body as { id: string }
      await http.call('PATCH', `/api/v1/tenants/${id}/bot`, { transport: 'http', public_url: 'https://bot.example.com' })
      await http.call('PATCH', `/api/v1/tenants/${id}`, { subscription: 'cancelled' })
    })
    expect(rows.map(({ action, detail }) => [action, detail])).toEqual([
      ['tenant.create', { name: 'Padaria', subscription: 'paid' }],
      ['bot.change', { transport: 'http', fields: ['transport', 'public_url'] }],
      ['tenant.change', { subscription: 'cancelled', fields: ['subscription'] }],
    ])
    expect(new Set(rows.map((row) => row.tenant_id)).size).toBe(1)
    expect(rows[0]!.tenant_id).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('names the API key that acted', async () => {
    const made = (await http.call('POST', '/api/v1/api-keys', { name: 'Laravel' })).body as { id: string; key: string }
    const rows = await written(() =>
      http.app.inject({
        method: 'POST',
        url: '/api/v1/tenants',
        payload: { name: 'Dela' },
        headers: { authorization: `Bearer ${made.key}` },
      }),
    )
    expect(rows).toMatchObject([{ actor: `key:${made.id}`, actor_name: 'Laravel', action: 'tenant.create' }])
  })

  it('has nothing of what failed, and one row of what was repeated with its Idempotency-Key', async () => {
    const failed = await written(async () => {
      await http.call('POST', '/api/v1/tenants', { name: '' })
      await http.call('DELETE', '/api/v1/tenants/0192f0c1-0000-7000-8000-000000000000')
      await http.call('POST', '/api/v1/tenants', { name: 'x' }, { cookie: 'none' })
    })
    expect(failed).toEqual([])
    const repeated = await written(async () => {
      for (let twice = 0; twice < 2; twice++)
        expect((await http.call('POST', '/api/v1/tenants', { name: 'Uma' }, { 'idempotency-key': 'audit-1' })).status).toBe(201)
    })
    expect(repeated).toMatchObject([{ action: 'tenant.create' }])
  })

  it('is written in the transaction of the change: without the one there is not the other', async () => {
    const { tenant } = await world()
    await sql`alter table audit add constraint refuses check (action <> 'bot.stop') not valid`.execute(http.db)
    expect((await http.call('POST', `/api/v1/tenants/${tenant}/bot/stop`)).status).toBe(500)
    await sql`alter table audit drop constraint refuses`.execute(http.db)
    expect((await http.call('GET', `/api/v1/tenants/${tenant}/bot`)).body).toMatchObject({ desired: 'running' })
  })

  it('knows who was refused at the door, and keeps no email', async () => {
    now += 60_000
    const post = (url: string, payload: object) => http.app.inject({ method: 'POST', url, payload, headers: { host: 'localhost' } })
    const rows = await written(async () => {
      await post('/api/v1/session', { ...OPERATOR, email: OPERATOR.email.toUpperCase(), password: 'wrong password' })
      await post('/api/v1/session', { email: 'hunter2-my-password', password: 'x' })
      await post('/api/v1/session/link', { token: 'no such link' })
      await http.call('PUT', '/api/v1/session/password', { password: 'a new password', current: 'not the old one' })
    })
    expect(rows.map(({ action, actor }) => [action, actor])).toEqual([
      ['session.refused', `person:${operator}`],
      ['session.refused', 'anyone'],
      ['session.refused', 'anyone'],
      ['session.password_refused', `person:${operator}`],
    ])
    expect(JSON.stringify(rows)).not.toContain('hunter2')
    expect(rows[0]!.detail).toEqual({ ip: '127.0.0.1' })
  })

  it('is read page by page, all of it or one tenant’s, by operators only', async () => {
    const { tenant } = await world()
    for (const action of ['stop', 'start', 'stop']) await http.call('POST', `/api/v1/tenants/${tenant}/bot/${action}`)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: Awaited<ReturnType<typeof list>> = await list(`?tenant=${tenant}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...page.items.map((entry) => entry.action))
      cursor = page.next
    }
    expect(seen).toEqual([
      'bot.stop',
      'bot.start',
      'bot.stop',
      'quick_reply.create',
      'webhook.test',
      'webhook.create',
      'message.send',
      'flow.publish',
      'tenant.create',
    ])
    expect((await http.app.inject({ url: '/api/v1/audit' })).statusCode).toBe(401)
    expect((await http.call('GET', '/api/v1/audit?cursor=bogus')).status).toBe(400)
  })
})
