import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoff, backoffCeiling } from './backoff.ts'

describe('backoff', () => {
  it.each([
    [0, 0.5, 500],
    [0, 0, 0],
    [3, 0.5, 4000],
    [10, 0.999, 29_970],
    [1e9, 0.5, 15_000],
  ])('after %i failures and a draw of %f: %i ms', (attempt, draw, expected) => {
    expect(backoff({ attempt, base_ms: 1000, max_ms: 30_000, random: () => draw })).toBe(expected)
  })

  it('is whole, within its bounds, and its ceiling never falls', () => {
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    fc.assert(
      fc.property(fc.nat(100), fc.nat(10_000), fc.nat(1e7), draw, (attempt, base_ms, max_ms, drawn) => {
        const wait = backoff({ attempt, base_ms, max_ms, random: () => drawn })
        expect(Number.isInteger(wait)).toBe(true)
        expect(wait).toBeGreaterThanOrEqual(0)
        expect(wait).toBeLessThanOrEqual(backoffCeiling({ attempt, base_ms, max_ms }))
        expect(backoffCeiling({ attempt: attempt + 1, base_ms, max_ms })).toBeGreaterThanOrEqual(
          backoffCeiling({ attempt, base_ms, max_ms }),
        )
      }),
    )
  })
})
