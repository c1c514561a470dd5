import type { BotEventBody } from '@zaptria/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createMetrics } from '../metrics.ts'
import { openDatabase } from '../outbox/database.ts'
import { createOutbox, type Outbox } from '../outbox/outbox.ts'
import { memoryLog, tempDir, TENANT, TOKEN } from '../testing/bot.ts'
import { createMoodyDashboard, type Weather } from '../testing/moody-dashboard.ts'
import { createHttpSink, type HttpSink } from './http.ts'
import type { PostText } from './request.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const WEATHERS: readonly Weather[] = ['fine', 'mixed', 'mixed', 'mixed', 'down', 'refusing', 'throttling', 'slow']

/** mulberry32: the same seed, the same hour. */
const randomOf = (seed: number) => {
  let state = seed >>> 0
  return (): number => {
    state = (state + 0x6d_2b_79_f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** How WhatsApp names a contact: by phone, by LID with the phone beside it, by LID alone. */
type Named = 'phone' | 'lid' | 'stranger'
const contactOf = (jid: unknown): string => /(\d{8})@/.exec(String(jid))?.[1] ?? ''

const message = (chat: number, n: number, named: Named = 'phone'): Extract<BotEventBody, { kind: 'message' }> => {
  const digits = String(10_000_000 + chat)
  const [phone, lid] = [`55119${digits}@c.us`, `7700${digits}@lid`]
  const chatId = named === 'phone' ? phone : lid
  return {
    kind: 'message',
    wa_id: `M${n}`,
    chat_id: chatId,
    from_me: false,
    sender: chatId,
    phone: named === 'stranger' ? null : phone,
    lid,
    body: `m${n}`,
    timestamp: Math.floor(Date.now() / 1000),
    type: 'chat',
    caught_up: false,
  }
}
/** Each third contact is a stranger until its phone is told; chats change between their two names, and now and then the page has forgotten. */
const createNames = (random: () => number) => {
  const known = new Set<number>()
  return (contact: number): Named => {
    if (contact % 3 === 0 && !known.has(contact) && random() < 0.8) return 'stranger'
    known.add(contact)
    const chance = random()
    return chance < 0.5 ? 'phone' : chance < 0.9 ? 'lid' : 'stranger'
  }
}
const oddOf = (body: Record<string, unknown>): boolean => {
  const text = body['body']
  return typeof text === 'string' && Number(text.slice(1)) % 53 === 0
}

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'], now: Date.UTC(2026, 10, 24) }))
afterEach(() => {
  vi.useRealTimers()
})

/** So long of trouble, and then three good hours: what the bot's disk and the dashboard know at the end. */
const trouble = async (options: { seed: number; forMs: number; messages: number; chats: number }) => {
  const random = randomOf(options.seed)
  await using dir = await tempDir()
  const end = Date.now() + options.forMs
  let weather: Weather = 'fine'
  let changesAt = 0
  let mended = false
  const dashboard = createMoodyDashboard({
    random: randomOf(options.seed + 1),
    nowMs: Date.now,
    weather: () => weather,
    odd: (body) => !mended && oddOf(body),
  })
  let outbox: Outbox
  let sink: HttpSink
  const metrics = createMetrics({
    state: () => 'connected',
    outbox: () => outbox.events.counts(),
    volume: () => ({ used: 0, limit: null }),
    linkUp: () => false,
  })
  const { log } = memoryLog('fatal')
  const start = (): void => {
    const db = openDatabase(dir.path)
    // Nobody pulls the plug here: only what the files say counts, not how long the disk takes.
    db.exec('pragma synchronous = off')
    outbox = createOutbox(db, Date.now)
    sink = createHttpSink({
      dashboardUrl: 'http://dashboard',
      token: TOKEN,
      tenantId: TENANT,
      outbox,
      account: () => '5511900000001',
      metrics,
      log,
      nowMs: Date.now,
      wallMs: Date.now,
      random,
      post: dashboard.post,
      onGone: () => dashboard.seen.faults.push('the bot thinks that it is not wanted'),
    })
    sink.start()
  }
  const stop = async (): Promise<void> => {
    await sink.close(AbortSignal.abort())
    outbox.close()
  }
  const paused = async (): Promise<number> => (await metrics.sinkPaused.get()).values[0]?.value ?? 0

  const nameOf = createNames(randomOf(options.seed + 2))
  const sent = new Map<string, string[]>()
  const statuses: string[] = []
  let n = 0
  let restarts = 0
  let alarms = 0
  let mostTimers = 0
  const write = (): void => {
    const bodies: BotEventBody[] = Array.from({ length: Math.min(1 + Math.floor(random() * 6), options.messages - n) }, () => {
      const chat = Math.floor(random() ** 2 * options.chats)
      const body = message(chat, (n += 1), nameOf(chat))
      const contact = contactOf(body.chat_id)
      sent.set(contact, [...(sent.get(contact) ?? []), body.body])
      return body
    })
    if (random() < 0.1) {
      const connected = statuses.length % 2 === 0
      statuses.push(connected ? 'connected' : 'disconnected')
      bodies.push(
        connected
          ? { kind: 'state', state: 'connected', reason: 'ready' }
          : { kind: 'state', state: 'reconnecting', reason: 'network_lost' },
      )
    }
    outbox.events.append(bodies.map((body) => ({ body, epoch: 1, moveWatermark: true })))
  }

  start()
  // On the average 3.5 messages a step, spread over nine tenths of the time.
  const stepMs = Math.floor((options.forMs * 0.9 * 3.5) / options.messages)
  while (Date.now() < end || n < options.messages) {
    if (Date.now() >= changesAt) {
      if (weather === 'refusing') alarms += await paused()
      weather = WEATHERS[Math.floor(random() * WEATHERS.length)] ?? 'fine'
      changesAt = Date.now() + MINUTE + Math.floor(random() * (options.forMs / 10))
    }
    if (n < options.messages) write()
    await vi.advanceTimersByTimeAsync(Math.floor(random() * 2 * stepMs))
    mostTimers = Math.max(mostTimers, vi.getTimerCount())
    if (random() < 0.02) {
      await stop()
      dashboard.seen.quietUntilMs = 0
      restarts += 1
      start()
    }
  }
  weather = 'fine'
  await vi.advanceTimersByTimeAsync(3 * HOUR)
  const atTheEnd = { ...outbox!.events.counts(), paused: await paused() }
  const firsts = [...dashboard.seen.taken]
  // A person mends the dashboard, and has replayed what it did not like.
  mended = true
  outbox!.events.replay()
  await vi.advanceTimersByTimeAsync(MINUTE)
  const replayed = { ...outbox!.events.counts(), taken: dashboard.seen.taken.length - firsts.length }
  await stop()
  return { sent, statuses, firsts, atTheEnd, replayed, seen: dashboard.seen, restarts, alarms, mostTimers, messages: n }
}

const check = (run: Awaited<ReturnType<typeof trouble>>): void => {
  const { sent, statuses, firsts, atTheEnd, replayed, seen } = run
  expect(seen.faults).toEqual([])
  expect(firsts.filter(({ body }) => 'status' in body).map(({ body }) => body['status'])).toEqual(statuses)
  const arrived = new Map<string, unknown[]>()
  for (const { body } of firsts) {
    if ('status' in body) continue
    const contact = contactOf(body['from'])
    arrived.set(contact, [...(arrived.get(contact) ?? []), body['body']])
  }
  for (const [contact, texts] of sent) {
    expect([contact, arrived.get(contact) ?? []]).toEqual([contact, texts.filter((text) => !oddOf({ body: text }))])
  }
  const odd = [...sent.values()].flat().filter((text) => oddOf({ body: text })).length
  expect(seen.odd.size).toBe(odd)
  expect(atTheEnd).toEqual({ pending: 0, setAside: odd, paused: 0 })
  expect(replayed).toEqual({ pending: 0, setAside: 0, taken: odd })
  expect(seen.mostOpen).toBeLessThanOrEqual(8)
  // One timer per request and one to look again, however much waits.
  expect(run.mostTimers).toBeLessThanOrEqual(2 * 8 + 1)
}

/** A seed that failed: FOREIGN_SEED=7 npm test -- http.model */
const only = process.env['FOREIGN_SEED']
const seeds = only === undefined ? Array.from({ length: 10 }, (_, index) => index + 1) : [Number(only)]

describe('a foreign dashboard in trouble, by a clock of its own', () => {
  it.each(seeds)(
    'has everything after an hour, in order, nothing twice that it had confirmed (seed %i)',
    { timeout: 60_000 },
    async (seed) => {
      check(await trouble({ seed, forMs: HOUR, messages: 400, chats: 200 }))
    },
  )

  it.each(only === undefined ? [101] : [])('the same after a day (seed %i)', { timeout: 120_000 }, async (seed) => {
    const run = await trouble({ seed, forMs: 24 * HOUR, messages: 1_500, chats: 300 })
    check(run)
    expect(run.restarts).toBeGreaterThan(0)
    expect(run.alarms).toBeGreaterThan(0)
    expect(run.seen.repeats).toBeGreaterThan(0)
  })
})

describe('http sink, beside a disk and a dashboard that stumble', () => {
  const start = (path: string, random: () => number, post: PostText) => {
    const outbox = createOutbox(openDatabase(path), Date.now)
    const read = {
      state: () => 'connected' as const,
      outbox: () => outbox.events.counts(),
      volume: () => ({ used: 0, limit: null }),
      linkUp: () => false,
    }
    const { log } = memoryLog('fatal')
    const sink = createHttpSink({
      dashboardUrl: 'http://dashboard',
      token: TOKEN,
      tenantId: TENANT,
      outbox,
      account: () => null,
      metrics: createMetrics(read),
      log,
      nowMs: Date.now,
      wallMs: Date.now,
      random,
      post,
      onGone: () => {},
    })
    const end = async (): Promise<void> => {
      await sink.close(AbortSignal.abort())
      outbox.close()
    }
    return { outbox, sink, [Symbol.asyncDispose]: end }
  }
  const note = (outbox: Outbox, chats: number): void =>
    void outbox.events.append(Array.from({ length: chats }, (_, n) => ({ body: message(n, n + 1), epoch: 1, moveWatermark: true })))

  it('begins nothing of a contact whose two lanes become one under way before all of it is through', async () => {
    await using dir = await tempDir()
    const open = new Map<string, () => void>()
    const post: PostText = async (_url, text) => {
      const { body } = JSON.parse(text) as { body: string }
      await new Promise<void>((resolve) => open.set(body, resolve))
      open.delete(body)
      return { status: 200, retryAfter: null }
    }
    await using bot = start(dir.path, () => 0.5, post)
    const turn = () => vi.advanceTimersByTimeAsync(1)
    const say = async (n: number, named: Named, more: { lid?: null } = {}): Promise<void> => {
      bot.outbox.events.append([{ body: { ...message(1, n, named), ...more }, epoch: 1, moveWatermark: true }])
      await turn()
    }
    const answer = async (body: string): Promise<void> => {
      open.get(body)?.()
      await turn()
    }
    bot.sink.start()
    await say(1, 'stranger')
    await say(2, 'phone', { lid: null })
    await say(3, 'stranger')
    expect([...open.keys()]).toEqual(['m1', 'm2'])
    await say(4, 'lid')
    await answer('m2')
    expect([...open.keys()]).toEqual(['m1'])
    await say(5, 'phone')
    for (const next of ['m1', 'm3', 'm4', 'm5']) {
      expect([...open.keys()]).toEqual([next])
      await answer(next)
    }
    expect(bot.outbox.events.counts().pending).toBe(0)
  })

  it('sends nothing again that the dashboard has confirmed while the disk does not let go of it', async () => {
    await using dir = await tempDir()
    let posts = 0
    await using bot = start(
      dir.path,
      () => 0.5,
      () => {
        posts += 1
        return Promise.resolve({ status: 200, retryAfter: null })
      },
    )
    const { delivered } = bot.outbox.events
    let failures = 0
    bot.outbox.events.delivered = (seq) => {
      if ((failures += 1) <= 3) throw new Error('database or disk is full')
      delivered(seq)
    }
    note(bot.outbox, 1)
    bot.sink.start()
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect([failures, posts, bot.outbox.events.counts().pending]).toEqual([4, 1, 0])
  })

  it('waits for one refusal’s time when eight are refused at once, and takes an overload for no consent', async () => {
    await using dir = await tempDir()
    const asked: number[] = []
    const began = Date.now()
    const post: PostText = async () => {
      asked.push(Date.now() - began)
      await new Promise((resolve) => setTimeout(resolve, 50))
      return { status: asked.length === 9 ? 503 : 401, retryAfter: null }
    }
    await using bot = start(dir.path, () => 0.99, post)
    note(bot.outbox, 20)
    bot.sink.start()
    await vi.advanceTimersByTimeAsync(91 * 1000)
    expect(asked.filter((at) => at < 1000).length).toBe(8)
    expect(asked[8]).toBeGreaterThan(60_000)
    // After the 503 it is still one at a time.
    expect(asked.length).toBe(10)
  })
})
