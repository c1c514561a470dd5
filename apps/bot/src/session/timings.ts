import type { Paces } from './ending.ts'

/** How patient the session layer is, in milliseconds. */
export type SessionTimings = {
  paces: Paces
  heartbeatMs: number
  heartbeatDeadlineMs: number
  openMs: number
  closeMs: number
  /** A QR that nobody scans for so long is not regenerated any more. */
  qrPauseMs: number
  /** Longest time in one of the states that must lead somewhere by themselves. */
  progressMs: number
  memoryCheckMs: number
  /** Between two looks at how much room the volume's disk has. */
  roomCheckMs: number
  /** No message either way for so long is a quiet moment. */
  quietMs: number
  /** Connected for so long: what failed before does not count any more. */
  settledMs: number
  catchUpRetryMs: number
  /** Unsent messages that a connected page has for so long get a fresh page; each time in vain it takes longer, at most the second. */
  stuckMs: number
  stuckMaxMs: number
  /** Live messages, and sends, wait so long for older messages of which nothing more comes: late is better than never. */
  deferMs: number
  /** And so long in all, though there are more and more of them. */
  deferMaxMs: number
}

export const SESSION_TIMINGS: SessionTimings = {
  paces: {
    soon: { floorMs: 500, baseMs: 1_000, maxMs: 60_000 },
    // Two that take the session from each other at once would go on for ever.
    conflict: { floorMs: 10_000, baseMs: 20_000, maxMs: 300_000 },
    // What does not heal by itself is tried rarely.
    needsHands: { floorMs: 30_000, baseMs: 60_000, maxMs: 900_000 },
  },
  heartbeatMs: 10_000,
  heartbeatDeadlineMs: 8_000,
  openMs: 120_000,
  closeMs: 6_000,
  qrPauseMs: 600_000,
  progressMs: 600_000,
  memoryCheckMs: 10_000,
  roomCheckMs: 1_000,
  quietMs: 20_000,
  settledMs: 60_000,
  catchUpRetryMs: 5_000,
  stuckMs: 90_000,
  stuckMaxMs: 3_600_000,
  deferMs: 15_000,
  deferMaxMs: 120_000,
}
