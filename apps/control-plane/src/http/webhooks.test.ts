import type { WebhookDelivery, WebhookEndpoint } from '@zaptria/contract'
import { WebhookPayload } from '@zaptria/contract'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ingest } from '../ingest/index.ts'
import { event, incoming } from '../testing/fixture.ts'
import { parseAllowed } from '../webhooks/address.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const URL_ = 'https://app.example.com/zaptria'
const tenant = async (): Promise<string> =>
  ((await http.call('POST', '/api/v1/tenants', { name: 'Loja', subscription: 'paid' })).body as { id: string }).id
const create = async (at: string, body: object = {}, headers?: Record<string, string>) => {
  const answer = await http.call('POST', `/api/v1/tenants/${at}/webhooks`, { url: URL_, ...body }, headers)
  return { ...answer, body: answer.body as WebhookEndpoint & { secret: string } }
}
const hear = async (at: string, ...bodies: string[]): Promise<void> => {
  const bot = await http.db.selectFrom('bots').select('id').where('tenant_id', '=', at).executeTakeFirstOrThrow()
  const deps = { db: http.db, hints: { changed: () => Promise.resolve() } }
  await ingest(
    deps,
    { id: bot.id, tenantId: at },
    null,
    bodies.map((body, i) => event(i + 1, incoming({ body }))),
  )
}
const code = (answer: { body: unknown }): string => (answer.body as { code: string }).code

