import type { MessageEvent } from '@zaptria/contract'
import type { Engine } from '../engine/port.ts'
import { pause } from '../engine/deadline.ts'
import type { Logger } from '../logger.ts'
import { namesOf } from '../outbox/seen.ts'
import type { Volume } from '../outbox/volume.ts'
import { createPatience } from './patience.ts'
import type { Recorder } from './recorder.ts'
import { messageEvent } from './translate.ts'

const keysOf = (message: MessageEvent): string[] =>
  namesOf(message).map(({ chat, sender }) => JSON.stringify([chat, sender, message.from_me, message.wa_id]))

/**
 * Reads what came while nobody looked. Until that is done the session has a gap: live messages are kept, but deferred, so that they do not
 * overtake what is missing, and do not carry their chats' watermarks over it, or a crash now would hide it for ever.
 */
export const createCatchUp = (options: {
  engine: Engine
  volume: Volume
  recorder: Recorder
  isOurs: (waId: string) => boolean
  retryMs: number
  /** After so long without progress, and in all, the session is used though older messages are still missing. */
  patienceMs: number
  patienceMaxMs: number
  /** The gap is closed, or patience is over. */
  onOpen: () => void
  log: Logger
}) => {
  const { volume, recorder, log } = options
  let gap = true
  let live = new Map<string, number>()
  /** What came live since the session is connected: it waits, in the order in which it came, behind all that is missing. */
  const heardLive = new Set<string>()
  let running: AbortController | null = null
  let impatient = false
  const patience = createPatience(options.patienceMs, options.patienceMaxMs, () => {
    impatient = true
    options.onOpen()
  })
  const progress = (): void => {
    patience.progress()
    recorder.awaitMissing()
  }

  const once = async (signal: AbortSignal): Promise<number> => {
    let found = 0
    for await (const message of options.engine.catchUp(volume.watermarks(), volume.floor(), signal)) {
      signal.throwIfAborted()
      progress()
      if (message.fromMe && options.isOurs(message.waId)) continue
      const event = messageEvent({ ...message, caughtUp: true })
      if (keysOf(event).some((key) => heardLive.has(key))) continue
      recorder.record(event, { moveWatermark: true })
      found += 1
    }
    return found
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        const found = await once(signal)
        if (signal.aborted) return
        recorder.flush()
        // What the disk did not take has to be found again.
        if (recorder.diskFull()) throw new Error('the disk is full')
        for (const [chat, at] of live) volume.raiseWatermark(chat, at)
        live = new Map()
        heardLive.clear()
        gap = false
        recorder.admit(true)
        patience.end()
        options.onOpen()
        log.info({ found }, 'caught up')
        return
      } catch (error) {
        if (signal.aborted) return
        log.warn({ err: error, retry_ms: options.retryMs }, 'catching up failed')
        await pause(options.retryMs, signal).catch(() => {})
      }
    }
  }

  return {
    /** The session is connected: close the gap, if there is one. */
    start(): void {
      if (!gap || running !== null) return
      // What was heard on the way here may have been followed by what was not.
      heardLive.clear()
      patience.begin()
      progress()
      const ours = new AbortController()
      running = ours
      void run(ours.signal).finally(() => {
        if (running === ours) running = null
      })
    },
    /** The session is not connected any more: from here on something may be missing. */
    interrupt(): void {
      gap = true
      impatient = false
      // What is missing from here on came after it.
      heardLive.clear()
      patience.end()
      running?.abort()
      running = null
    },
    /** A live message came. */
    heard(message: MessageEvent): void {
      if (gap) {
        live.set(message.chat_id, Math.max(live.get(message.chat_id) ?? 0, message.timestamp))
        for (const key of keysOf(message)) heardLive.add(key)
      }
      recorder.record(message, { moveWatermark: !gap, defer: gap })
    },
    /** The session may be used. Not before: looking single messages up may leave holes in what a page reads of a chat afterwards. */
    open: (): boolean => !gap || impatient,
  }
}
export type CatchUp = ReturnType<typeof createCatchUp>
