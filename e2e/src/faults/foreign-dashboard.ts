import { once } from 'node:events'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Random } from './random.ts'

export const MOODS = [
  'well',
  'slow',
  'failing',
  'lost answers',
  'resets',
  'silent',
  'redirects',
  'garbage',
  'interim answers',
  'overloaded',
  'refusing',
  'away',
] as const
export type Mood = (typeof MOODS)[number]

/** One time that an event was kept. `answeredAt`: its 2xx went out whole, so the bot may not bring it again. */
type Kept = { answeredAt: number | null }

/** A dashboard of somebody else's, on a port of its own: it knows the seed's contract, and has moods. */
export async function openForeignDashboard(random: Random) {
  let mood: Mood = 'well'
  /** What it does not like, whenever it comes. */
  let picky = true
  const order: Record<string, unknown>[] = []
  const kept = new Map<string, Kept[]>()
  /** Came again after its 2xx had gone out. */
  const again: { text: string; answeredAt: number }[] = []
  const odd = new Set<string>()
  let tries = 0

  /** When a request had come whole: a slow answer to a bot that is dead says nothing of the one that came after it. */
  const askedAt = new WeakMap<ServerResponse, number>()

  const keep = (body: Record<string, unknown>, response: ServerResponse): Kept => {
    const id = String(body['event_id'])
    const before = kept.get(id) ?? []
    for (const { answeredAt } of before) {
      if (answeredAt === null || (askedAt.get(response) ?? Infinity) < answeredAt) continue
      again.push({ text: String(body['body'] ?? body['status']), answeredAt })
    }
    if (before.length === 0) order.push(body)
    const now: Kept = { answeredAt: null }
    kept.set(id, [...before, now])
    return now
  }
  const take = (body: Record<string, unknown>, response: ServerResponse, text = '{"ok":true}'): void => {
    if (picky && isOdd(body['body'])) {
      odd.add(String(body['event_id']))
      response.writeHead(422).end('{"error":"odd"}')
      return
    }
    const now = keep(body, response)
    response.writeHead(200).end(text, () => (now.answeredAt = Date.now()))
  }
  const answer = (body: Record<string, unknown>, response: ServerResponse): void => {
    const half = random.chance(0.5)
    switch (mood) {
      case 'well':
        return take(body, response)
      case 'slow':
        setTimeout(() => take(body, response), random.between(200, 3_000))
        return
      case 'failing':
        return half ? take(body, response) : void response.writeHead(random.pick([500, 502, 503])).end()
      case 'lost answers':
        if (!isOdd(body['body'])) keep(body, response)
        return void response.destroy()
      case 'resets':
        return half ? take(body, response) : void response.destroy()
      case 'silent':
        return half ? take(body, response) : undefined
      case 'redirects':
        return half ? take(body, response) : void response.writeHead(302, { location: '/login' }).end()
      case 'garbage':
        return take(body, response, '<html>Whoops'.repeat(random.between(1, 10_000)))
      case 'interim answers':
        // Nobody asked for it.
        response.writeContinue()
        return take(body, response)
      case 'overloaded':
        return half ? take(body, response) : void response.writeHead(429, half ? {} : { 'retry-after': String(random.between(0, 3)) }).end()
      case 'refusing':
        return void response.writeHead(random.pick([401, 403, 404])).end()
      case 'away':
        return void response.destroy()
      default:
        mood satisfies never
    }
  }

  const server = createServer((request, response) => {
    let raw = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (raw += chunk))
    request.on('end', () => {
      tries += 1
      askedAt.set(response, Date.now())
      answer(JSON.parse(raw) as Record<string, unknown>, response)
    })
  })
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const leave = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  const port = await listen(0)
  return {
    url: `http://127.0.0.1:${port}`,
    odd,
    again,
    tries: (): number => tries,
    /** Repeats that were to be expected: nobody told the bot that it was kept. */
    repeats: (): number => [...kept.values()].reduce((sum, times) => sum + times.length - 1, 0),
    /** What it kept, in the order of first arrivals. */
    taken: (field: 'qr_code' | 'status' | 'body') => order.filter((body) => field in body),
    async turn(next: Mood): Promise<void> {
      if (mood !== 'away' && next === 'away') await leave()
      if (mood === 'away' && next !== 'away') await listen(port)
      mood = next
    },
    likeAll(): void {
      picky = false
    },
    async close(): Promise<void> {
      if (server.listening) await leave()
    },
  }
}
export type ForeignDashboard = Awaited<ReturnType<typeof openForeignDashboard>>

/** Each forty-first message is refused for good. */
export const isOdd = (text: unknown): boolean => typeof text === 'string' && /^m\d+;$/.test(text) && Number(text.slice(1, -1)) % 41 === 0
