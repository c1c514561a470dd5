/** How patient the session layer is, in milliseconds. */
export type SessionTimings = {
  heartbeatMs: number
  heartbeatDeadlineMs: number
  openMs: number
  closeMs: number
  /** A QR that nobody scans for so long is not regenerated any more. */
  qrPauseMs: number
  /** Longest time in one of the states that must lead somewhere by themselves. */
  progressMs: number
  memoryCheckMs: number
  /** No message either way for so long is a quiet moment. */
  quietMs: number
  /** Connected for so long: what failed before does not count any more. */
  settledMs: number
  catchUpRetryMs: number
}

export const SESSION_TIMINGS: SessionTimings = {
  heartbeatMs: 10_000,
  heartbeatDeadlineMs: 8_000,
  openMs: 120_000,
  closeMs: 6_000,
  qrPauseMs: 600_000,
  progressMs: 600_000,
  memoryCheckMs: 30_000,
  quietMs: 20_000,
  settledMs: 60_000,
  catchUpRetryMs: 5_000,
}
