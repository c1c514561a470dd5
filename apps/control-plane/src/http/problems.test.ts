import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { ERRORS, Problem } from '@zaptria/contract'
import type { ErrorCode } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, {
    driver: {
      exposes: () => ['none', 'host'],
      stats: async () => {
        throw new Error('secret inside: postgres://user:password@host')
      },
      logs: async () => [],
    },
  })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const own = (): Record<string, string> => ({ cookie: http.cookie, host: 'localhost', origin: 'http://localhost' })
const json = (payload: string) =>
  ({ method: 'POST', url: '/api/v1/tenants', payload, headers: { 'content-type': 'application/json' } }) as const

describe('problems', () => {
  const cases: [what: string, request: InjectOptions, code: ErrorCode][] = [
    ['an unknown address', { url: '/api/v1/nothing' }, 'not_found'],
    ['an unknown address outside the API', { method: 'POST', url: '/nothing' }, 'not_found'],
    ['a method that the address does not take', { method: 'PUT', url: '/api/v1/tenants' }, 'method_not_allowed'],
    ['bad JSON', json('{"name":'), 'bad_request'],
    ['JSON that reaches for prototypes', json('{"name":"x","__proto__":{"a":1}}'), 'bad_request'],
    ['no body', json(''), 'validation_failed'],
    [
      'a body of another type',
      { ...json('name=x'), headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'unsupported_media_type',
    ],
    ['text', { ...json('name=x'), headers: { 'content-type': 'text/plain' } }, 'unsupported_media_type'],
    ['a body over a mebibyte', json(JSON.stringify({ name: 'x'.repeat(1024 * 1024) })), 'payload_too_large'],
    ['a field that is wrong', json('{"name":""}'), 'validation_failed'],
    ['a query that is wrong', { url: '/api/v1/tenants?limit=0' }, 'validation_failed'],
    ['NUL in a field', json('{"name":"a\\u0000b"}'), 'validation_failed'],
    ['half a letter in a field', json('{"name":"a\\ud800"}'), 'validation_failed'],
    ['NUL in a query', { url: '/api/v1/tenants?q=%00' }, 'validation_failed'],
    ['NUL for a tenant', { url: '/api/tenants/%00/whatsapp/qr', method: 'POST' }, 'tenant_not_found'],
    ['an address that cannot be decoded', { url: '/api/v1/tenants/%E0%A4%A' }, 'not_found'],
    ['an address that is too long', { url: `/api/tenants/${'x'.repeat(300)}/whatsapp/qr`, method: 'POST' }, 'not_found'],
  ]
  it.each(cases)('answer %s from the catalogue', async (_what, request, code) => {
    const answer = await http.app.inject({ ...request, headers: { ...own(), ...request.headers } })
    expect(answer.headers['content-type'], answer.body).toBe('application/problem+json; charset=utf-8')
    const problem = Problem.parse(answer.json())
    expect([problem.code, problem.status, answer.statusCode, problem.title]).toEqual([
      code,
      ERRORS[code][0],
      ERRORS[code][0],
      ERRORS[code][1],
    ])
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{8,}$/)
    expect(problem.instance).toContain(answer.headers['x-request-id'])
  })

  it('say which methods an address takes', async () => {
    const answer = await http.app.inject({ method: 'DELETE', url: '/api/v1/tenants?x=1', headers: own() })
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'GET, POST'])
  })

  it('name the place of each mistake', async () => {
    const tenant = (await http.call('POST', '/api/v1/tenants', { name: 'Campos', subscription: 'paid' })).body as { id: string }
    const answer = await http.call('PATCH', `/api/v1/tenants/${tenant.id}/bot`, {
      pacing: { per_minute: -1, min_gap_ms: 'x' },
      expose: 'all',
    })
    expect(answer.status).toBe(400)
    expect((answer.body as { errors: { path: string }[] }).errors.map((each) => each.path).toSorted()).toEqual([
      'expose',
      'pacing.min_gap_ms',
      'pacing.per_minute',
    ])
  })

  it('say what each mistake is about by a code too', async () => {
    const answer = await http.call('POST', '/api/v1/tenants', {
      name: '',
      external_id: 'x'.repeat(201),
      subscription: 'free',
      transport: 'http',
      public_url: 'nowhere',
      colour: 1,
    })
    const { errors = [] } = Problem.parse(answer.body)
    expect(Object.fromEntries(errors.map(({ path, code }) => [path, code]))).toEqual({
      '': 'unrecognized_keys',
      external_id: 'too_big',
      name: 'too_small',
      public_url: 'not_an_address',
      subscription: 'invalid_value',
    })
    expect((await http.call('POST', '/api/v1/tenants', { name: 'a\0b' })).body).toMatchObject({
      errors: [{ path: 'name', code: 'unstorable' }],
    })
  })

  it('tell nothing of our inside, but the log does, under the request id', async () => {
    const tenant = (await http.call('POST', '/api/v1/tenants', { name: 'Segredo', subscription: 'paid' })).body as { id: string }
    const answer = await http.app.inject({
      url: `/api/v1/tenants/${tenant.id}/bot/stats`,
      headers: { ...own(), 'x-request-id': 'my-request-1' },
    })
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal'])
    expect(answer.body).not.toMatch(/secret|password|stack|driver/)
    expect(answer.headers['x-request-id']).toBe('my-request-1')
    expect(http.log.filter((line) => line.includes('my-request-1') && line.includes('secret inside'))).toHaveLength(1)
  })

  it('keep bodies, queries and tokens out of the log', async () => {
    await http.app.inject({ url: '/api/v1/tenants?q=private-words', headers: own() })
    await http.app.inject({ ...json('{"name":"private-name"}'), headers: { ...own(), 'content-type': 'application/json' } })
    await http.app.inject({ url: '/api/v1/tenants', headers: { authorization: 'Bearer zap_live_abc_private' } })
    expect(http.log.join('')).not.toMatch(/private|zaptria\.session_token/)
    expect(http.log.some((line) => line.includes('"route":"/api/v1/tenants"'))).toBe(true)
  })

  it('answer bytes that are not HTTP', async () => {
    await http.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = http.app.server.address() as AddressInfo
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
      let text = ''
      socket
        .on('data', (chunk: Buffer) => (text += chunk.toString()))
        .on('end', () => resolve(text))
        .on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/)
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ code: 'bad_request' })
  })

  it('say that the service is unavailable while the database is away', async () => {
    await using gone = await createTestDatabase()
    await using away = await startTestHttp(gone.url)
    await gone[Symbol.asyncDispose]()
    const answer = await away.call('GET', '/readyz')
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect((await away.call('GET', '/healthz')).status).toBe(200)
  })
})
