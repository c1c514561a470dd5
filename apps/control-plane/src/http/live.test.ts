import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Hint } from '@zaptria/contract'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let port: number
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
  await http.app.listen({ port: 0, host: '127.0.0.1' })
  port = (http.app.server.address() as AddressInfo).port
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

type Listener = { response: IncomingMessage; text: () => string; hints: () => Hint[]; ended: () => boolean; close: () => void }

async function listen(query = '', at = port, cookie = http.cookie): Promise<Listener> {
  let text = ''
  let ended = false
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: at, host: '127.0.0.1', path: `/api/v1/live${query}`, headers: { cookie } }, resolve).on('error', reject)
  })
  response
    .on('data', (chunk: Buffer) => (text += chunk.toString()))
    .on('close', () => (ended = true))
    .on('error', () => {})
  return {
    response,
    text: () => text,
    hints: () => [...text.matchAll(/^event: hint\ndata: (.+)$/gm)].map((match) => JSON.parse(match[1]!) as Hint),
    ended: () => ended,
    close: () => response.destroy(),
  }
}
const create = async (name: string): Promise<string> =>
  ((await http.call('POST', '/api/v1/tenants', { name, subscription: 'paid' })).body as { id: string }).id

describe('live hints', () => {
  it('reach whoever listens, as server-sent events', async () => {
    const live = await listen()
    expect([live.response.statusCode, live.response.headers['content-type'], live.response.headers['cache-control']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store, no-transform',
    ])
    await waitFor(() => live.text().startsWith('retry: 1000\n\n'), { what: 'the stream to begin' })
    const tenant = await create('Ao vivo')
    await waitFor(() => live.hints().some((hint) => hint.noun === 'bot' && hint.tenant_id === tenant), { what: 'the hint of a new bot' })
    expect(live.hints()).toContainEqual({ noun: 'tenant', id: tenant, tenant_id: tenant, version: '1' })
    live.close()
  })

  it('can be of one tenant only', async () => {
    const [mine, other] = [await create('Minha'), await create('Alheia')]
    const live = await listen(`?tenant=${mine}`)
    await http.call('POST', `/api/v1/tenants/${other}/bot/restart`)
    await http.call('POST', `/api/v1/tenants/${mine}/bot/restart`)
    await waitFor(() => live.hints().length > 0, { what: 'a hint of the tenant' })
    expect(new Set(live.hints().map((hint) => hint.tenant_id))).toEqual(new Set([mine]))
    live.close()
    expect((await http.call('GET', '/api/v1/live?tenant=nonsense')).status).toBe(400)
  })

  it('end when the server stops, at once', async () => {
    await using another = await createTestDatabase()
    await using second = await startTestHttp(another.url)
    await second.app.listen({ port: 0, host: '127.0.0.1' })
    const live = await listen('', (second.app.server.address() as AddressInfo).port, second.cookie)
    await waitFor(() => live.text() !== '', { what: 'the stream to begin' })
    const began = performance.now()
    await second.app.close()
    await waitFor(() => live.ended(), { what: 'the stream to end' })
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
