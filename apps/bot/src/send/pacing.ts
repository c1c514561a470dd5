import type { Pacing } from '@zaptria/contract'

const MINUTE_MS = 60_000

/** What pacing remembers: when each chat may be written to again, and when messages left within the last minute. */
export type Paced = { readonly readyAt: ReadonlyMap<string, number>; readonly sentAt: readonly number[] }
export const UNPACED: Paced = { readyAt: new Map(), sentAt: [] }

/** `lane`: whose messages keep their order, whichever name the chat has. */
export type Candidate = { lane: string }

/** Milliseconds until a message to this chat may leave; 0 = now. Pure, like all of this: times come from outside. */
export const waitFor = (paced: Paced, pacing: Pacing, lane: string, nowMs: number): number => {
  if (!pacing.enabled) return 0
  const chat = Math.max(0, (paced.readyAt.get(lane) ?? nowMs) - nowMs)
  const oldest = paced.sentAt.length < pacing.per_minute ? undefined : paced.sentAt[paced.sentAt.length - pacing.per_minute]
  return Math.max(chat, oldest === undefined ? 0 : Math.max(0, oldest + MINUTE_MS - nowMs))
}

/**
 * The next message to send: the first, in the order given, whose chat is free and whose time has come. Otherwise how long to wait;
 * null when nothing waits for time. A message keeps its place in its chat: a later one never overtakes it.
 */
export const choose = <T extends Candidate>(
  paced: Paced,
  pacing: Pacing,
  queue: readonly T[],
  busy: ReadonlySet<string>,
  nowMs: number,
): { send: T } | { waitMs: number } | null => {
  let shortest: number | null = null
  const passed = new Set<string>(busy)
  for (const candidate of queue) {
    if (passed.has(candidate.lane)) continue
    passed.add(candidate.lane)
    const wait = waitFor(paced, pacing, candidate.lane, nowMs)
    if (wait === 0) return { send: candidate }
    shortest = Math.min(shortest ?? wait, wait)
  }
  return shortest === null ? null : { waitMs: shortest }
}

/** A message left for this chat. @param random [0, 1), for the jitter of the pause that follows */
export const noteSent = (paced: Paced, pacing: Pacing, lane: string, nowMs: number, random: number): Paced => {
  const readyAt = new Map([...paced.readyAt].filter(([, at]) => at > nowMs))
  readyAt.set(lane, nowMs + pacing.min_gap_ms + Math.round(random * pacing.jitter_ms))
  return { readyAt, sentAt: [...paced.sentAt.filter((at) => at > nowMs - MINUTE_MS), nowMs] }
}

/** How long "typing…" is shown before a text: as fast as a quick typist, up to the setting. */
export const typingMs = (pacing: Pacing, text: string): number =>
  pacing.enabled ? Math.min(pacing.typing_max_ms, 200 + text.length * 25) : 0
