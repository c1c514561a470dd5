import type { BotState, StateReason } from '@zaptria/contract'
import { backoff } from '@zaptria/core'

/** Why an engine instance is over. */
export type Ending = { state: BotState; reason: StateReason; detail?: string }

/**
 * What comes after: `again` opens a fresh engine after a pause (a new grant is asked for where `grant` says so), `wipe` does so without the
 * old session, `park` waits for a person, `stop` ends the session layer.
 */
export type Next =
  | { do: 'again'; waitMs: number; report: Ending; counts: boolean }
  | { do: 'wipe'; report: Ending }
  | { do: 'park'; report: Ending; wipeFirst: boolean }

export type Pace = { floorMs: number; baseMs: number; maxMs: number }
/** Pauses between two tries, by what went wrong. */
export type Paces = { soon: Pace; conflict: Pace; needsHands: Pace }

/** Decides what follows an engine's end. Pure; `failures` counts the ends since the session last worked. */
export const afterEnd = (ending: Ending, options: { failures: number; wasLinked: boolean; paces: Paces; random: () => number }): Next => {
  const { paces } = options
  const again = (pace: Pace, report: Ending): Next => ({
    do: 'again',
    counts: true,
    report,
    waitMs: pace.floorMs + backoff({ attempt: options.failures, base_ms: pace.baseMs, max_ms: pace.maxMs, random: options.random }),
  })
  switch (ending.reason) {
    case 'logout_by_phone':
    case 'logout_by_command':
      return { do: 'wipe', report: { ...ending, state: 'logged_out' } }
    case 'account_banned':
      return { do: 'park', report: { ...ending, state: 'banned' }, wipeFirst: true }
    case 'passkey':
      return { do: 'park', report: { ...ending, state: 'passkey_required' }, wipeFirst: false }
    case 'qr_paused':
      return { do: 'park', report: { ...ending, state: 'qr_ready' }, wipeFirst: false }
    case 'opened_elsewhere':
      return again(paces.conflict, { ...ending, state: 'conflict' })
    case 'engine_incompatible':
    case 'browser_missing':
    case 'sandbox_unavailable':
      return again(paces.needsHands, { ...ending, state: 'failed' })
    case 'disk_full':
      // The session waits for room before it opens another.
      return again(paces.soon, { ...ending, state: 'failed' })
    case 'memory_reload':
    case 'grant_denied':
    case 'pairing_code_requested':
    case 'waiting_for_scan':
      return { do: 'again', counts: false, waitMs: 0, report: { ...ending, state: options.wasLinked ? 'reconnecting' : 'starting' } }
    case 'boot':
    case 'waiting_for_grant':
    case 'restoring':
    case 'engine_starting':
    case 'scanned':
    case 'history_sync':
    case 'ready':
    case 'network_lost':
    case 'phone_offline':
    case 'page_unreachable':
    case 'page_timeout':
    case 'browser_crashed':
    case 'renderer_crashed':
    case 'renderer_frozen':
    case 'volume_locked':
    case 'stopped':
      // A state of its own that the engine knows better (banned, logged_out) must not be turned into a retry.
      if (ending.state === 'banned') return { do: 'park', report: ending, wipeFirst: true }
      if (ending.state === 'logged_out') return { do: 'wipe', report: ending }
      return again(paces.soon, { ...ending, state: options.wasLinked ? 'reconnecting' : 'starting' })
    default:
      return ending.reason satisfies never
  }
}
