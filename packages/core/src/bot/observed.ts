import type { AlertKind, BotState, DesiredState, InstanceState, StateReason } from '@zaptria/contract'

export type BotDesired = {
  desired: DesiredState
  /** A restart is "another generation is wanted". */
  generation: number
}

export type BotObserved = {
  /** The driver's word. */
  instance: {
    state: InstanceState
    generation: number | null
    /** When this word was first heard. */
    changed_at_ms: number
    /** How what runs is not what is wanted. `outdated`: made from other settings, or another image. `by_hand`: somebody changed it. */
    drift?: 'outdated' | 'by_hand' | null
    /** What the driver adds to its word: an exit code, what was changed, why it cannot tell. */
    detail?: string | null
    /** Why the platform started it again by itself since the last look; null when it did not. */
    restarted?: string | null
    /** Why a try to make it failed since the last look; null when none did. */
    failed?: string | null
    /** It was there at the last look, and it was not us who removed it. */
    removed?: boolean
  }
  link: { up: boolean; last_beat_at_ms: number | null }
  /** When the instance was last applied or started; null when it never was. */
  started_at_ms: number | null
  bot_state: BotState
  reason: StateReason
  /** What the bot adds to its reason. */
  bot_detail?: string | null
  /** Whose session it had when it was last linked; null when it never was, or was unlinked since. */
  number?: string | null
  /** Applies and recreates since the bot was last `settled`: the worker adds one with each, and sets 0 when `settled` holds. */
  attempts: number
  /**
   * From when on bots could have beaten here: the control plane's own start. After a long night of ours all beats are old, and a bot that
   * lived through it must get the time to dial in again.
   */
  watched_since_ms?: number
  /** Kinds of this bot's alerts that are open. When given, only what changes is raised or resolved; otherwise every pass says all of it. */
  open_alerts?: readonly AlertKind[]
}

/** A bot that has said nothing for so long does not live. */
export const BEAT_TIMEOUT_MS = 60_000
/** Before its first beat a new instance gets this on top. */
export const START_GRACE_MS = 60_000
/** An orchestrator that creates for longer than this (pulling an image, say) is asked again from scratch. */
export const CREATE_TIMEOUT_MS = 5 * 60_000
/** After living for so long, a bot's past failures are forgotten. */
export const SETTLED_AFTER_MS = 60_000

/** The link is up and beats. Nothing else counts: waiting for a scan or a network is life too. */
export function lives(observed: BotObserved, now_ms: number): boolean {
  const { up, last_beat_at_ms } = observed.link
  return up && last_beat_at_ms !== null && now_ms - last_beat_at_ms < BEAT_TIMEOUT_MS
}

/** Lives, and for long enough that its past failures are over: `attempts` goes back to 0. */
export function settled(observed: BotObserved, now_ms: number): boolean {
  return lives(observed, now_ms) && now_ms - startedAt(observed) >= SETTLED_AFTER_MS
}

const startedAt = (observed: BotObserved): number => observed.started_at_ms ?? observed.instance.changed_at_ms

/** When a running instance that does not beat is given up. */
export function silenceEndsAt(observed: BotObserved): number {
  const grace = Math.max(startedAt(observed), observed.watched_since_ms ?? Number.NEGATIVE_INFINITY) + START_GRACE_MS
  return Math.max(grace, observed.link.last_beat_at_ms ?? Number.NEGATIVE_INFINITY) + BEAT_TIMEOUT_MS
}
