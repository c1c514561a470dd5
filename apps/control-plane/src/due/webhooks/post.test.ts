import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { parseAllowed } from '../../webhooks/address.ts'
import { createWebhookAgent } from '../../webhooks/connector.ts'
import { postWebhook } from './post.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

type Seen = Pick<IncomingMessage, 'method' | 'url' | 'headers'> & { to: string; port: number | undefined }

async function receiver(answer: RequestListener): Promise<{ port: number; server: Server; seen: Seen[] }> {
  // A socket that has ended no longer knows its addresses.
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    const { method, url, headers, socket } = request
    seen.push({ method, url, headers, to: socket.localAddress?.replace('::ffff:', '') ?? '', port: socket.remotePort })
    answer(request, response)
  })
  await new Promise<void>((listening) => server.listen(0, '0.0.0.0', listening))
  cleanUps.push(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  return { port: (server.address() as AddressInfo).port, server, seen }
}

const agentFor = (allowed: string, lookup?: LookupFunction) => {
  const agent = createWebhookAgent({ allowed: parseAllowed(allowed), perOrigin: 4, ...(lookup === undefined ? {} : { lookup }) })
  cleanUps.push(() => agent.destroy())
  return agent
}
const to = (url: string, o: { allowed?: string; lookup?: LookupFunction; timeoutMs?: number; signal?: AbortSignal } = {}) => {
  const dispatcher = agentFor(o.allowed ?? '127.0.0.0/8', o.lookup)
  return () =>
    postWebhook({
      dispatcher,
      url,
      headers: { 'webhook-id': 'x' },
      body: '{"a":1}',
      signal: o.signal ?? new AbortController().signal,
      ...(o.timeoutMs === undefined ? {} : { timeoutMs: o.timeoutMs }),
    })
}
const resolvingTo =
  (next: () => string): LookupFunction =>
  (_name, _options, callback) =>
    (callback as (error: null, found: { address: string; family: number }[]) => void)(null, [{ address: next(), family: 4 }])

describe('a webhook that is posted', () => {
  it('is JSON at its path with its headers, over a connection that is kept', async () => {
    const bodies: Promise<string>[] = []
    const { port, seen } = await receiver((request, response) => {
      bodies.push(text(request))
      request.on('end', () => response.end('thanks'))
    })
    const post = to(`http://127.0.0.1:${port}/in?x=1`)
    for (let i = 0; i < 20; i++) expect(await post()).toMatchObject({ kind: 'succeeded', status: 200, error: null, response: 'thanks' })
    expect(await Promise.all(bodies)).toEqual(Array.from({ length: 20 }, () => '{"a":1}'))
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/in?x=1', headers: { 'webhook-id': 'x', 'content-type': 'application/json' } })
    expect(new Set(seen.map((request) => request.port)).size).toBeLessThanOrEqual(4)
  })

  it.each([
    [204, 'succeeded', null],
    [302, 'failed', 'answered 302: redirects are not followed'],
    [400, 'failed', 'answered 400'],
    [410, 'failed', 'answered 410'],
    [500, 'failed', 'answered 500'],
  ] as const)('and answered %i has %s', async (status, kind, error) => {
    const { port, seen } = await receiver((_, response) => void response.writeHead(status, { location: '/elsewhere' }).end())
    expect(await to(`http://127.0.0.1:${port}/`)()).toMatchObject({ kind, status, error })
    expect(seen).toHaveLength(1)
  })

  it('hears how long it should wait, in seconds or as a date, a day at most', async () => {
    const after: string[] = ['7', new Date(Date.now() + 60_000).toUTCString(), '99999999', 'soon']
    const { port } = await receiver((_, response) => void response.writeHead(429, { 'retry-after': after.shift() }).end())
    const post = to(`http://127.0.0.1:${port}/`)
    expect((await post()).retryAfterMs).toBe(7_000)
    const dated = (await post()).retryAfterMs ?? 0
    expect(dated).toBeGreaterThan(50_000)
    expect(dated).toBeLessThanOrEqual(60_000)
    expect((await post()).retryAfterMs).toBe(86_400_000)
    expect((await post()).retryAfterMs).toBeNull()
  })

  it('keeps the beginning of an endless answer only', async () => {
    const { port, server } = await receiver((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('\0é'.repeat(1000)));
      }
      response.on('drain', more)
      more()
    })
    const outcome = await to(`http://127.0.0.1:${port}/`)()
    expect(outcome).toMatchObject({ kind: 'succeeded', status: 200 })
    expect(Buffer.byteLength(outcome.response ?? '')).toBeLessThanOrEqual(1024)
    expect(outcome.response).not.toContain('\0')
    await expect.poll(() => new Promise((count) => server.getConnections((_, n) => count(n)))).toBe(0)
  })

  it('is given up when the answer takes too long, headers or body', async () => {
    for (const answer of [() => {}, (_: unknown, response: { write(text: string): void }) => response.write('x')]) {
      const { port } = await receiver(answer)
      const outcome = await to(`http://127.0.0.1:${port}/`, { timeoutMs: 300 })()
      expect(outcome.duration_ms).toBeLessThan(5_000)
      if (outcome.status === null) expect(outcome).toMatchObject({ kind: 'failed', error: 'no answer within 0.3 s' })
    }
  })

  it('is broken off by a stop, which is nobody’s failure', async () => {
    const { port } = await receiver(() => {})
    const stop = new AbortController()
    const posting = to(`http://127.0.0.1:${port}/`, { signal: stop.signal })()
    stop.abort()
    expect(await posting).toMatchObject({ kind: 'stopped' })
  })
})

