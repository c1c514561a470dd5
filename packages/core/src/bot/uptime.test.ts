import type { BotState } from '@zaptria/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uptime } from './uptime.ts'

const states = (...list: [BotState, number][]) => list.map(([state, atMs]) => ({ state, atMs }))

describe('uptime', () => {
  it.each([
    ['of a bot that never said anything is not known', [], [], null],
    ['is all of the time when it was connected before', states(['connected', -50]), [], 1],
    ['is nothing when it has waited for a scan all the time', states(['qr_ready', -10]), [], 0],
    ['of a new bot that waits for its first scan is not known', states(['qr_ready', 10]), [], null],
    ['of a new bot counts from its first connection', states(['starting', 60], ['connected', 80], ['reconnecting', 90]), [], 0.5],
    ['is half when it was away for half', states(['connected', 0], ['reconnecting', 50]), [], 0.5],
    ['leaves out when it gave no sign', states(['connected', 0]), [{ fromMs: 80, toMs: null }], 0.8],
    ['does not count a silence twice', states(['connected', 0], ['starting', 50]), [{ fromMs: 40, toMs: 90 }], 0.4],
    ['knows nothing of a bot that begins later', states(['connected', 100]), [], null],
  ] as const)('%s', (_, list, silences, ratio) => {
    const found = uptime({ states: list, silences, fromMs: 0, toMs: 100 })
    if (ratio === null) expect(found).toBeNull()
    else expect(found).toBeCloseTo(ratio)
  })

  it('is never below nothing or above everything', () => {
    const state = fc.constantFrom<BotState>('connected', 'reconnecting', 'qr_ready')
    const at = fc.integer({ min: -200, max: 200 })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(state, at)),
        fc.array(fc.record({ fromMs: at, toMs: fc.option(at) }), { maxLength: 3 }),
        (list, silences) => {
          const sorted = states(...list.toSorted(([, a], [, b]) => a - b))
          const found = uptime({ states: sorted, silences, fromMs: 0, toMs: 100 })
          if (found !== null) expect(found >= 0 && found <= 1).toBe(true)
        },
      ),
    )
  })
})
