import { describe, expect, it } from 'vitest'
import { createThrottle } from './throttle.ts'

describe('throttle', () => {
  it('lets a burst through, then says how long to wait', () => {
    let now = 0
    const throttle = createThrottle({ burst: 5, everyMs: 12_000, now: () => now })
    for (let attempt = 0; attempt < 5; attempt++) expect(throttle.take('a')).toBe(0)
    expect(throttle.take('a')).toBe(12_000)
    now = 11_000
    expect(throttle.take('a')).toBe(1_000)
    now = 12_000
    expect(throttle.take('a')).toBe(0)
    expect(throttle.take('a')).toBeGreaterThan(0)
  })

  it('counts each key for itself', () => {
    const throttle = createThrottle({ burst: 1, everyMs: 1000, now: () => 0 })
    expect(throttle.take('a')).toBe(0)
    expect(throttle.take('a')).toBe(1000)
    expect(throttle.take('b')).toBe(0)
  })

  it('never saves up more than a burst, and a refusal costs nothing', () => {
    let now = 0
    const throttle = createThrottle({ burst: 2, everyMs: 1000, now: () => now })
    throttle.take('a')
    now = 3_600_000
    expect([throttle.take('a'), throttle.take('a')]).toEqual([0, 0])
    for (let attempt = 0; attempt < 100; attempt++) expect(throttle.take('a')).toBe(1000)
    now += 1000
    expect(throttle.take('a')).toBe(0)
  })

  it('holds its rate over time', () => {
    let now = 0
    const throttle = createThrottle({ burst: 50, everyMs: 20, now: () => now })
    let taken = 0
    for (; now < 10_000; now += 5) if (throttle.take('bot') === 0) taken++
    expect(taken).toBeGreaterThanOrEqual(540)
    expect(taken).toBeLessThanOrEqual(550)
  })
})