describe('where a webhook may not go', () => {
  it.each([
    'http://127.0.0.1:PORT/',
    'http://localhost:PORT/',
    'http://0x7f000001:PORT/',
    'http://[::ffff:127.0.0.1]:PORT/',
    'http://0.0.0.0:PORT/',
  ])('it does not: %s', async (url) => {
    const { port, server, seen } = await receiver((_, response) => void response.end())
    let connections = 0
    server.on('connection', () => (connections += 1))
    const outcome = await to(url.replace('PORT', String(port)), { allowed: '' })()
    expect(outcome).toMatchObject({
      kind: 'failed',
      status: null,
      error: expect.stringContaining('not an address that webhooks may go to'),
    })
    expect([seen.length, connections]).toEqual([0, 0])
  })

  it('it does not, when a name that was well is pointed there later', async () => {
    const addresses = ['127.0.0.2', '127.0.0.1', '127.0.0.2']
    const { port, seen } = await receiver((_, response) => void response.writeHead(200, { connection: 'close' }).end())
    const post = to(`http://rebound.example:${port}/`, { allowed: '127.0.0.2', lookup: resolvingTo(() => addresses.shift()!) })
    expect(await post()).toMatchObject({ kind: 'succeeded' })
    expect(await post()).toMatchObject({ kind: 'failed', error: expect.stringContaining('not an address that webhooks may go to') })
    expect(await post()).toMatchObject({ kind: 'succeeded' })
    expect(seen.map((request) => request.to)).toEqual(['127.0.0.2', '127.0.0.2'])
  })

  it('it does not follow a redirect there', async () => {
    const inside = await receiver((_, response) => void response.end('secret'))
    const outside = await receiver((_, response) => void response.writeHead(307, { location: `http://127.0.0.1:${inside.port}/` }).end())
    const post = to(`http://out.example:${outside.port}/`, { allowed: '127.0.0.2', lookup: resolvingTo(() => '127.0.0.2') })
    expect(await post()).toMatchObject({ kind: 'failed', status: 307, response: null })
    expect(inside.seen).toHaveLength(0)
  })

  it('it says why when nobody is there', async () => {
    const { port, server } = await receiver(() => {})
    await new Promise((closed) => server.close(closed))
    expect(await to(`http://127.0.0.1:${port}/`)()).toMatchObject({ kind: 'unreached', error: expect.stringContaining('ECONNREFUSED') })
  })
})
