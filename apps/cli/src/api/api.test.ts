import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ApiProblem, AwayProblem, createApi, unlessAway } from './client.ts'
import { readUrl } from './command.ts'
import { readLogin, removeLogin, writeLogin } from './login-file.ts'

describe('an address of Zaptria', () => {
  it.each([
    ['zap.example.com', 'https://zap.example.com'],
    ['https://zap.example.com:8443/', 'https://zap.example.com:8443'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
  ])('%s is %s', (text, url) => expect(readUrl(text)).toBe(url))

  it.each(['http://zap.example.com', 'https://zap.example.com/api', 'https://key@zap.example.com', 'https://', 'zap example'])(
    '%s is none that a key is sent to',
    (text) => expect(() => readUrl(text)).toThrow(/https|address/),
  )
})

describe('what login keeps', () => {
  const home = (): { HOME: string } => {
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-login-'))
    onTestFinished(() => rmSync(dir, { recursive: true }))
    return { HOME: dir }
  }

  it('is there again, and is forgotten', () => {
    const env = home()
    expect(readLogin(env)).toBeNull()
    writeLogin(env, { url: 'https://zap.example.com', key: 'k' })
    expect(readLogin(env)).toEqual({ url: 'https://zap.example.com', key: 'k' })
    expect([removeLogin(env), removeLogin(env), readLogin(env)]).toEqual([true, false, null])
  })

  it('can be forgotten and made anew although it is broken', () => {
    const env = home()
    mkdirSync(join(env.HOME, '.config/zaptria'), { recursive: true })
    writeFileSync(join(env.HOME, '.config/zaptria/login.json'), '{')
    expect(() => readLogin(env)).toThrow(/not what "zaptria login" writes/)
    expect(removeLogin(env)).toBe(true)
  })
})

describe('a Zaptria that is away', () => {
  it.each([
    ['does not listen', null],
    ['is behind a proxy that says so', [502, '<html>']],
    ['says so itself', [503, '{"type":"x","title":"t","status":503,"code":"unavailable","hint":"h"}']],
    ['breaks off in the middle of its answer', 'cut'],
  ] as const)('when it %s, is waited for', async (_, answer) => {
    const server = createServer((_request, response) => {
      if (answer === 'cut') {
        response.writeHead(200, { 'content-length': '100' }).write('{')
        setTimeout(() => response.destroy(), 20)
      } else if (answer !== null) response.writeHead(answer[0]).end(answer[1])
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    const close = (): Promise<unknown> => new Promise((done) => server.close(done))
    if (answer === null) await close()
    else onTestFinished(async () => void (await close()))
    const api = createApi({ url: `http://127.0.0.1:${port}`, key: 'k' }, new AbortController().signal)
    const look = () => api.call('GET', '/tenants', z.unknown())
    await expect(look()).rejects.toBeInstanceOf(AwayProblem)
    expect(await unlessAway(look)).toBeNull()
  })
})

describe('a refusal', () => {
  const problem = {
    type: 'x',
    title: 'Some fields are not as they should be.',
    status: 400,
    code: 'validation_failed',
    hint: 'See `errors`.',
  }

  it('that names the places says them, and not where in the answer they are', () => {
    const { message, hint } = new ApiProblem({ ...problem, errors: [{ path: 'name', message: 'is empty' }] })
    expect(message).toBe('Some fields are not as they should be.\n  name: is empty')
    expect(hint).toBe('Put that right, and try again.')
    expect(new ApiProblem(problem).hint).toBe('See `errors`.')
    const conflict = new ApiProblem({ ...problem, status: 409, code: 'conflict', detail: 'The bot is connected.', hint: 'See `detail`.' })
    expect([conflict.message, conflict.hint]).toEqual(['The bot is connected.', 'Nothing was changed.'])
  })
})
