import { largest, mediaKindOf, type MediaFailedEvent, type MediaLimits } from '@zaptria/contract'
import { backoff, maskJid } from '@zaptria/core'
import { messageOf } from '../engine/error.ts'
import { MediaGoneError, type Engine } from '../engine/port.ts'
import type { Logger } from '../logger.ts'
import type { MediaTask } from '../outbox/media.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Recorder } from '../session/recorder.ts'
import type { Exchange } from './exchange.ts'

/** Each is held whole by the page while it is read: memory is what there is least of. */
const AT_ONCE = 2

export type FetcherTimings = {
  /** How soon to look again for a message that has not been delivered yet. */
  lookMs: number
  retry: { baseMs: number; maxMs: number }
  /** What WhatsApp does not have is asked for again after these: the phone may have to be online to give it. */
  goneMs: readonly number[]
  /** After so many failures, and so long, it will not come any more. */
  giveUp: { failures: number; ageMs: number }
}
export const FETCHER_TIMINGS: FetcherTimings = {
  lookMs: 250,
  retry: { baseMs: 1_000, maxMs: 600_000 },
  goneMs: [30_000, 300_000, 3_600_000, 6 * 3_600_000],
  giveUp: { failures: 20, ageMs: 3 * 24 * 3_600_000 },
}

class TooLargeError extends Error {}

export type FetcherOptions = {
  outbox: Pick<Outbox, 'media' | 'events'>
  recorder: Pick<Recorder, 'record' | 'flush'>
  /** Null while the session is not connected. */
  engine: () => Engine | null
  /** Null while the link is down, or its other end takes no files. */
  limits: () => MediaLimits | null
  exchange: Pick<Exchange, 'put'>
  log: Logger
  nowMs: () => number
  random: () => number
  timings?: FetcherTimings
}

/** Brings the files of messages to the control plane, out of the page and straight up: nothing is kept here but what is still to be done. */
export const createMediaFetcher = (options: FetcherOptions) => {
  const { outbox, recorder, exchange, log } = options
  const { media } = outbox
  const timings = options.timings ?? FETCHER_TIMINGS
  const closing = new AbortController()
  const running = new Map<string, Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  const giveUp = (task: MediaTask, reason: MediaFailedEvent['reason'], detail: string): void => {
    const { waId: wa_id, chatId: chat_id, fromMe: from_me, sender } = task
    recorder.record({ kind: 'media_failed', wa_id, chat_id, from_me, sender, reason })
    recorder.flush()
    media.remove(task.eventId)
    log.warn({ chat: maskJid(chat_id), reason, detail }, 'a file will not come')
  }

  const again = (task: MediaTask, detail: string): void => {
    const now = options.nowMs()
    if (task.failures >= timings.giveUp.failures && now - task.notedAtMs > timings.giveUp.ageMs) return giveUp(task, 'engine_error', detail)
    const { baseMs: base_ms, maxMs: max_ms } = timings.retry
    media.postpone(task.eventId, now + backoff({ attempt: task.failures, base_ms, max_ms, random: options.random }), { failed: true })
    log.info({ chat: maskJid(task.chatId), detail }, 'a file could not be brought; trying again')
  }

  const bring = async (task: MediaTask, engine: Engine, most: number): Promise<void> => {
    if ((task.sizeBytes ?? 0) > most) return giveUp(task, 'too_large', `${task.sizeBytes} bytes`)
    const { waId, chatId, fromMe, sender, sha256 } = task
    const key = {
      wa_id: waId,
      chat_id: chatId,
      from_me: fromMe ? ('true' as const) : ('false' as const),
      sender,
      ...(sha256 === null ? {} : { sha256 }),
    }
    try {
      const bytes = limited(engine.downloadMedia({ waId, chatId, fromMe, sender }, closing.signal), most)
      const answer = await exchange.put(key, bytes, closing.signal)
      switch (answer) {
        case 'stored':
        case 'unwanted':
          return media.remove(task.eventId)
        case 'too_large':
          return giveUp(task, 'too_large', 'the control plane says so')
        case 'unknown_message':
        case 'damaged':
        case 'later':
          return again(task, answer)
        default:
          return answer satisfies never
      }
    } catch (error) {
      if (closing.signal.aborted) return
      if (error instanceof TooLargeError) return giveUp(task, 'too_large', error.message)
      if (!(error instanceof MediaGoneError)) return again(task, messageOf(error))
      const pause = timings.goneMs[task.gone]
      if (pause === undefined) return giveUp(task, 'gone', error.message)
      media.postpone(task.eventId, options.nowMs() + pause, { gone: true })
    }
  }

  const pump = (): void => {
    clearTimeout(timer)
    const engine = options.engine()
    const limits = options.limits()
    if (closing.signal.aborted || engine === null || limits === null) return
    // Those under way are still there.
    for (const task of media.due(AT_ONCE + running.size)) {
      if (running.size >= AT_ONCE) break
      if (running.has(task.eventId)) continue
      // Not before it is known to run: what it records brings us back here.
      const work = Promise.resolve()
        .then(() => bring(task, engine, largest(limits, mediaKindOf(task.type))))
        .catch((error: unknown) => log.error({ err: error }, 'bringing a file stumbled'))
        .finally(() => {
          running.delete(task.eventId)
          pump()
        })
      running.set(task.eventId, work)
    }
    const next = media.nextDueAtMs()
    // Some may be due whose messages are not delivered yet.
    if (next !== null) timer = setTimeout(pump, Math.min(60_000, Math.max(timings.lookMs, next - options.nowMs())))
  }
  const unsubscribe = outbox.events.onChange(() => {
    if (media.nextDueAtMs() !== null) pump()
  })

  return {
    /** The session or the link may have come. */
    wake: pump,
    /** What is under way is broken off: it is begun anew by the next process. */
    async close(): Promise<void> {
      unsubscribe()
      clearTimeout(timer)
      closing.abort(new Error('the bot is stopping'))
      await Promise.all(running.values())
    },
  }
}
export type MediaFetcher = ReturnType<typeof createMediaFetcher>

async function* limited(bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > most) throw new TooLargeError(`more than ${most} bytes`)
    yield chunk
  }
}
