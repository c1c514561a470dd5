import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPERATOR, startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let now = 0
beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url, { now: () => now })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  http.app.inject({ method: 'POST', url, payload, headers: { host: 'localhost', ...headers } })
const minuteLater = (): void => void (now += 60_000)
const cookieOf = (answer: { headers: Record<string, unknown> }): string =>
  [answer.headers['set-cookie']]
    .flat()
    .map((each) => String(each).split(';')[0])
    .join('; ')

describe('session', () => {
  it('opens with email and password, in a cookie that scripts cannot read', async () => {
    const answer = await post('/api/v1/session', OPERATOR)
    expect(answer.statusCode, answer.body).toBe(200)
    expect(answer.json()).toEqual({ user: { id: expect.any(String), email: OPERATOR.email, name: 'Operator', role: 'operator' } })
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly/i)
    expect(String(answer.headers['set-cookie'])).toMatch(/SameSite=Lax/i)
    const session = await http.app.inject({ url: '/api/v1/session', headers: { cookie: cookieOf(answer) } })
    expect(session.json()).toEqual(answer.json())
  })

  it('answers a wrong password and an unknown person alike', async () => {
    minuteLater()
    const wrong = await post('/api/v1/session', { ...OPERATOR, password: 'wrong password' })
    const unknown = await post('/api/v1/session', { email: 'nobody@example.com', password: 'wrong password' })
    expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401])
    expect({ ...wrong.json(), instance: '' }).toEqual({ ...unknown.json(), instance: '' })
    expect(wrong.headers['content-type']).toMatch(/^application\/problem\+json/)
  })

  it('is asked for at most five times a minute per address and email', async () => {
    minuteLater()
    const attempts = []
    for (let nr = 0; nr < 6; nr++) attempts.push(await post('/api/v1/session', { email: 'guess@example.com', password: 'guess' }))
    expect(attempts.map((each) => each.statusCode)).toEqual([401, 401, 401, 401, 401, 429])
    expect(attempts[5]!.headers['retry-after']).toBe('12')
    expect(attempts[5]!.json()).toMatchObject({ code: 'rate_limited' })
    expect((await post('/api/v1/session', OPERATOR)).statusCode).toBe(200)
    minuteLater()
    expect((await post('/api/v1/session', { email: 'guess@example.com', password: 'guess' })).statusCode).toBe(401)
  })

  it('opens with a link, once, for fifteen minutes', async () => {
    minuteLater()
    const link = new URL(await http.auth.createSignInLink('http://127.0.0.1:8080'))
    expect(link.pathname).toBe('/sign-in')
    const token = link.searchParams.get('token')!
    const both = await Promise.all([post('/api/v1/session/link', { token }), post('/api/v1/session/link', { token })])
    expect(both.map((each) => each.statusCode).toSorted((a, b) => a - b)).toEqual([200, 401])
    expect((await post('/api/v1/session/link', { token })).statusCode).toBe(401)
    expect((await post('/api/v1/session/link', { token: 'made-up' })).statusCode).toBe(401)

    const late = new URL(await http.auth.createSignInLink('http://127.0.0.1:8080')).searchParams.get('token')!
    const { rows } = await sql<{ minutes: string }>`
      update sign_in_links set expires_at = expires_at - interval '15 minutes 1 second' where used_at is null
      returning extract(epoch from expires_at - created_at) / 60 as minutes`.execute(http.db)
    expect(Number(rows[0]!.minutes)).toBeCloseTo(0, 1)
    expect((await post('/api/v1/session/link', { token: late })).statusCode).toBe(401)
  })

  it('ends by signing out', async () => {
    minuteLater()
    const cookie = cookieOf(await post('/api/v1/session', OPERATOR))
    const out = await http.app.inject({
      method: 'DELETE',
      url: '/api/v1/session',
      headers: { cookie, host: 'localhost', origin: 'http://localhost' },
    })
    expect(out.statusCode, out.body).toBe(204)
    expect((await http.app.inject({ url: '/api/v1/session', headers: { cookie } })).statusCode).toBe(401)
  })

  it('is refused to pages of other sites, cookie or not', async () => {
    minuteLater()
    const cases = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { origin: 'http://localhost', 'sec-fetch-site': 'same-site' },
    ]
    for (const headers of cases) {
      const create = await http.app.inject({
        method: 'POST',
        url: '/api/v1/tenants',
        payload: { name: 'x' },
        headers: { cookie: http.cookie, host: 'localhost', ...headers } as Record<string, string>,
      })
      expect([create.statusCode, create.json().code], JSON.stringify(headers)).toEqual([403, 'forbidden'])
      expect((await post('/api/v1/session', OPERATOR, headers as Record<string, string>)).statusCode).toBe(403)
    }
    const silent = await http.app.inject({
      method: 'POST',
      url: '/api/v1/tenants',
      payload: { name: 'x' },
      headers: { cookie: http.cookie },
    })
    expect(silent.statusCode).toBe(403)
    expect((await http.call('GET', '/api/v1/session')).status).toBe(200)
  })

  it('sets a password: without the old one only shortly after a link; other sessions end', async () => {
    minuteLater()
    const put = (cookie: string, payload: object) =>
      http.app.inject({
        method: 'PUT',
        url: '/api/v1/session/password',
        payload,
        headers: { cookie, host: 'localhost', origin: 'http://localhost' },
      })
    const byPassword = cookieOf(await post('/api/v1/session', OPERATOR))
    const refused = await put(byPassword, { password: 'another password' })
    expect([refused.statusCode, refused.json().errors]).toEqual([403, [{ path: 'current', message: expect.any(String) }]])
    expect((await put(byPassword, { password: 'short', current: OPERATOR.password })).statusCode).toBe(400)
    expect((await put(byPassword, { password: 'another password', current: OPERATOR.password })).statusCode).toBe(204)
    expect((await http.app.inject({ url: '/api/v1/session', headers: { cookie: byPassword } })).statusCode).toBe(200)
    expect((await http.app.inject({ url: '/api/v1/session', headers: { cookie: http.cookie } })).statusCode).toBe(401)

    const token = new URL(await http.auth.createSignInLink('http://localhost')).searchParams.get('token')!
    const byLink = cookieOf(await post('/api/v1/session/link', { token }))
    expect((await put(byLink, { password: OPERATOR.password })).statusCode).toBe(204)
    // Now it is the only session: there is no other to end.
    expect((await put(byLink, { password: OPERATOR.password })).statusCode).toBe(204)
    minuteLater()
    expect((await post('/api/v1/session', OPERATOR)).statusCode).toBe(200)
  })

  it('is needed: nothing of the API answers without', async () => {
    for (const url of ['/api/v1/session', '/api/v1/tenants', '/api/v1/live', '/api/v1/tenants/x/bot'])
      expect((await http.app.inject({ url })).statusCode, url).toBe(401)
    const forged = await http.app.inject({ url: '/api/v1/tenants', headers: { cookie: 'zaptria.session_token=forged.signature' } })
    expect(forged.statusCode).toBe(401)
  })

  it('has an operator made once, even by two at once', async () => {
    const again = await Promise.all([http.auth.ensureOperator({ email: 'x@example.com' }), http.auth.ensureOperator(OPERATOR)])
    expect(again.map((each) => [each.made, each.email])).toEqual([
      [false, OPERATOR.email],
      [false, OPERATOR.email],
    ])
  })
})
