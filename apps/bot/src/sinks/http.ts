import { SEED_TOKEN_HEADER } from '@zaptria/contract'
import { backoff } from '@zaptria/core'
import { messageOf } from '../engine/error.ts'
import type { Logger } from '../logger.ts'
import type { Metrics } from '../metrics.ts'
import type { StoredEvent } from '../outbox/events.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { retryAfterMs } from './link-retry.ts'
import type { Answer, PostText } from './request.ts'
import { deliveryOf, signatureHeaders, webhookSecret, webhookUrl, type Told } from './seed.ts'

export type HttpSinkTimings = { timeoutMs: number; retry: { baseMs: number; maxMs: number }; refusedMs: number; giveUpMs: number }
export const HTTP_SINK_TIMINGS: HttpSinkTimings = {
  timeoutMs: 15_000,
  retry: { baseMs: 1_000, maxMs: 10 * 60_000 },
  refusedMs: 60_000,
  giveUpMs: 7 * 24 * 3600_000,
}
/** Contacts that are delivered at once. */
const AT_ONCE = 8
/** Retry-After is honoured so far: a slip of the pen there must not silence a bot for years, nor overflow a timer. */
const LONGEST_TOLD_MS = 3600_000
/** A QR is good for about a minute. */
const QR_MS = 60_000

type Tried = Answer | { error: string }
type Outcome =
  | { do: 'taken' | 'gone' | 'refused' }
  | { do: 'aside'; why: string }
  | { do: 'retry'; waitMs: number; everybody: boolean; why: string }

export type HttpSinkOptions = {
  dashboardUrl: string
  token: string
  tenantId: string
  outbox: Outbox
  account: () => string | null
  metrics: Metrics
  log: Logger
  nowMs: () => number
  wallMs: () => number
  random: () => number
  /** The dashboard does not want this bot any more (410). */
  onGone: () => void
  post: PostText
  timings?: HttpSinkTimings
}

/** What an answer means for an event. Pure. */
export const outcomeOf = (
  answer: Tried,
  options: { attempts: number; nowMs: number; retry: HttpSinkTimings['retry']; random: () => number },
): Outcome => {
  const wait =
    Math.round(options.retry.baseMs / 2) +
    backoff({ attempt: options.attempts, base_ms: options.retry.baseMs, max_ms: options.retry.maxMs, random: options.random })
  if ('error' in answer) return { do: 'retry', waitMs: wait, everybody: false, why: answer.error }
  const { status } = answer
  const told = retryAfterMs(answer.retryAfter, options.nowMs)
  const retry: Outcome = {
    do: 'retry',
    waitMs: Math.max(wait, Math.min(told ?? 0, LONGEST_TOLD_MS)),
    everybody: told !== null || status === 429,
    why: `HTTP ${status}`,
  }
  if (status >= 200 && status < 300) return { do: 'taken' }
  if (status === 410) return { do: 'gone' }
  if (status === 401 || status === 403 || status === 404) return { do: 'refused' }
  if (status === 408 || status === 425 || status === 429 || status >= 500) return retry
  // A redirect is a dashboard at a wrong address, or a sign-in page: following it would turn the POST into a GET and lose the event.
  if (status >= 300 && status < 400) return retry
  return { do: 'aside', why: `HTTP ${status}` }
}

/**
 * Delivers the outbox by the seed's webhooks: in order for each contact, contacts beside each other. What fails is tried again for days, from
 * the disk; what is refused for good is set aside, out of its chat's way.
 */
