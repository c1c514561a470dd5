import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PAGE_POLICY, policyText } from '@zaptria/contract'
import { createTestDatabase } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createApp } from './app.ts'
import { serveDashboard } from './dashboard.ts'
import { publicOrigin } from './server.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

let database: TestDatabase
let http: TestHttp
let dir: string
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'zaptria-dashboard-'))
  await mkdir(path.join(dir, 'assets'))
  await writeFile(path.join(dir, 'index.html'), '<!doctype html><title>Zaptria</title>')
  await writeFile(path.join(dir, 'assets', 'app-1a2b.js'), 'export {}')
  await writeFile(path.join(dir, '..', 'zaptria-outside.txt'), 'outside')
  database = await createTestDatabase()
  http = await startTestHttp(database.url, { dashboardDir: dir, publicUrl: 'https://zap.example.com' })
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
  await rm(path.join(dir, '..', 'zaptria-outside.txt'), { force: true })
})

const page = (url: string, accept = 'text/html,application/xhtml+xml,*/*') => http.app.inject({ url, headers: { accept } })

describe('dashboard', () => {
  it('answers every page of its own with its one file, always fresh, its built files for ever', async () => {
    for (const url of ['/', '/sign-in?token=abc', '/tenants/123/conversations/4']) {
      const answer = await page(url)
      expect([answer.statusCode, answer.body.includes('<title>Zaptria</title>'), answer.headers['cache-control']], url).toEqual([
        200,
        true,
        'no-cache',
      ])
      expect(answer.headers['content-security-policy']).toContain(policyText(PAGE_POLICY))
    }
    const asset = await page('/assets/app-1a2b.js', '*/*')
    expect([asset.statusCode, asset.headers['cache-control']]).toEqual([200, 'public, max-age=31536000, immutable'])
  })

  it('does not hide what is missing', async () => {
    for (const url of ['/assets/gone.js', '/api/v1/nothing', '/api', '/favicon.ico'])
      expect([(await page(url)).statusCode, (await page(url)).headers['content-type']], url).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ])
    expect((await page('/tenants', 'application/json')).statusCode).toBe(404)
    expect((await http.app.inject({ method: 'POST', url: '/tenants' })).statusCode).toBe(404)
    for (const url of ['/../zaptria-outside.txt', '/%2e%2e/zaptria-outside.txt', '/..%2fzaptria-outside.txt'])
      expect((await page(url)).body, url).not.toContain('outside')
  })

  it('is only for https when it is public', async () => {
    const answer = await page('/')
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
    expect(answer.headers['content-security-policy']).toContain('upgrade-insecure-requests')
    expect(publicOrigin('https://zap.example.com/')).toBe('https://zap.example.com')
    for (const url of ['http://127.0.0.1:8080', 'http://localhost:1', 'http://[::1]:1']) expect(publicOrigin(url)).toBe(url)
    for (const url of ['http://zap.example.com', 'ftp://127.0.0.1', 'http://127.0.0.1.evil.example'])
      expect(() => publicOrigin(url)).toThrow(/https/)
  })

  it('may only be asked for by its own address', async () => {
    const create = (headers: object) =>
      http.app.inject({ method: 'POST', url: '/api/v1/tenants', payload: { name: 'x' }, headers: { cookie: http.cookie, ...headers } })
    expect((await create({ host: 'inside:8080', origin: 'https://zap.example.com' })).statusCode).toBe(201)
    expect((await create({ host: 'inside:8080', origin: 'https://zap.example.com.evil.example' })).statusCode).toBe(403)
  })

  it('refuses to start without having been built', async () => {
    const app = await createApp({ logger: pino({ level: 'silent' }), https: false })
    await expect(serveDashboard(app, path.join(dir, 'assets'))).rejects.toThrow(/no index\.html/)
    await app.close()
  })
})
