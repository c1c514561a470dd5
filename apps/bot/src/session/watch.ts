import type { BotState } from '@zaptria/contract'
import { withDeadline } from '../engine/deadline.ts'
import { messageOf } from '../engine/error.ts'
import type { Engine } from '../engine/port.ts'
import type { Logger } from '../logger.ts'
import type { ContainerMemory } from '../memory.ts'
import type { Ending } from './ending.ts'
import type { SessionTimings } from './timings.ts'

/** Parts of a limit: from the first on the browser is reloaded at a quiet moment, from the second on at once, for the kernel would not wait either. */
const BROWSER = { reload: 1, urgent: 1.25 }
/** The kernel kills at the whole, and the renderer first, which nothing notices by itself. */
const CONTAINER = { reload: 0.85, urgent: 0.95 }
const MB = 1024 * 1024
/**
 * Free bytes of the volume. Below the first a browser is closed in order, for a write that finds no room tears its databases, and its
 * page cannot store what it does any more; from the second on one is opened.
 */
export const ROOM_BYTES = { leave: 16 * MB, enter: 32 * MB }
export const noRoom = (free: number): Ending => ({
  state: 'failed',
  reason: 'disk_full',
  detail:
    free < ROOM_BYTES.enter
      ? `${Math.floor(free / MB)} MB are free on the volume, ${ROOM_BYTES.enter / MB} MB are wanted`
      : "the volume's disk has room, and takes nothing",
})

/**
 * Ends an engine that does not get anywhere: no heartbeat (a killed or frozen renderer is noticed by nothing else), a state that must
 * pass and does not, a QR that nobody scans, a browser that grows, a disk that fills up, messages that the page keeps to itself.
 */
export const createWatch = (options: {
  engine: Engine
  timings: SessionTimings
  log: Logger
  memoryLimitBytes: number
  containerMemory: () => Promise<ContainerMemory | null>
  freeBytes: () => number
  quiet: () => boolean
  /** Why the page has to be loaded anew although it answers; null = it has not. */
  stuck: () => string | null
  end: (ending: Ending) => void
}) => {
  const { engine, timings, log, end } = options
  let state: BotState = 'starting'
  let closed = false
  let misses = 0
  let patience: NodeJS.Timeout | undefined
  let heartbeat: NodeJS.Timeout | undefined
  let memory: NodeJS.Timeout | undefined
  let room: NodeJS.Timeout | undefined

  const limit = (): { ms: number; ending: Ending } | null => {
    switch (state) {
      case 'qr_ready':
        return { ms: timings.qrPauseMs, ending: { state: 'qr_ready', reason: 'qr_paused' } }
      case 'passkey_required':
        return { ms: 3 * timings.progressMs, ending: { state: 'passkey_required', reason: 'passkey' } }
      case 'starting':
      case 'pairing':
      case 'syncing':
        return { ms: timings.progressMs, ending: { state: 'reconnecting', reason: 'page_timeout', detail: `stayed ${state} for too long` } }
      case 'reconnecting':
        return { ms: timings.progressMs, ending: { state: 'reconnecting', reason: 'network_lost', detail: 'did not come back by itself' } }
      case 'connected':
      case 'conflict':
      case 'logged_out':
      case 'banned':
      case 'failed':
        return null
      default:
        return state satisfies never
    }
  }

  const arm = (): void => {
    clearTimeout(patience)
    const next = limit()
    if (next !== null && !closed) patience = setTimeout(() => end(next.ending), next.ms)
  }

  const beat = async (): Promise<void> => {
    try {
      await withDeadline(engine.ping(), timings.heartbeatDeadlineMs, 'heartbeat')
      misses = 0
    } catch (error) {
      if (closed) return
      misses += 1
      log.warn({ misses, error: messageOf(error) }, 'the page does not answer')
      if (misses >= 2) return end({ state: 'reconnecting', reason: 'renderer_frozen', detail: messageOf(error).slice(0, 1000) })
    }
    if (!closed) heartbeat = setTimeout(() => void beat(), timings.heartbeatMs)
  }

  /** Why the browser has grown too large; null while it has not, or while there is traffic and it can wait. */
  const tooLarge = async (): Promise<string | null> => {
    const bytes = await engine.memory().catch(() => null)
    const container = await options.containerMemory().catch(() => null)
    const gauges = [
      { what: 'the browser', used: bytes ?? 0, limit: options.memoryLimitBytes, ...BROWSER },
      { what: 'the container', used: container?.used ?? 0, limit: container?.limit ?? 1, ...CONTAINER },
    ]
    for (const { what, used, limit, reload, urgent } of gauges) {
      if (used > limit * (options.quiet() ? reload : urgent))
        return `${what} holds ${Math.round(used / MB)} MB of ${Math.round(limit / MB)} MB`
    }
    return null
  }

  const weigh = async (): Promise<void> => {
    const detail = await tooLarge()
    if (closed) return
    if (state === 'connected' && detail !== null) return end({ state: 'reconnecting', reason: 'memory_reload', detail })
    const stuck = state === 'connected' ? options.stuck() : null
    if (stuck !== null) return end({ state: 'reconnecting', reason: 'page_timeout', detail: stuck })
    memory = setTimeout(() => void weigh(), timings.memoryCheckMs)
  }

  const measure = (): void => {
    const free = options.freeBytes()
    if (free < ROOM_BYTES.leave) return end(noRoom(free))
    room = setTimeout(measure, timings.roomCheckMs)
  }

  return {
    start(): void {
      if (closed) return
      room = setTimeout(measure, timings.roomCheckMs)
      heartbeat = setTimeout(() => void beat(), timings.heartbeatMs)
      memory = setTimeout(() => void weigh(), timings.memoryCheckMs)
    },
    /** The engine is in this state now. A QR that is replaced by a fresh one does not begin a new wait. */
    state(next: BotState): void {
      const same = next === state && patience !== undefined
      state = next
      if (!same) arm()
    },
    looked(): void {
      if (state === 'qr_ready') arm()
    },
    close(): void {
      closed = true
      clearTimeout(patience)
      clearTimeout(heartbeat)
      clearTimeout(memory)
      clearTimeout(room)
    },
  }
}