export const createHttpSink = (options: HttpSinkOptions) => {
  const { outbox, log, metrics, nowMs, wallMs } = options
  const { events, volume } = outbox
  const timings = options.timings ?? HTTP_SINK_TIMINGS
  const secret = webhookSecret(options.token)
  const closing = new AbortController()
  const asking = new Set<AbortController>()
  const drains = new Map<{ lane: string }, Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let started = false
  let gone = false
  /** Nobody is asked before: the dashboard said so, or refuses this bot. */
  let quietUntil = 0 // on the monotonic clock
  let refusals = 0
  /** What the dashboard has, and the disk would not let go of yet: it is not offered again. */
  const taken = new Map<number, () => void>()

  const told = (): Told => (volume.get('http_told') === 'connected' ? 'connected' : 'disconnected')

  const post = async (url: string, id: string, text: string): Promise<Tried> => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error(`no answer within ${timings.timeoutMs} ms`)), timings.timeoutMs)
    asking.add(late)
    try {
      const headers = {
        'content-type': 'application/json',
        [SEED_TOKEN_HEADER]: options.token,
        ...signatureHeaders(secret, id, Math.floor(wallMs() / 1000), text),
      }
      return await options.post(url, text, headers, late.signal)
    } catch (error) {
      return { error: messageOf(error) }
    } finally {
      clearTimeout(timer)
      asking.delete(late)
    }
  }

  /** Off the disk, and if that fails, at least not sent again while this process lives. */
  const settle = (event: StoredEvent, work: () => void): void => {
    taken.set(event.seq, work)
    work()
    taken.delete(event.seq)
  }

  /** One try of one event. True = it is out of the way and its lane may go on. */
  const deliver = async (event: StoredEvent): Promise<boolean> => {
    const known = taken.get(event.seq)
    if (known !== undefined) {
      settle(event, known)
      return true
    }
    const delivery = deliveryOf(event, told(), options.account())
    const stale = event.body.kind === 'qr' && wallMs() - Date.parse(event.at) > QR_MS
    if (delivery === null || stale) {
      events.delivered(event.seq)
      return true
    }
    const url = webhookUrl(options.dashboardUrl, options.tenantId, delivery.what)
    const answer = await post(url, event.event_id, JSON.stringify(delivery.body))
    if (closing.signal.aborted && 'error' in answer) return false
    metrics.deliveries.inc({ answer: 'error' in answer ? 'none' : String(answer.status) })
    const outcome = outcomeOf(answer, { attempts: event.attempts, nowMs: wallMs(), retry: timings.retry, random: options.random })
    const about = { event_id: event.event_id, kind: event.body.kind, attempts: event.attempts + 1 }
    // Of whether it accepts this bot, an overloaded or absent dashboard says nothing.
    if ((outcome.do === 'taken' || outcome.do === 'aside') && refusals > 0) {
      refusals = 0
      metrics.sinkPaused.set(0)
      log.info('the dashboard accepts this bot again')
    }
    switch (outcome.do) {
      case 'taken':
        settle(event, () => {
          if (delivery.what === 'status') volume.set('http_told', delivery.body.status)
          events.delivered(event.seq)
        })
        return true
      case 'aside':
        events.setAside(event.seq, outcome.why)
        log.error({ ...about, why: outcome.why }, 'the dashboard does not take an event: it is set aside and can be replayed')
        return true
      case 'gone':
        gone = true
        log.error('the dashboard does not want this bot any more (410): nothing is delivered until a restart')
        options.onGone()
        return false
      case 'refused': {
        // Those that were under way beside the first say the same once more: one refusal, or a moment's slip would pause for ten minutes.
        if (performance.now() < quietUntil && refusals > 0) return false
        refusals += 1
        const waitMs =
          timings.refusedMs / 2 +
          backoff({ attempt: refusals - 1, base_ms: timings.refusedMs, max_ms: 10 * timings.refusedMs, random: options.random })
        quietUntil = Math.max(quietUntil, performance.now() + waitMs)
        metrics.sinkPaused.set(1)
        log.error(
          { ...about, ...answer, retry_ms: waitMs },
          'the dashboard refuses this bot: are BOT_TOKEN, TENANT_ID and DASHBOARD_URL right?',
        )
        return false
      }
      case 'retry': {
        if (event.firstTriedAtMs !== null && nowMs() - event.firstTriedAtMs > timings.giveUpMs) {
          events.setAside(event.seq, outcome.why)
          log.error({ ...about, why: outcome.why }, 'an event was tried for days: it is set aside and can be replayed')
          return true
        }
        events.postpone(event.seq, nowMs() + outcome.waitMs)
        if (outcome.everybody) quietUntil = Math.max(quietUntil, performance.now() + outcome.waitMs)
        log.warn({ ...about, why: outcome.why, retry_ms: outcome.waitMs }, 'the dashboard did not take an event')
        return false
      }
      default:
        return outcome satisfies never
    }
  }

  /** Two lanes that were learnt to be one contact's may both have something under way: nothing else of them begins before both are through. */
  const busy = (lane: string, besides?: { lane: string }): boolean =>
    [...drains.keys()].some((drain) => drain !== besides && events.lane(drain.lane) === lane)

  const drainLane = async (drain: { lane: string }, first: StoredEvent): Promise<void> => {
    let event: StoredEvent | null = first
    while (event !== null && !gone && !closing.signal.aborted && performance.now() >= quietUntil) {
      if (!(await deliver(event))) return
      const lane = events.lane(drain.lane)
      event = busy(lane, drain) ? null : events.next(lane)
    }
  }

  const pump = (): void => {
    clearTimeout(timer)
    if (!started || gone || closing.signal.aborted) return
    const quiet = quietUntil - performance.now()
    if (quiet > 0) {
      timer = setTimeout(pump, quiet)
      return
    }
    // After a refusal one event asks for all.
    const atOnce = refusals > 0 ? 1 : AT_ONCE
    // One moment for both questions: what becomes due between them would be in neither answer, and wait for ever.
    const now = nowMs()
    for (const event of events.heads(AT_ONCE + drains.size, now)) {
      if (drains.size >= atOnce) break
      if (busy(event.lane)) continue
      const drain = { lane: event.lane }
      const work = drainLane(drain, event)
        .catch((error: unknown) => {
          // The disk did not take what it came to: at once it would not either.
          const waitMs = 10 * timings.retry.baseMs
          quietUntil = Math.max(quietUntil, performance.now() + waitMs)
          log.error({ err: error, retry_ms: waitMs }, 'delivering stumbled')
        })
        .finally(() => {
          drains.delete(drain)
          pump()
        })
      drains.set(drain, work)
    }
    if (drains.size >= atOnce) return
    const due = events.nextDueAtMs(now)
    if (due !== null) timer = setTimeout(pump, Math.min(60_000, Math.max(1, due - nowMs())))
  }

  const unsubscribe = events.onChange(pump)

  return {
    start(): void {
      started = true
      // A wall clock that was set back since would hold them for hours.
      events.hurry()
      pump()
    },
    wake: pump,
    /** Lets what is under way arrive while the signal allows; the rest stays on disk. */
    async close(signal: AbortSignal): Promise<void> {
      unsubscribe()
      const idle = async (): Promise<void> => {
        while (drains.size > 0) await Promise.all(drains.values())
      }
      const late = Promise.withResolvers<void>()
      if (signal.aborted) late.resolve()
      signal.addEventListener('abort', () => late.resolve(), { once: true })
      await Promise.race([idle(), late.promise])
      closing.abort()
      for (const request of asking) request.abort()
      clearTimeout(timer)
      await Promise.all(drains.values())
    },
  }
}
export type HttpSink = ReturnType<typeof createHttpSink>
