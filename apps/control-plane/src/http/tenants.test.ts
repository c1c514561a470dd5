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

const create = async (body: object): Promise<{ id: string; bot_token?: string }> => {
  const answer = await http.call('POST', '/api/v1/tenants', body)
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 201 })
  return answer.body as { id: string; bot_token?: string }
}

describe('tenants', () => {
  it('are made without a bot until they have paid', async () => {
    const tenant = await create({ name: 'Padaria' })
    expect(tenant).toMatchObject({ name: 'Padaria', external_id: null, subscription: 'past_due' })
    expect(tenant).not.toHaveProperty('bot_token')
    expect(await http.call('GET', `/api/v1/tenants/${tenant.id}`)).toMatchObject({ status: 200, body: { id: tenant.id, bot: null } })
    expect(await http.call('GET', `/api/v1/tenants/${tenant.id}/bot`)).toMatchObject({ status: 404, body: { code: 'bot_not_found' } })
  })

  it('get a bot and its token, once, when they pay', async () => {
    const tenant = await create({ name: 'Oficina', subscription: 'past_due' })
    const paid = await http.call('PATCH', `/api/v1/tenants/${tenant.id}`, { subscription: 'paid' })
    expect(paid).toMatchObject({ status: 200, body: { subscription: 'paid', bot_token: expect.stringMatching(/^zbt_[\w-]{36,}$/) } })
    const again = await http.call('PATCH', `/api/v1/tenants/${tenant.id}`, { subscription: 'paid' })
    expect(again.body).not.toHaveProperty('bot_token')
    const bot = await http.call('GET', `/api/v1/tenants/${tenant.id}/bot`)
    expect(bot).toMatchObject({
      status: 200,
      body: {
        desired: 'running',
        state: { state: 'starting', reason: 'boot' },
        alive: false,
        instance: { state: 'absent' },
        server: 'local',
        container_name: expect.stringMatching(/^zaptria-bot-[0-9a-f]{12}$/),
      },
    })
  })

  it('keep their bot while past due and lose it when cancelled; paying again brings it back', async () => {
    const { id, bot_token } = await create({ name: 'Salão', subscription: 'paid' })
    expect(bot_token).toMatch(/^zbt_/)
    const desired = async (): Promise<unknown> => (await http.call('GET', `/api/v1/tenants/${id}/bot`)).body
    await http.call('PATCH', `/api/v1/tenants/${id}`, { subscription: 'past_due' })
    expect(await desired()).toMatchObject({ desired: 'running' })
    await http.call('PATCH', `/api/v1/tenants/${id}`, { subscription: 'cancelled' })
    expect(await desired()).toMatchObject({ desired: 'removed' })
    expect(await http.call('POST', `/api/v1/tenants/${id}/bot/start`)).toMatchObject({
      status: 409,
      body: { code: 'subscription_not_paid' },
    })
    await http.call('PATCH', `/api/v1/tenants/${id}`, { subscription: 'paid' })
    expect(await desired()).toMatchObject({ desired: 'running' })
  })

  it('may have a bot of their own elsewhere, said when the bot is made', async () => {
    const elsewhere = { transport: 'http', public_url: 'https://bot.example.com/7' }
    const made = await create({ name: 'Longe', subscription: 'paid', ...elsewhere })
    expect(made.bot_token).toMatch(/^zbt_/)
    expect(await http.call('GET', `/api/v1/tenants/${made.id}/bot`)).toMatchObject({
      body: { ...elsewhere, desired: 'running', alive: false },
    })
    const later = await create({ name: 'Depois' })
    expect(await http.call('PATCH', `/api/v1/tenants/${later.id}`, { subscription: 'paid', ...elsewhere })).toMatchObject({
      status: 200,
      body: { bot_token: expect.any(String) },
    })
    expect(await http.call('PATCH', `/api/v1/tenants/${later.id}`, { subscription: 'paid', ...elsewhere })).toMatchObject({
      status: 409,
      body: { code: 'conflict', errors: [{ path: 'transport' }] },
    })
    const ours = await create({ name: 'Aqui', subscription: 'paid', transport: 'link' })
    expect(await http.call('GET', `/api/v1/tenants/${ours.id}/bot`)).toMatchObject({ body: { transport: 'link', public_url: null } })
  })

  it.each<[what: object, path: string]>([
    [{ subscription: 'paid', transport: 'http' }, 'public_url'],
    [{ subscription: 'paid', public_url: 'https://bot.example.com' }, 'public_url'],
    [{ transport: 'http', public_url: 'https://bot.example.com' }, 'transport'],
    [{ subscription: 'paid', transport: 'carrier pigeon' }, 'transport'],
    ...['http://bot.example.com', 'ftp://127.0.0.1', 'bot', 'https://a:b@bot.example.com', 'https://bot.example.com/?x=1'].map(
      (public_url): [object, string] => [{ subscription: 'paid', transport: 'http', public_url }, 'public_url'],
    ),
  ])('hear what is wrong with a bot’s place: %j', async (body, path) => {
    expect(await http.call('POST', '/api/v1/tenants', { name: 'x', ...body })).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path }] },
    })
  })

  it('are due for the reconcile loop after every change', async () => {
    const { id } = await create({ name: 'Devida', subscription: 'paid' })
    await http.db
      .updateTable('bots')
      .set({ due_at: new Date('2100-01-01') })
      .where('tenant_id', '=', id)
      .execute()
    await http.call('PATCH', `/api/v1/tenants/${id}`, { subscription: 'cancelled' })
    const bot = await http.db.selectFrom('bots').select('due_at').where('tenant_id', '=', id).executeTakeFirstOrThrow()
    expect(bot.due_at.getTime()).toBeLessThan(Date.parse('2100-01-01'))
  })

  it('have an external id of their own, free again after removal', async () => {
    const first = await create({ name: 'Um', external_id: 'loja-1', subscription: 'paid' })
    expect(await http.call('POST', '/api/v1/tenants', { name: 'Dois', external_id: 'loja-1' })).toMatchObject({
      status: 409,
      body: { code: 'conflict', errors: [{ path: 'external_id' }] },
    })
    expect((await http.call('DELETE', `/api/v1/tenants/${first.id}`)).status).toBe(204)
    expect(await http.call('GET', `/api/v1/tenants/${first.id}`)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } })
    expect(await http.call('DELETE', `/api/v1/tenants/${first.id}`)).toMatchObject({ status: 404 })
    const bot = await http.db.selectFrom('bots').select('desired').where('tenant_id', '=', first.id).executeTakeFirstOrThrow()
    expect(bot.desired).toBe('removed')
    await create({ name: 'Dois', external_id: 'loja-1' })
  })

  it('are listed newest first, page by page, and found by name or external id', async () => {
    const made = []
    for (let nr = 0; nr < 5; nr++) made.push((await create({ name: `Lista 100%_${nr}`, external_id: `ext-${nr}` })).id)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = `q=${encodeURIComponent('lista 100%_')}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`
      const answer = await http.call('GET', `/api/v1/tenants?${query}`)
      const list = answer.body as { items: { id: string }[]; next: string | null }
      expect(list.items.length).toBeLessThanOrEqual(2)
      seen.push(...list.items.map((item) => item.id))
      cursor = list.next
    }
    expect(seen).toEqual(made.toReversed())
    expect(await http.call('GET', '/api/v1/tenants?q=ext-3')).toMatchObject({ body: { items: [{ id: made[3] }], next: null } })
    expect(await http.call('GET', '/api/v1/tenants?cursor=bogus')).toMatchObject({
      status: 400,
      body: { code: 'validation_failed', errors: [{ path: 'cursor' }] },
    })
  })

  it('name the field that is wrong', async () => {
    const answer = await http.call('POST', '/api/v1/tenants', { name: '', subscription: 'free', colour: 'red' })
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
    expect((answer.body as { errors: { path: string }[] }).errors.map((each) => each.path)).toEqual(
      expect.arrayContaining(['name', 'subscription']),
    )
  })

  it('that never were, or whose id cannot be one, are not found', async () => {
    for (const id of ['0192f0c1-0000-7000-8000-000000000000', 'nonsense'])
      for (const path of ['', '/bot', '/bot/qr', '/bot/states'])
        expect(await http.call('GET', `/api/v1/tenants/${id}${path}`)).toMatchObject({ status: 404, body: { code: 'tenant_not_found' } })
  })
})
