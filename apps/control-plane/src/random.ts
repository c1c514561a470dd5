import { randomFillSync } from 'node:crypto'

/** Asking the system for a few bytes costs as much as asking for thousands. */
const pool = Buffer.alloc(8192)
let used = pool.length

/** So many unpredictable bytes (at most 64), never given twice. They are the caller's. */
export function someRandomBytes(count: number): Buffer {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += count
  return Buffer.from(pool.subarray(used - count, used))
}
