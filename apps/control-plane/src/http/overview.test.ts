import { SAMPLE_FLOW } from '@zaptria/core'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

type Made = { id: string; bot_token: string }
type Tile = { id: string; name: string; answered_by: string; unread: number; waiting: number; bot: object | null }
type Listed<T> = { items: T[]; next: string | null }

const make = async (name: string, more: object = { subscription: 'paid' }): Promise<Made> => {
  const answer = await http.call('POST', '/api/v1/tenants', { name, ...more })
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
  return answer.body as Made
}
let said = 0
const hear = async ({ id, bot_token }: Made, from: string, more: object = {}): Promise<void> => {
  const answer = await http.app.inject({
    method: 'POST',
    url: `/api/tenants/${id}/whatsapp/incoming`,
    headers: { 'x-bot-token': bot_token },
    payload: { from, body: 'oi', timestamp: Math.floor(Date.now() / 1000), type: 'chat', message_id: `IN${++said}`, ...more },
  })
  expect(answer.statusCode, answer.body).toBe(200)
}
const overview = async (query = ''): Promise<Listed<Tile>> => {
  const answer = await http.call('GET', `/api/v1/overview${query}`)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 })
  return answer.body as Listed<Tile>
}
const find = async (q: string) => {
  const answer = await http.call('GET', `/api/v1/conversations?q=${encodeURIComponent(q)}`)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200 })
  return (answer.body as { items: { tenant_id: string; contact: { name: string; phone: string } }[] }).items
}

describe('the overview', () => {
  it('has every tenant with its bot’s state in one answer, and no removed one', async () => {
    const paid = await make('Padaria')
    const unpaid = await make('Oficina', {})
    const removed = await make('Foi-se')
    await http.call('DELETE', `/api/v1/tenants/${removed.id}`)
    const { items, next } = await overview()
    expect(next).toBeNull()
    expect(items.map(({ id }) => id)).toEqual([unpaid.id, paid.id])
    expect(items[0]).toMatchObject({ name: 'Oficina', subscription: 'past_due', bot: null, unread: 0, waiting: 0 })
    expect(items[1]?.bot).toMatchObject({
      desired: 'running',
      state: { state: 'starting', reason: 'boot' },
      alive: false,
      under_way: null,
      instance: { state: 'absent' },
      number: null,
      transport: 'link',
    })
  })

  it('counts conversations with something unread, and those that wait for a person', async () => {
    const tenant = await make('Contada')
    await hear(tenant, '5511911110001@c.us')
    await hear(tenant, '5511911110002@c.us')
    await hear(tenant, '5511911110002@c.us')
    const one = async (): Promise<Tile | undefined> => (await overview(`?tenants=${tenant.id}`)).items[0]
    expect(await one()).toMatchObject({ unread: 2, waiting: 0 })
    const talks = await http.call('GET', `/api/v1/tenants/${tenant.id}/conversations`)
    const [talk] = (talks.body as Listed<{ id: string }>).items
    const at = `/api/v1/tenants/${tenant.id}/conversations/${talk?.id}`
    await http.call('POST', `${at}/answering`, { answering: 'person' })
    expect(await one()).toMatchObject({ unread: 2, waiting: 1 })
    await http.call('POST', `${at}/read`)
    expect(await one()).toMatchObject({ unread: 1, waiting: 0 })
  })

  it('says who answers first: the flow, a program that is told of messages, or people alone', async () => {
    const tenant = await make('Recém-ligada')
    const at = `/api/v1/tenants/${tenant.id}`
    const answered = async () => (await overview(`?tenants=${tenant.id}`)).items[0]?.answered_by
    const done = async (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) => {
      const answer = await http.call(method, at + path, body)
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
      return answer.body as { id: string }
    }
    expect(await answered()).toBe('people')
    // Told of how its bot fares, and of nothing to answer.
    await done('POST', '/webhooks', { url: 'https://app.example.com/a', events: ['bot.state'] })
    expect(await answered()).toBe('people')
    const { id } = await done('POST', '/webhooks', { url: 'https://app.example.com/b', events: ['message.received'] })
    expect(await answered()).toBe('program')
    await done('PATCH', `/webhooks/${id}`, { enabled: false })
    expect(await answered()).toBe('people')
    await done('POST', '/webhooks', { url: 'https://app.example.com/c' })
    expect(await answered()).toBe('program')
    await done('POST', '/flow/versions', SAMPLE_FLOW)
    expect(await answered()).toBe('flow')
    await done('DELETE', '/flow')
    expect(await answered()).toBe('program')
    const own = await make('Com robô próprio', { subscription: 'paid', transport: 'http', public_url: 'https://bot.example.com' })
    expect((await overview(`?tenants=${own.id}`)).items[0]?.answered_by).toBe('program')
  })

  it('is asked for some tenants alone, and goes on page by page', async () => {
    const made: Made[] = []
    for (const name of ['a', 'b', 'c']) made.push(await make(name))
    const [a, b, c] = made.map(({ id }) => id)
    const gone = '0192f0c1-0000-7000-8000-000000000000'
    expect((await overview(`?tenants=${a},${gone},${c}`)).items.map(({ id }) => id)).toEqual([c, a])
    const first = await overview('?limit=2')
    expect(first.items.map(({ id }) => id)).toEqual([c, b])
    expect((await overview(`?limit=2&cursor=${first.next}`)).items[0]?.id).toBe(a)
    expect(await http.call('GET', '/api/v1/overview?tenants=x')).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'tenants' }] },
    })
  })
})

describe('conversations of all tenants', () => {
  it('are found by name without its accents, and by digits of the number; last spoken in first', async () => {
    const [one, other] = [await make('Uma'), await make('Outra')]
    await hear(one, '5511933334444@c.us', { push_name: 'Antônia Conceição' })
    await hear(other, '5521955556666@c.us', { push_name: 'Antonia Lima' })
    expect((await find('antonia')).map(({ tenant_id }) => tenant_id)).toEqual([other.id, one.id])
    expect(await find('ANTONIA conceicao')).toMatchObject([
      { tenant_id: one.id, tenant_name: 'Uma', contact: { name: 'Antônia Conceição', phone: '5511933334444' } },
    ])
    expect(await find('(21) 95555')).toMatchObject([{ tenant_id: other.id, contact: { phone: '5521955556666' } }])
    expect(await find('100%')).toEqual([])
    expect(await find('ninguém')).toEqual([])
    await http.call('DELETE', `/api/v1/tenants/${other.id}`)
    expect((await find('antonia')).map(({ tenant_id }) => tenant_id)).toEqual([one.id])
  })

  it('are for the operator and API keys alone', async () => {
    const answer = await http.app.inject({ url: '/api/v1/conversations?q=ana' })
    expect(answer.statusCode).toBe(401)
    expect((await http.app.inject({ url: '/api/v1/overview' })).statusCode).toBe(401)
  })

  it('ask for two letters, an emoji being one, and find nothing by what nobody is called', async () => {
    for (const q of ['a', '😀']) {
      const answer = await http.call('GET', `/api/v1/conversations?q=${encodeURIComponent(q)}`)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: 'q', code: 'too_small' }] } })
    }
    expect(await find('😀😀')).toEqual([])
    // Half a letter: no UTF-8, so it stays as it was written.
    expect(await http.call('GET', '/api/v1/conversations?q=a%ED%A0%80')).toMatchObject({ status: 200, body: { items: [] } })
  })
})