describe('a tenant’s webhooks', () => {
  it('are created with a secret that is shown once and stored sealed', async () => {
    const id = await tenant()
    const { status, body } = await create(id, { description: 'Laravel', events: ['message.received', 'bot.state'] })
    expect(status).toBe(201)
    expect(body).toMatchObject({
      url: URL_,
      description: 'Laravel',
      events: ['message.received', 'bot.state'],
      enabled: true,
      disabled: null,
    })
    expect(body.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { secret: _, ...shown } = body
    expect((await http.call('GET', `/api/v1/tenants/${id}/webhooks/${body.id}`)).body).toEqual(shown)
    expect((await http.call('GET', `/api/v1/tenants/${id}/webhooks`)).body).toEqual({ items: [shown], next: null })
    const { rows } = await sql<{
      all: string
    }>`select encode(sealed_secret, 'escape') as all from webhook_endpoints where id = ${body.id}`.execute(http.db)
    expect(rows[0]!.all).not.toContain('whsec_')
  })

  it('are created once with an Idempotency-Key, which answers with the same secret', async () => {
    const id = await tenant()
    const [one, again] = [await create(id, {}, { 'idempotency-key': 'w1' }), await create(id, {}, { 'idempotency-key': 'w1' })]
    expect(again.body).toEqual(one.body)
    expect(((await http.call('GET', `/api/v1/tenants/${id}/webhooks`)).body as { items: unknown[] }).items).toHaveLength(1)
  })

  it.each([
    ['http://app.example.com/', 'must begin with https://', 'https_required'],
    ['ftp://app.example.com/', 'must begin with https://', 'https_required'],
    ['https://user:pass@app.example.com/', 'takes no user', 'address_with_extras'],
    ['https://app.example.com/#x', 'takes no user and no fragment', 'address_with_extras'],
    ['not an address', 'is not an address', 'not_an_address'],
    ['https://10.0.0.1/', 'is not an address that webhooks may go to', 'address_forbidden'],
    ['https://127.0.0.1/', 'is not an address that webhooks may go to', 'address_forbidden'],
    ['http://localhost:8000/', 'is not an address that webhooks may go to', 'address_forbidden'],
    ['https://[::ffff:169.254.169.254]/', 'is not an address that webhooks may go to', 'address_forbidden'],
    ['https://0x7f000001/', 'is not an address that webhooks may go to', 'address_forbidden'],
  ])('may not go to %s', async (url, message, fault) => {
    const id = await tenant()
    const answer = await create(id, { url })
    expect(answer).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'url', message: expect.stringContaining(message), code: fault }] },
    })
    const { body } = await create(id)
    expect((await http.call('PATCH', `/api/v1/tenants/${id}/webhooks/${body.id}`, { url })).status).toBe(400)
  })

  it('may go to this machine by plain http when the installation allows it, and is not in production', async () => {
    const allowed = parseAllowed('127.0.0.0/8')
    for (const [plain, status] of [
      [true, 201],
      [false, 400],
    ] as const) {
      await using own = await createTestDatabase()
      await using other = await startTestHttp(own.url, { webhookPolicy: { allowed, http: plain } })
      const { id } = (await other.call('POST', '/api/v1/tenants', { name: 'Loja' })).body as { id: string }
      const answer = await other.call('POST', `/api/v1/tenants/${id}/webhooks`, { url: 'http://127.0.0.1:8000/in' })
      expect(answer.status).toBe(status)
    }
  })

  it('are at most twenty, also when many come at once', async () => {
    const id = await tenant()
    const answers = await Promise.all(Array.from({ length: 23 }, () => create(id)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    expect(answers.filter(({ status }) => status === 409).map(code)).toEqual(Array.from({ length: 3 }, () => 'too_many_webhooks'))
  })

  it('are switched off and on, changed, and removed', async () => {
    const id = await tenant()
    const { body } = await create(id)
    const path = `/api/v1/tenants/${id}/webhooks/${body.id}`
    expect((await http.call('PATCH', path, { enabled: false })).body).toMatchObject({ enabled: false, disabled: { reason: 'by_request' } })
    expect(code(await http.call('POST', `${path}/test`))).toBe('webhook_disabled')
    const change = { enabled: true, events: ['bot.state'], description: 'x' }
    expect((await http.call('PATCH', path, change)).body).toMatchObject({ ...change, disabled: null })
    expect((await http.call('PATCH', path, { events: null })).body).toMatchObject({ events: null })
    expect((await http.call('PATCH', path, { events: [] })).status).toBe(400)
    expect((await http.call('PATCH', path, { events: ['webhook.test'] })).status).toBe(400)
    await hear(id, 'oi')
    expect((await http.call('DELETE', path)).status).toBe(204)
    for (const method of ['GET', 'DELETE'] as const) expect(code(await http.call(method, path))).toBe('webhook_not_found')
    expect(code(await http.call('GET', `/api/v1/tenants/${id}/webhooks/nonsense`))).toBe('webhook_not_found')
  })

  it('get a new secret, beside which the old one signs for a day', async () => {
    const id = await tenant()
    const { body } = await create(id)
    const answer = await http.call('POST', `/api/v1/tenants/${id}/webhooks/${body.id}/secret`)
    const rotated = answer.body as WebhookEndpoint & { secret: string }
    expect(answer.status).toBe(201)
    expect(rotated.secret).toMatch(/^whsec_/)
    expect(rotated.secret).not.toBe(body.secret)
    const hours = (Date.parse(rotated.old_secret_until!) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(23.9)
    expect(hours).toBeLessThanOrEqual(24)
    expect(code(await http.call('POST', `/api/v1/tenants/${await tenant()}/webhooks/${body.id}/secret`))).toBe('webhook_not_found')
  })

  it('are nobody else’s', async () => {
    const [one, two] = [await tenant(), await tenant()]
    const { body } = await create(one)
    await hear(one, 'oi')
    const path = `/api/v1/tenants/${two}/webhooks/${body.id}`
    const requests = [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/test'],
      ['POST', '/secret'],
      ['GET', '/deliveries'],
      ['GET', '/deliveries/1'],
      ['POST', '/deliveries/1/replay'],
      ['POST', '/replay'],
    ] as const
    for (const [method, rest] of requests) {
      const given = method === 'PATCH' ? { enabled: false } : rest === '/replay' ? { since: new Date(0).toISOString() } : undefined
      expect(code(await http.call(method, `${path}${rest}`, given)), `${method} ${rest}`).toBe('webhook_not_found')
    }
    expect((await http.call('GET', `/api/v1/tenants/${two}/webhooks`)).body).toEqual({ items: [], next: null })
    await expect(http.app.inject({ url: path })).resolves.toMatchObject({ statusCode: 401 })
  })
})

describe('a webhook’s deliveries', () => {
  it('are listed page by page, filtered, and shown with what is sent', async () => {
    const id = await tenant()
    const { body } = await create(id, { events: ['message.received'] })
    const path = `/api/v1/tenants/${id}/webhooks/${body.id}`
    await hear(id, 'um', 'dois', 'três')
    const test = await http.call('POST', `${path}/test`)
    expect(test).toMatchObject({ status: 201, body: { type: 'webhook.test', status: 'pending', attempts: [] } })
    const list = async (query: string) =>
      (await http.call('GET', `${path}/deliveries${query}`)).body as { items: WebhookDelivery[]; next: string | null }
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Awaited<ReturnType<typeof list>> = await list(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...page.items.map(({ type }) => type))
      cursor = page.next
    }
    expect(seen).toEqual(['webhook.test', 'message.received', 'message.received', 'message.received'])
    await sql`update webhook_deliveries set status = 'failed', attempt = 8 where type = 'webhook.test' and endpoint_id = ${body.id}`.execute(
      http.db,
    )
    expect((await list('?status=failed')).items).toHaveLength(1)
    expect((await list('?type=message.received&status=pending')).items).toHaveLength(3)
    expect((await http.call('GET', `${path}/deliveries?status=bogus`)).status).toBe(400)
    const [{ id: newest } = { id: '' }] = (await list('?type=message.received')).items
    const shown = (await http.call('GET', `${path}/deliveries/${newest}`)).body as { payload: unknown; due_at: string }
    expect(WebhookPayload.parse(shown.payload)).toMatchObject({
      type: 'message.received',
      tenant_id: id,
      data: { body: 'três', contact: { name: 'Ana' } },
    })
    expect(code(await http.call('GET', `${path}/deliveries/999999`))).toBe('webhook_delivery_not_found')
    expect(code(await http.call('GET', `${path}/deliveries/x`))).toBe('webhook_delivery_not_found')
  })

  it('are sent again one by one, or all that failed since', async () => {
    const id = await tenant()
    const { body } = await create(id, { events: ['message.received'] })
    const path = `/api/v1/tenants/${id}/webhooks/${body.id}`
    await hear(id, 'um', 'dois', 'três')
    const rows = () => http.db.selectFrom('webhook_deliveries').selectAll().where('endpoint_id', '=', body.id).orderBy('id').execute()
    const [one, two, three] = (await rows()).map((row) => row.id)
    await sql`update webhook_deliveries set attempt = 8, status = case when id = ${one} then 'succeeded' else 'failed' end, settled_at = now(),
      created_at = case when id = ${two} then now() - interval '2 days' else now() end where endpoint_id = ${body.id}`.execute(http.db)
    const again = await http.call('POST', `${path}/deliveries/${one}/replay`)
    expect(again).toMatchObject({ status: 201, body: { id: one, status: 'pending' } })
    const since = new Date(Date.now() - 86_400_000).toISOString()
    expect(await http.call('POST', `${path}/replay`, { since })).toMatchObject({ status: 201, body: { replayed: 1 } })
    expect((await rows()).map(({ id, status, attempt }) => [id, status, attempt])).toEqual([
      [one, 'pending', 0],
      [two, 'failed', 8],
      [three, 'pending', 0],
    ])
  })
})
