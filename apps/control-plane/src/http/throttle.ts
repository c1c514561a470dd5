export type Throttle = {
  /** Takes one of the key's; 0 = taken, else milliseconds until there is one again. */
  take(key: string): number
}

/**
 * Token buckets, one per key: `burst` at once, one more every `everyMs`. In memory, per replica. `now` is a monotonic clock in milliseconds.
 * Kept as the time at which a bucket is full again (GCRA): one number per key, and full ones are forgotten.
 */
export function createThrottle({ burst, everyMs, now }: { burst: number; everyMs: number; now: () => number }): Throttle {
  const fullAt = new Map<string, number>()
  const windowMs = burst * everyMs
  let sweepAt = now() + windowMs

  return {
    take(key) {
      const at = now()
      if (at >= sweepAt) {
        for (const [each, full] of fullAt) if (full <= at) fullAt.delete(each)
        sweepAt = at + windowMs
      }
      const next = Math.max(fullAt.get(key) ?? at, at) + everyMs
      const early = next - at - windowMs
      if (early > 0) return Math.ceil(early)
      fullAt.set(key, next)
      return 0
    },
  }
}
