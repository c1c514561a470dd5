import type { DesiredState, InstanceState } from '@zaptria/contract'

/** What may still be on a server that its bot was taken from, and that is heard again. */
export type OustedSeen = {
  instance: InstanceState
  desired: DesiredState
  /** Its volume held the session: its outbox may hold what nobody else has. */
  heldSession: boolean
  /** It said that its outbox is empty and its session shut. */
  drained: boolean
  /** It was started there once more. */
  revived: boolean
  /** For so long its server has been heard. */
  wellMs: number
  /** For so long nothing was heard of it since it could have spoken. */
  wordlessMs: number
}

/** `revive`: start it once more, aside, so that it can deliver what it holds. `gone`: nothing of it is there any more. No volume is touched. */
export type OustedStep = 'wait' | 'revive' | 'remove' | 'gone'

/** A server that has just come back may be starting its instances by itself. */
export const REVIVE_AFTER_MS = 30_000
/** One that runs and says nothing for so long will not. */
export const WORDLESS_MS = 10 * 60_000

/** Pure: the next step with what was left behind. */
export function oustedStep(seen: OustedSeen): OustedStep {
  const { instance } = seen
  // Whatever is done on a guess may leave two of it.
  if (instance === 'unknown') return 'wait'
  const away = instance === 'absent'
  if (seen.desired === 'removed' || seen.drained) return away ? 'gone' : 'remove'
  if (instance === 'running' || instance === 'creating') return seen.wordlessMs >= WORDLESS_MS ? 'remove' : 'wait'
  if (!seen.heldSession || seen.revived) return away ? 'gone' : 'remove'
  return seen.wellMs >= REVIVE_AFTER_MS ? 'revive' : 'wait'
}
