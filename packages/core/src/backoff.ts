/**
 * How long to wait before trying again: full jitter, so that many who failed at once do not come back at once.
 * @param attempt how many tries failed already; 0 = none, waits up to `base_ms`
 * @param random gives [0, 1)
 * @returns whole milliseconds in [0, min(max_ms, base_ms × 2^attempt)]
 */
export function backoff(o: { attempt: number; base_ms: number; max_ms: number; random: () => number }): number {
  return Math.floor(o.random() * backoffCeiling(o))
}

/** The same without jitter: the longest that `backoff` may return. Never falls as `attempt` grows. */
export function backoffCeiling(o: { attempt: number; base_ms: number; max_ms: number }): number {
  // 2^53 is where whole milliseconds end; the cap keeps Infinity out for silly attempts.
  return Math.min(o.max_ms, o.base_ms * 2 ** Math.min(Math.max(0, Math.floor(o.attempt)), 52))
}
