import { setTimeout as delay } from 'node:timers/promises'
import { backoff } from '@zaptria/core'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'

export type Loop = {
  /** Look at once, or as soon as the pass under way is over. */
  wake(): void
  /** Ends it; resolves when the pass under way is over. */
  close(): Promise<void>
}

/** After each pass, unless the loop says otherwise: what wakes it more often than this is looked at together. */
const BREATH_MS = 20

/**
 * Runs `pass` again and again: at once while it answers `again`, else after `everyMs` or a wake. With `yielding`, one that answers `again` is followed
 * by a rest as long as itself: work that nobody waits for takes half of a connection's time, however much of it there is. A pass that fails (the
 * database restarts) is logged and tried again with growing pauses; a loop never ends by itself.
 */
export function startLoop(o: {
  name: string
  everyMs: number
  breathMs?: number
  yielding?: boolean
  pass: () => Promise<'again' | 'done'>
  log: Logger
  metrics: Pick<Metrics, 'loopFailures'>
}): Loop {
  let closed = false
  let woken = false
  let wakeUp = (): void => {}
  let failures = 0

  const rest = (ms: number): Promise<void> =>
    new Promise((done) => {
      const timer = setTimeout(done, ms)
      wakeUp = () => {
        clearTimeout(timer)
        done()
      }
    })

  const run = async (): Promise<void> => {
    while (!closed) {
      woken = false
      const began = performance.now()
      let wait = o.everyMs
      try {
        if ((await o.pass()) === 'again') wait = o.yielding === true ? performance.now() - began : 0
        failures = 0
      } catch (error) {
        o.metrics.loopFailures.inc({ loop: o.name })
        wait = 100 + backoff({ attempt: failures, base_ms: 250, max_ms: 10_000, random: Math.random })
        // A restart of the database is one line, not a hundred.
        if (failures === 0 || failures % 20 === 0) o.log.warn({ err: error, loop: o.name }, 'a pass failed; trying again')
        failures += 1
      }
      if (wait === 0 || closed) continue
      if (failures === 0) await delay(o.breathMs ?? BREATH_MS)
      if (closed || (woken && failures === 0)) continue
      await rest(wait)
    }
  }
  const running = run()

  return {
    wake() {
      woken = true
      if (failures === 0) wakeUp()
    },
    async close() {
      closed = true
      wakeUp()
      await running
    },
  }
}
