import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { AwayProblem, createApi } from './client.ts'

let dir: string
let file: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'zaptria-upload-'))
  file = join(dir, 'file')
})
afterEach(() => rmSync(dir, { recursive: true }))

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** Bytes of buffers that somebody still has. */
const held = (): number => {
  collect()
  return process.memoryUsage().arrayBuffers
}

const SIZE = 100_000_000
const Said = z.object({ bytes: z.number() })
/** The file goes to whoever answers like that. */
const upload = async (answer: RequestListener, signal = new AbortController().signal): Promise<z.infer<typeof Said>> => {
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    return new Promise<void>((done) => void server.close(() => done()))
  })
  const { port } = server.address() as AddressInfo
  return createApi({ url: `http://127.0.0.1:${port}`, key: 'k' }, signal).upload('/there', Said, file, { 'x-word': 'w' })
}

describe('a file that is uploaded', () => {
  it('arrives whole, and is never in memory whole, however slowly it is taken', async () => {
    writeFileSync(file, '')
    truncateSync(file, SIZE)
    const before = held()
    let most = 0
    const said = await upload((request, response) => {
      const { method, url, headers } = request
      expect([method, url, headers['content-length'], headers['authorization'], headers['x-word']]).toEqual([
        'POST',
        '/api/v1/there',
        String(SIZE),
        'Bearer k',
        'w',
      ])
      void (async () => {
        let [bytes, chunks] = [0, 0]
        for await (const chunk of request) {
          bytes += (chunk as Buffer).length
          if (chunks++ % 100 === 0) most = Math.max(most, held() - before)
          await delay(1)
        }
        response.end(JSON.stringify({ bytes }))
      })()
    })
    expect(said).toEqual({ bytes: SIZE })
    expect(most).toBeLessThan(SIZE / 4)
  }, 60_000)

  it('that is refused before all of it was sent is told why', async () => {
    writeFileSync(file, '')
    truncateSync(file, SIZE)
    const problem = { type: 'x', title: 'The file is too large.', status: 413, code: 'media_too_large', hint: 'Send a smaller one.' }
    await expect(upload((_, response) => response.writeHead(413).end(JSON.stringify(problem)))).rejects.toMatchObject({
      message: 'The file is too large.',
      hint: 'Send a smaller one.',
    })
  })

  it('says who does not answer, and ends when the user wants it', async () => {
    writeFileSync(file, 'x')
    await expect(upload((request) => request.socket.destroy())).rejects.toBeInstanceOf(AwayProblem)
    const stop = new AbortController()
    const asked = upload(() => stop.abort(new Error('Stopped by SIGINT.')), stop.signal)
    await expect(asked).rejects.not.toBeInstanceOf(AwayProblem)
  })
})
