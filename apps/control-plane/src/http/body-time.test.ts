import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { App } from './app.ts'
import { createApp } from './app.ts'
import { takeAnyBody } from './receive.ts'

const MOST_MS = 300
let app: App
let port: number

beforeAll(async () => {
  app = await createApp({ logger: pino({ level: 'silent' }), https: false, bodyMs: MOST_MS })
  app.post('/small', () => 'taken')
  app.post('/slow', async () => {
    await delay(2 * MOST_MS)
    return 'taken late'
  })
  app.post('/refused', { onRequest: async (_, reply) => void (await reply.code(403).send('no')) }, () => 'never')
  await app.register(async (uploads) => {
    takeAnyBody(uploads)
    uploads.post('/large', { config: { largeBody: true } }, async (request) => {
      let bytes = 0
      for await (const chunk of request.raw as AsyncIterable<Buffer>) bytes += chunk.length
      return String(bytes)
    })
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as { port: number }).port
})
afterAll(() => app.close())

/** Says that `length` bytes come, and what is heard back until the connection ends or `ms` have passed. */
function post(path: string, length: number): { socket: Socket; heard: (ms: number) => Promise<string> } {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (data) => (text += data.toString()))
  socket.on('error', () => {})
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`)
  const ended = once(socket, 'close')
  return { socket, heard: async (ms) => (await Promise.race([ended, delay(ms)]), socket.destroy(), text) }
}

describe('a body that does not come', () => {
  it('ends the request, and says why', async () => {
    const { socket, heard } = post('/small', 100)
    // A drop now and then does not help.
    for (let i = 0; i < 3; i += 1) {
      socket.write('{')
      await delay(150)
    }
    const text = await heard(5_000)
    expect(text).toMatch(/^HTTP\/1\.1 408 /)
    expect(text).toContain('"code":"request_timeout"')
  })

  it('is none of requests that come by no connection, however long their answer takes', async () => {
    const [answer] = await Promise.all([app.inject({ method: 'POST', url: '/slow', payload: { a: 1 } }), delay(2 * MOST_MS)])
    expect(answer.body).toBe('taken late')
  })

  it('is waited for as long as any of it comes, where large files are taken', async () => {
    const { socket, heard } = post('/large', 10)
    for (let i = 0; i < 10; i += 1) {
      socket.write('x')
      await delay(100)
    }
    expect(await heard(1_000)).toMatch(/^HTTP\/1\.1 200 [^]*10$/)
    expect(await post('/large', 10).heard(5_000)).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('is not answered twice', async () => {
    const text = await post('/refused', 100).heard(5_000)
    expect(text).toMatch(/^HTTP\/1\.1 403 /)
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })
})

describe('a body that is there', () => {
  it('may be worked on for longer', async () => {
    const { socket, heard } = post('/small', 2)
    socket.write('{}')
    expect(await heard(2 * MOST_MS)).toMatch(/^HTTP\/1\.1 200 /)
  })
})
