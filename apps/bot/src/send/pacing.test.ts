import { DEFAULT_PACING, type Pacing } from '@zaptria/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choose, noteSent, typingMs, UNPACED, waitFor } from './pacing.ts'

type Queued = { id: number; lane: string; priority: number; at: number }
type Departure = Queued & { leftAt: number }

/** Sends a queue as the sender does, on a clock that jumps to whatever comes next. */
const play = (pacing: Pacing, arrivals: Queued[], random: () => number): Departure[] => {
  let paced = UNPACED
  let now = 0
  const left: Departure[] = []
  let waiting = arrivals
  while (waiting.length > 0) {
    const queue = waiting.filter((each) => each.at <= now).toSorted((a, b) => b.priority - a.priority || a.id - b.id)
    const next = choose(paced, pacing, queue, new Set(), now)
    if (next !== null && 'send' in next) {
      paced = noteSent(paced, pacing, next.send.lane, now, random())
      left.push({ ...next.send, leftAt: now })
      waiting = waiting.filter((each) => each !== next.send)
      continue
    }
    const arrival = Math.min(...waiting.filter((each) => each.at > now).map((each) => each.at))
    const due = next === null ? Number.POSITIVE_INFINITY : now + next.waitMs
    expect(Math.min(arrival, due)).toBeGreaterThan(now)
    now = Math.min(arrival, due)
  }
  return left
}

const pacings = fc.record({
  enabled: fc.constant(true),
  min_gap_ms: fc.integer({ min: 0, max: 3_000 }),
  jitter_ms: fc.integer({ min: 0, max: 2_000 }),
  per_minute: fc.integer({ min: 1, max: 40 }),
  typing_max_ms: fc.constant(0),
})
const arrivals = fc
  .array(
    fc.record({
      lane: fc.constantFrom('a', 'b', 'c'),
      priority: fc.integer({ min: 0, max: 2 }),
      at: fc.integer({ min: 0, max: 30_000 }),
    }),
    { maxLength: 60 },
  )
  .map((list) => list.toSorted((x, y) => x.at - y.at).map((each, id) => ({ ...each, id })))
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('pacing', () => {
  it('sends everything, gently: gaps per chat, a cap per minute', () => {
    fc.assert(
      fc.property(pacings, arrivals, random, (pacing, queue, chance) => {
        const left = play(pacing, queue, () => chance)
        expect(left).toHaveLength(queue.length)
        for (const chat of ['a', 'b', 'c']) {
          const times = left.filter((each) => each.lane === chat).map((each) => each.leftAt)
          times.slice(1).forEach((at, index) => expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(pacing.min_gap_ms))
        }
        left.forEach(({ leftAt }) =>
          expect(left.filter((each) => each.leftAt > leftAt - 60_000 && each.leftAt <= leftAt).length).toBeLessThanOrEqual(
            pacing.per_minute,
          ),
        )
      }),
    )
  })

  it('keeps the order within a chat and a priority, and never passes over a more urgent one of the same chat', () => {
    fc.assert(
      fc.property(pacings, arrivals, random, (pacing, queue, chance) => {
        const left = play(pacing, queue, () => chance)
        left.forEach((later, index) => {
          for (const earlier of left.slice(0, index)) {
            if (earlier.lane !== later.lane || later.at > earlier.leftAt) continue
            expect(later.priority).toBeLessThanOrEqual(earlier.priority)
            if (later.priority === earlier.priority) expect(later.id).toBeGreaterThan(earlier.id)
          }
        })
      }),
    )
  })

  it('does not wait where it is switched off', () => {
    const off = { ...DEFAULT_PACING, enabled: false }
    const paced = noteSent(UNPACED, off, 'a', 0, 0)
    expect(waitFor(paced, off, 'a', 0)).toBe(0)
    expect(typingMs(off, 'oi')).toBe(0)
  })

  it('does not write to a chat that is being written to', () => {
    const queue = [{ lane: 'a' }, { lane: 'b' }]
    expect(choose(UNPACED, DEFAULT_PACING, queue, new Set(['a']), 0)).toEqual({ send: { lane: 'b' } })
    expect(choose(UNPACED, DEFAULT_PACING, queue, new Set(['a', 'b']), 0)).toBeNull()
  })

  it('shows "typing…" the longer the text is, up to the setting', () => {
    expect(typingMs(DEFAULT_PACING, 'oi')).toBeLessThan(typingMs(DEFAULT_PACING, 'x'.repeat(40)))
    expect(typingMs(DEFAULT_PACING, 'x'.repeat(10_000))).toBe(DEFAULT_PACING.typing_max_ms)
  })
})
