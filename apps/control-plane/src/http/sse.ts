import type { Hint } from '@zaptria/contract'

/** What an SSE client is written to: Node's response, or a test's. */
export type Sink = {
  /** False: the client does not keep up; wait for `drain`. */
  write(text: string): boolean
  once(event: 'drain', listener: () => void): unknown
  end(): unknown
  destroy(): unknown
}

export type HintStream = {
  push(hint: Hint): void
  /** Anything may have been missed: the client shall fetch again what it shows. */
  missed(): void
  beat(): void
  close(): void
}

export const RETRY_MS = 1_000
export const COALESCE_MS = 20
/** A client that takes nothing for so long is dropped; it comes back and fetches again what it shows. */
export const STALL_MS = 30_000
/** So many different things changed while it did not read: fetching everything again is cheaper. */
export const MAX_WAITING = 5_000

/**
 * Hints as server-sent events: those of one thing within COALESCE_MS, or while the client does not keep up, are one (the newest). Memory is
 * bound by the number of things, not by the number of changes.
 */
export function createHintStream(sink: Sink, onDropped: () => void = () => {}): HintStream {
  const waiting = new Map<string, Hint>()
  let flushTimer: NodeJS.Timeout | undefined
  let stallTimer: NodeJS.Timeout | undefined
  let closed = false

  const write = (text: string): void => {
    if (sink.write(text) || stallTimer !== undefined) return
    stallTimer = setTimeout(drop, STALL_MS)
    sink.once('drain', () => {
      clearTimeout(stallTimer)
      stallTimer = undefined
      schedule()
    })
  }

  const schedule = (): void => {
    if (closed || stallTimer !== undefined || waiting.size === 0) return
    flushTimer ??= setTimeout(flush, COALESCE_MS)
  }

  const flush = (): void => {
    flushTimer = undefined
    if (closed || stallTimer !== undefined) return
    const text = [...waiting.values()].map((hint) => `event: hint\ndata: ${JSON.stringify(hint)}\n\n`).join('')
    waiting.clear()
    write(text)
  }

  const stop = (): void => {
    closed = true
    waiting.clear()
    clearTimeout(flushTimer)
    clearTimeout(stallTimer)
  }

  const drop = (): void => {
    stop()
    sink.destroy()
    onDropped()
  }

  write(`retry: ${RETRY_MS}\n\n: hello\n\n`)
  return {
    push(hint) {
      if (closed) return
      const key = `${hint.noun} ${hint.id}`
      waiting.delete(key)
      waiting.set(key, hint)
      if (waiting.size > MAX_WAITING) drop()
      else schedule()
    },
    missed() {
      if (closed) return
      stop()
      sink.end()
      onDropped()
    },
    beat() {
      if (!closed && stallTimer === undefined) write(': beat\n\n')
    },
    close() {
      if (closed) return
      stop()
      sink.end()
    },
  }
}
