import type { Outcome } from './post.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long after each failed attempt the next one follows: Svix's schedule, eight attempts in a bit more than a day. */
export const RETRY_AFTER_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR] as const
/** Added at random, of the pause: what failed together does not come back together. */
const JITTER = 0.1

/** An endpoint of which nothing succeeded for so long is switched off. */
export const GIVE_UP_AFTER_MS = 5 * 24 * HOUR
/** From so many failures in a row on it is the endpoint that is down, not a delivery that is refused: it rests, and is tried one by one. */
export const DOWN_AFTER = 5
const REST = { least: 5 * SECOND, most: 10 * MINUTE }
/** The answers that ask for fewer requests. */
const THROTTLES = new Set([429, 502, 503, 504])

/** How long until the next attempt; null when there is none. `attempt` counts from 1. */
export function retryInMs({ attempt, outcome, random }: { attempt: number; outcome: Outcome; random: () => number }): number | null {
  const pause = RETRY_AFTER_MS[attempt - 1]
  if (pause === undefined) return null
  return Math.max(pause, outcome.retryAfterMs ?? 0) + Math.floor(pause * JITTER * random())
}

/**
 * How long the endpoint rests after a failure; 0: not at all. It is what it asked for; else, when it is down, cannot be reached or asks for fewer, half as
 * long as it has been failing: short after a hiccup, ten minutes at most after that.
 */
export function restMs({ failures, failingMs, outcome }: { failures: number; failingMs: number; outcome: Outcome }): number {
  if (outcome.retryAfterMs !== null) return outcome.retryAfterMs
  if (failures < DOWN_AFTER && outcome.kind !== 'unreached' && !THROTTLES.has(outcome.status ?? 0)) return 0
  return Math.min(REST.most, Math.max(REST.least, failingMs / 2))
}
