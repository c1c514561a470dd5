import type { PostText } from '../sinks/request.ts'

/** The outcome of one request, as a dashboard in trouble might have it. `taken` = it keeps the event, whatever it says. */
type Mood =
  | { kind: 'answer'; taken: boolean; status: number; retryAfter?: string; afterMs: number }
  | { kind: 'reset' | 'silence'; taken: boolean; afterMs: number }

export type Weather = 'fine' | 'mixed' | 'down' | 'refusing' | 'throttling' | 'slow'

export type Arrival = { id: string; body: Record<string, unknown>; atMs: number }

const REFUSALS = [401, 403, 404]
const OTHER_4XX = [400, 402, 405, 409, 413, 415, 422, 451]

/** Posts to a dashboard that is in trouble, chosen by `random`, counted by the (faked) clock; and what it has seen. */
export const createMoodyDashboard = (options: {
  random: () => number
  nowMs: () => number
  weather: () => Weather
  /** Refused for what it is, whenever it comes that far. */
  odd: (body: Record<string, unknown>) => boolean
}) => {
  const { random, nowMs, weather, odd } = options
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1))
  const pick = <T>(from: readonly T[]): T => from[between(0, from.length - 1)] as T
  const seen = {
    requests: 0,
    open: 0,
    mostOpen: 0,
    /** First arrivals of what it kept, in order. */
    taken: [] as Arrival[],
    /** Events whose 2xx reached the bot: they must not come again. */
    known: new Set<string>(),
    odd: new Set<string>(),
    /** Nothing may be asked before: it said so. */
    quietUntilMs: 0,
    repeats: 0,
    faults: [] as string[],
  }
  const ids = new Set<string>()
  const asked = new Set<string>()

  const retryAfter = (): string | undefined => {
    const chance = random()
    if (chance < 0.5) return undefined
    if (chance < 0.75) return String(between(0, 120))
    if (chance < 0.9) return new Date(nowMs() + between(-60, 120) * 1000).toUTCString()
    if (chance < 0.98) return pick(['soon', '-5', '1.5', '0x10', '', '12 monkeys'])
    return pick(['99999999', '9'.repeat(400), 'Fri, 31 Dec 9999 23:59:59 GMT'])
  }
  const failing = (statuses: readonly number[]): Mood => {
    const told = retryAfter()
    return {
      kind: 'answer',
      taken: false,
      status: pick(statuses),
      afterMs: between(0, 2_000),
      ...(told === undefined ? {} : { retryAfter: told }),
    }
  }
  const taking = (body: Record<string, unknown>, afterMs: number): Mood =>
    odd(body)
      ? { kind: 'answer', taken: false, status: pick(OTHER_4XX), afterMs }
      : { kind: 'answer', taken: true, status: pick([200, 200, 201, 202]), afterMs }
  const mood = (body: Record<string, unknown>): Mood => {
    switch (weather()) {
      case 'fine':
        return taking(body, between(1, 50))
      case 'slow':
        return taking(body, between(1_000, 25_000))
      case 'down':
        return { kind: pick(['reset', 'silence']), taken: false, afterMs: between(0, 100) }
      case 'refusing':
        return { kind: 'answer', taken: false, status: pick(REFUSALS), afterMs: between(1, 100) }
      case 'throttling':
        return random() < 0.3 ? taking(body, between(1, 50)) : failing([429])
      case 'mixed': {
        const chance = random()
        if (chance < 0.45) return taking(body, between(1, 5_000))
        if (chance < 0.55) return taking(body, between(1, 50))
        if (chance < 0.65) return { kind: pick(['reset', 'silence']), taken: !odd(body), afterMs: between(0, 5_000) }
        if (chance < 0.75) return { kind: pick(['reset', 'silence']), taken: false, afterMs: between(0, 5_000) }
        if (chance < 0.85) return { kind: 'answer', taken: false, status: pick([301, 302, 303, 307, 308]), afterMs: between(1, 500) }
        return failing([500, 502, 503, 504, 408, 425, 429])
      }
      default:
        throw new Error('there is no such weather')
    }
  }

  const post: PostText = async (_url, text, _headers, signal) => {
    const body = JSON.parse(text) as Record<string, unknown>
    const id = String(body['event_id'])
    const atMs = nowMs()
    seen.requests += 1
    seen.open += 1
    seen.mostOpen = Math.max(seen.mostOpen, seen.open)
    if (seen.known.has(id)) seen.faults.push(`${JSON.stringify(body['body'] ?? body['status'])} came again though its 2xx had arrived`)
    if (asked.has(id)) seen.faults.push(`${JSON.stringify(body['body'] ?? body['status'])} came while it was being answered`)
    asked.add(id)
    if (atMs < seen.quietUntilMs) seen.faults.push(`asked ${seen.quietUntilMs - atMs} ms before Retry-After had passed`)
    const it = mood(body)
    const take = (): void => {
      if (ids.has(id)) seen.repeats += 1
      else seen.taken.push({ id, body, atMs: nowMs() })
      ids.add(id)
    }
    if (it.taken) take()
    try {
      await new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer)
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
        }
        const timer = it.kind === 'silence' ? undefined : setTimeout(resolve, it.afterMs)
        if (signal.aborted) stop()
        signal.addEventListener('abort', stop, { once: true })
      })
      if (it.kind !== 'answer') throw new Error('read ECONNRESET')
      if (it.taken) seen.known.add(id)
      else if (OTHER_4XX.includes(it.status)) seen.odd.add(id)
      else if (it.retryAfter !== undefined && /^\d{1,3}$/.test(it.retryAfter)) {
        seen.quietUntilMs = Math.max(seen.quietUntilMs, nowMs() + Number(it.retryAfter) * 1000)
      }
      return { status: it.status, retryAfter: it.retryAfter ?? null }
    } finally {
      seen.open -= 1
      asked.delete(id)
    }
  }
  return { post, seen }
}
