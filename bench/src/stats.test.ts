import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { percentile, summarize } from './stats.ts'

describe('a percentile', () => {
  it.each([
    [[7], 50, 7],
    [[1, 2], 50, 1],
    [[1, 2, 3], 50, 2],
    [[1, 2, 3, 4], 95, 4],
    [Array.from({ length: 100 }, (_, i) => i + 1), 99, 99],
    [Array.from({ length: 1000 }, (_, i) => i + 1), 99, 990],
    [[1, 2, 3], 0, 1],
    [[1, 2, 3], 100, 3],
  ])('of %j at %d%% is %d', (values, percent, expected) => {
    expect(percentile(values, percent)).toBe(expected)
  })

  it('of nothing is an error, not a number', () => {
    expect(() => percentile([], 50)).toThrow('nothing')
  })
})

describe('a result', () => {
  it('sorts by itself and keeps its order', () => {
    expect(summarize('x', 'ms', [3.14, 1, 2])).toEqual({ name: 'x', unit: 'ms', n: 3, p50: 2, p95: 3.1, p99: 3.1, min: 1, max: 3.1 })
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        const { n, min, p50, p95, p99, max } = summarize('x', 'ms', values)
        expect(n).toBe(values.length)
        expect([min, p50, p95, p99, max]).toEqual([min, p50, p95, p99, max].toSorted((a, b) => a - b))
      }),
    )
  })
})
