import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openWire } from './wire.ts'
import type { FilesHurt, Wire } from './wire.ts'

const FILE = Buffer.alloc(100_000, 'x')
/** What came whole to the other end. */
const came: string[] = []
const server = createServer((request, response) => {
  void (async () => {
    let size = 0
    for await (const chunk of request as AsyncIterable<Buffer>) size += chunk.length
    came.push(`${request.method} ${request.url} ${size}`)
    response.end(request.method === 'GET' ? FILE : 'stored')
  })().catch(() => {})
})
let wire: Wire
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  wire = await openWire(() => ({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }))
})
beforeEach(() => {
  wire.mend()
  came.length = 0
})
afterAll(async () => {
  await wire.close()
  server.closeAllConnections()
  server.close()
})

const ask = async (method: string, path: string): Promise<number | 'broken'> => {
  try {
    const answer = await fetch(`http://127.0.0.1:${wire.port}${path}`, { method, ...(method === 'PUT' ? { body: FILE } : {}) })
    await answer.bytes()
    return answer.status
  } catch {
    return 'broken'
  }
}
const PUT = '/api/bots/media?wa_id=1'
const GET = '/api/bots/media/1'

describe('the wire, to requests for files', () => {
  it.each<[FilesHurt, string, string, unknown, string[]]>([
    ['deaf', 'PUT', PUT, 'broken', [`PUT ${PUT} 100000`]],
    ['deaf', 'GET', GET, 'broken', [`GET ${GET} 0`]],
    ['broken', 'PUT', PUT, 'broken', []],
    ['broken', 'GET', GET, 'broken', [`GET ${GET} 0`]],
    ['refused', 'GET', GET, 503, []],
  ])('that are %s, %s %s, does just that, and to nothing else', async (how, method, path, answer, arrived) => {
    // A connection that is there already, and is taken again.
    expect(await ask(method, path)).toBe(200)
    came.length = 0
    wire.hurtFiles(how)
    expect(await ask(method, path)).toBe(answer)
    expect(came).toEqual(arrived)
    expect(await ask('GET', '/other')).toBe(200)
    wire.mend()
    expect(await ask(method, path)).toBe(200)
  })

  it.each([
    ['PUT', PUT, [`PUT ${PUT} 100000`]],
    ['GET', GET, []],
  ])('holds the one that it is to hold in its middle, %s %s, and lets it go', async (method, path, later) => {
    const held = wire.hold(new RegExp(`^${method} /api/bots/media`), 50_000)
    expect(await ask('GET', '/other')).toBe(200)
    came.length = 0
    const asked = ask(method, path)
    await held
    expect(await ask('GET', '/other')).toBe(200)
    expect(came).toEqual([...(later.length === 0 ? [`GET ${GET} 0`] : []), 'GET /other 0'])
    wire.mend()
    expect(await asked).toBe(200)
    expect(came.slice(came.indexOf('GET /other 0') + 1)).toEqual(later)
  })

  it('that are refused takes none', async () => {
    wire.hurtFiles('refused')
    // Who is still sending may not hear the answer.
    expect([503, 'broken']).toContain(await ask('PUT', PUT))
    expect(came).toEqual([])
  })
})
