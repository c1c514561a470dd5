/** Who holds a bot's session, on the clock of whoever grants it. */
export type GrantHolder = {
  volumeId: string
  epoch: number
  /** The process that asked; null = not known. */
  bootId: string | null
  /** Until it runs out; below zero: since. */
  leftMs: number
}
export type GrantAsking = {
  volumeId: string
  bootId: string
  /** The session is open right now. */
  sessionOpen: boolean
  /** It was left behind on a server that its bot was taken from. */
  ousted: boolean
}
/** `waitMs`: another volume may hold it for so long. `opens`: it is about to be opened, and is not merely held on to. */
export type GrantDecision = { granted: false; waitMs: number } | { granted: true; epoch: number; opens: boolean }

/**
 * Rule 3: one volume at a time. The one that holds the session renews; another is granted it under a new epoch, once the last grant has run out
 * `guardMs` ago: so much may the holder's clock be behind. What was ousted is granted nothing, not even what it holds: else it would keep the bot from
 * its new place for as long as it likes. Pure, so that it can be checked with every order of events (bot: fencing.model.test.ts).
 * @param epoch the last one that was given
 */
export function decideGrant(held: GrantHolder | null, asking: GrantAsking, epoch: number, guardMs: number): GrantDecision {
  if (asking.ousted) return { granted: false, waitMs: 0 }
  if (held !== null && held.volumeId !== asking.volumeId && held.leftMs + guardMs > 0)
    return { granted: false, waitMs: held.leftMs + guardMs }
  const same = held?.volumeId === asking.volumeId
  const goesOn = same && held.bootId === asking.bootId && held.leftMs > 0
  return { granted: true, epoch: same ? held.epoch : epoch + 1, opens: !asking.sessionOpen && !goesOn }
}
