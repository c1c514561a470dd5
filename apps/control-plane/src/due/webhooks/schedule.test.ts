import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from './post.ts'
import { DOWN_AFTER, RETRY_AFTER_MS, restMs, retryInMs } from './schedule.ts'

const failed = (status: number | null = 500, retryAfterMs: number | null = null): Outcome => ({
  kind: 'failed',
  status,
  duration_ms: 1,
  error: 'answered',
  response: null,
  retryAfterMs,
})

describe('the schedule of a delivery', () => {
  it('has eight attempts in a day and a bit', () => {
    const pauses = Array.from({ length: 8 }, (_, i) => retryInMs({ attempt: i + 1, outcome: failed(), random: () => 0 }))
    expect(pauses).toEqual([5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000, null])
  })

  it('never comes before its time nor before Retry-After, and at most a tenth later', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.nat(86_400_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, after, r) => {
          const pause = RETRY_AFTER_MS[attempt - 1]!
          const ms = retryInMs({ attempt, outcome: failed(503, after), random: () => r })!
          expect(ms).toBeGreaterThanOrEqual(Math.max(pause, after))
          expect(ms).toBeLessThanOrEqual(Math.max(pause, after) + pause * 0.1)
        },
      ),
    )
  })
})

describe('the rest of an endpoint', () => {
  it('is none while only some deliveries fail', () => {
    expect(restMs({ failures: 1, failingMs: 0, outcome: failed() })).toBe(0)
    expect(restMs({ failures: DOWN_AFTER - 1, failingMs: 60_000, outcome: failed(null) })).toBe(0)
  })

  it('begins at once when nobody is there', () => {
    expect(restMs({ failures: 1, failingMs: 0, outcome: { ...failed(null), kind: 'unreached' } })).toBe(5_000)
  })

  it('is what it asks for', () => {
    expect(restMs({ failures: 1, failingMs: 0, outcome: failed(429, 42_000) })).toBe(42_000)
    expect(restMs({ failures: 1, failingMs: 0, outcome: failed(429) })).toBe(5_000)
  })

  it('grows while it is down, up to ten minutes', () => {
    const rests = [0, 30_000, 120_000, 3_600_000].map((failingMs) => restMs({ failures: DOWN_AFTER, failingMs, outcome: failed(null) }))
    expect(rests).toEqual([5_000, 15_000, 60_000, 600_000])
  })
})
