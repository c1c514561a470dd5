import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createRequests } from './request.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp()
})

/** A dashboard as bytes: `answer` writes what it says to each request. */
const dashboard = async (answer: (socket: Socket, n: number) => void) => {
  const seen = { requests: [] as string[], connections: 0, open: new Set<Socket>() }
  const server = createServer((socket) => {
    seen.connections += 1
    seen.open.add(socket)
    socket.on('close', () => seen.open.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (chunk) => answer(socket, seen.requests.push(chunk.toString()) - 1))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  cleanUps.push(() => {
    for (const socket of seen.open) socket.destroy()
    return new Promise((closed) => server.close(closed))
  })
  const requests = createRequests()
  cleanUps.push(requests.close)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?x=1`
  const post = (text = '{"a":"é"}', signal = new AbortController().signal) => requests.post(url, text, { 'x-bot-token': 't' }, signal)
  return { seen, post, server }
}
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
const taken = { status: 200, retryAfter: null }

describe('a request to a dashboard', () => {
  it('is a POST with its headers, over a connection that is kept', async () => {
    const { post, seen } = await dashboard((socket) => socket.write(OK))
    for (let n = 0; n < 10; n += 1) expect(await post()).toEqual(taken)
    expect(seen.connections).toBe(1)
    expect(seen.requests[0]).toMatch(/^POST \/path\?x=1 HTTP\/1\.1\r\n/)
    expect(seen.requests[0]).toMatch(/\r\nx-bot-token: t\r\n(.*\r\n)*content-length: 10\r\n(.*\r\n)*\r\n\{"a":"é"\}$/)
  })

  it.each(['100 Continue', '102 Processing', '103 Early Hints\r\nLink: </a>; rel=preload', '100 Continue\r\n\r\nHTTP/1.1 100 Continue'])(
    'waits for the answer behind an interim one that it did not ask for (%s)',
    async (interim) => {
      const { post } = await dashboard((socket) => socket.write(`HTTP/1.1 ${interim}\r\n\r\n${OK}`))
      expect([await post(), await post()]).toEqual([taken, taken])
    },
  )

  it('hears Retry-After, and follows no redirect', async () => {
    const { post, seen } = await dashboard((socket, n) =>
      socket.write(`HTTP/1.1 ${n === 0 ? 429 : 302} x\r\nRetry-After: 7\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n`),
    )
    expect([await post(), await post()].map(({ status }) => status)).toEqual([429, 302])
    expect(await post()).toEqual({ status: 302, retryAfter: '7' })
    expect(seen.requests).toHaveLength(3)
  })

  it.each<[string, (socket: Socket) => void]>([
    ['breaks off', (socket) => socket.end('x')],
    ['trickles', (socket) => socket.write('x')],
    [
      'does not end',
      (socket) => {
        const more = (): void => {
          while (!socket.destroyed && socket.write('x'.repeat(10_000)));
        }
        socket.on('drain', more)
        more()
      },
    ],
  ])('has an answer also when its body %s, and lets go of the connection', async (_how, body) => {
    const { post, seen } = await dashboard((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n')
      body(socket)
    })
    expect(await post()).toEqual(taken)
    await expect.poll(() => seen.open.size).toBe(0)
  })

  it('says why there is none', async () => {
    const late = new AbortController()
    const silent = await dashboard(() => late.abort(new Error('no answer within 15 ms')))
    await expect(silent.post('{}', late.signal)).rejects.toThrow('no answer within 15 ms')
    const rude = await dashboard((socket) => socket.destroy())
    await expect(rude.post()).rejects.toThrow(/hang up|ECONNRESET/)
    const strange = await dashboard((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    )
    await expect(strange.post()).rejects.toThrow(/hang up|broke/)
    const away = await dashboard(() => {})
    await new Promise((closed) => away.server.close(closed))
    await expect(away.post()).rejects.toThrow('ECONNREFUSED')
  })
})
