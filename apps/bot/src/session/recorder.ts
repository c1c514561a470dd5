import { BotEventBody } from '@zaptria/contract'
import { isDiskFull } from '../outbox/database.ts'
import type { Append } from '../outbox/events.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { Logger } from '../logger.ts'
import { createPatience } from './patience.ts'

/** What is held in memory while the disk takes nothing. Beyond it messages are left to catching up. */
const HOLD_MAX = 5_000

/**
 * The way of everything the bot reports into its outbox. What the engine says within one turn of the event loop shares a transaction:
 * a burst of messages costs one sync of the disk, not one each.
 */
export const createRecorder = (options: {
  outbox: Outbox
  epoch: () => number
  log: Logger
  onDisk: (full: boolean, droppedMessages: boolean) => void
  onInvalid: (kind: string) => void
  retryMs?: number
  /** After so long without progress, and in all, what was deferred goes on its way in any case. */
  deferMs: number
  deferMaxMs: number
}) => {
  const { outbox, log } = options
  let held: Append[] = []
  let scheduled: NodeJS.Immediate | null = null
  let retry: NodeJS.Timeout | null = null
  let full = false
  let dropped = false
  let closed = false

  const store = (events: readonly Append[]): void => {
    try {
      outbox.events.append(events)
      held = []
      if (!full) return
      full = false
      log.info('the disk takes events again')
      options.onDisk(false, dropped)
      dropped = false
    } catch (error) {
      if (!isDiskFull(error)) throw error
      if (!full) log.error({ err: error, held: held.length }, 'the disk is full: events are held in memory')
      full = true
      if (held.length > HOLD_MAX) {
        dropped = true
        held = held.slice(0, HOLD_MAX)
      }
      retry ??= setTimeout(() => {
        retry = null
        flush()
      }, options.retryMs ?? 2_000)
      options.onDisk(true, dropped)
    }
  }

  const flush = (): void => {
    if (scheduled !== null) clearImmediate(scheduled)
    scheduled = null
    if (held.length > 0) store(held)
  }

  /** What was deferred goes on its way: behind what `moveWatermark` says has been caught up with, or without it after all. */
  const admit = (moveWatermark: boolean): void => {
    deferral.end()
    flush()
    try {
      outbox.events.admit(moveWatermark)
    } catch (error) {
      if (!isDiskFull(error)) throw error
      deferral.begin()
    }
  }
  const deferral = createPatience(options.deferMs, options.deferMaxMs, () => {
    log.warn({ deferred: outbox.events.deferred() }, 'older messages are still missing: newer ones wait no longer')
    admit(false)
  })
  // Of a process that died meanwhile.
  if (outbox.events.deferred() > 0) deferral.begin()

  return {
    /** Takes an event. It is on disk at the end of this turn, or after `flush`. Deferred messages are events after `admit`. */
    record(body: BotEventBody, { moveWatermark = false, defer = false }: { moveWatermark?: boolean; defer?: boolean } = {}): void {
      if (closed) return
      const parsed = BotEventBody.safeParse(body)
      if (!parsed.success) {
        log.error(
          { kind: body.kind, issues: parsed.error.issues.map((issue) => issue.path.join('.')) },
          'an event is not as the contract says',
        )
        options.onInvalid(body.kind)
        return
      }
      held.push({ body: parsed.data, epoch: options.epoch(), moveWatermark, defer })
      if (defer) deferral.begin()
      if (!full) scheduled ??= setImmediate(flush)
    },
    flush,
    /** What is missing is on its way: what was deferred waits on for it. */
    awaitMissing: deferral.progress,
    admit,
    diskFull: (): boolean => full,
    close(): void {
      flush()
      closed = true
      if (retry !== null) clearTimeout(retry)
      deferral.end()
    },
  }
}
export type Recorder = ReturnType<typeof createRecorder>
