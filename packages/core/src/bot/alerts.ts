import type { AlertKind, BotState, Severity } from '@zaptria/contract'
import { lives, settled, silenceEndsAt } from './observed.ts'
import type { BotDesired, BotObserved } from './observed.ts'

export type AlertStep = { do: 'raise'; alert: AlertKind; severity: Severity; detail: string } | { do: 'resolve'; alert: AlertKind }

/** The alerts that a plan raises and resolves; the other kinds have other owners. */
export const PLANNED_ALERTS = [
  'bot_not_beating',
  'bot_restarted',
  'bot_not_made',
  'bot_needs_scan',
  'bot_conflict',
  'bot_banned',
  'bot_passkey_required',
  'bot_failed',
  'bot_engine_incompatible',
  'server_unreachable',
  'bot_moved',
] as const satisfies readonly AlertKind[]
type PlannedAlert = (typeof PLANNED_ALERTS)[number]

/** An orchestrator may stutter for so long before somebody is told. */
export const UNKNOWN_TOLERATED_MS = 60_000

/** What is so, what is not so, and (absent) what cannot be told now: those stay as they are. */
type Verdicts = Partial<Record<PlannedAlert, { severity: Severity; detail: string } | 'over'>>

/** These happen, and each time counts; the others last. */
const EVENTS = new Set<PlannedAlert>(['bot_restarted', 'bot_not_made'])

/** Facts for the person who looks, after the words that everybody understands. */
export const more = (detail: string | null | undefined): string => (detail === null || detail === undefined ? '' : `: ${detail}`)

/** @param restart why the instance starts afresh; null when it does not, or for no failure of its own */
export function alertsOf(desired: BotDesired, observed: BotObserved, now_ms: number, restart: string | null): AlertStep[] {
  const verdicts =
    desired.desired === 'running'
      ? { ...fromInstance(observed, now_ms, restart), ...(lives(observed, now_ms) ? fromState(observed) : {}) }
      : Object.fromEntries(PLANNED_ALERTS.map((kind) => [kind, 'over' as const]))
  const open = observed.open_alerts
  return PLANNED_ALERTS.flatMap((alert): AlertStep[] => {
    const verdict = verdicts[alert]
    if (verdict === undefined) return []
    if (verdict === 'over') return open === undefined || open.includes(alert) ? [{ do: 'resolve', alert }] : []
    const known = open?.includes(alert) === true && !EVENTS.has(alert)
    return known ? [] : [{ do: 'raise', alert, ...verdict }]
  })
}

function fromInstance(observed: BotObserved, now_ms: number, restart: string | null): Verdicts {
  const verdicts: Verdicts = {}
  const { state, changed_at_ms, detail, failed } = observed.instance
  if (state !== 'unknown') verdicts.server_unreachable = 'over'
  else if (now_ms - changed_at_ms >= UNKNOWN_TOLERATED_MS) {
    verdicts.server_unreachable = { severity: 'critical', detail: `the server does not say whether the bot runs${more(detail)}` }
  }
  if (lives(observed, now_ms)) verdicts.bot_not_beating = 'over'
  else if (state === 'running' && now_ms >= silenceEndsAt(observed)) {
    verdicts.bot_not_beating = { severity: 'warning', detail: `the bot runs but says nothing${more(detail)}` }
  }
  if (state === 'running') verdicts.bot_not_made = 'over'
  else if (typeof failed === 'string') verdicts.bot_not_made = { severity: 'critical', detail: failed }
  if (restart !== null) verdicts.bot_restarted = { severity: 'warning', detail: restart }
  // The beats of one that is gone are still fresh.
  else if (state === 'running' && settled(observed, now_ms)) verdicts.bot_restarted = 'over'
  return verdicts
}

const STATE_ALERTS: Partial<Record<BotState, { alert: PlannedAlert; severity: Severity }>> = {
  conflict: { alert: 'bot_conflict', severity: 'warning' },
  banned: { alert: 'bot_banned', severity: 'critical' },
  passkey_required: { alert: 'bot_passkey_required', severity: 'warning' },
}

const sessionLost = (number: string): string => `the session of +${number} is lost, and no snapshot could bring it back`

function fromState({ bot_state, reason, bot_detail, number }: BotObserved): Verdicts {
  const detail = `${reason}${more(bot_detail)}`
  const over = (...kinds: PlannedAlert[]): Verdicts => Object.fromEntries(kinds.map((kind) => [kind, 'over']))
  switch (bot_state) {
    case 'connected':
      return over(
        'bot_needs_scan',
        'bot_conflict',
        'bot_banned',
        'bot_passkey_required',
        'bot_failed',
        'bot_engine_incompatible',
        'bot_moved',
      )
    // A fresh code after a logout or a passkey still waits for the same person.
    case 'qr_ready':
      return {
        ...over('bot_conflict', 'bot_banned', 'bot_failed', 'bot_engine_incompatible'),
        // Who was unlinked has no number any more: a code in spite of one means that the session was lost.
        ...(typeof number === 'string' ? { bot_needs_scan: { severity: 'critical', detail: sessionLost(number) } } : {}),
      }
    case 'failed':
      return { [reason === 'engine_incompatible' ? 'bot_engine_incompatible' : 'bot_failed']: { severity: 'critical', detail } }
    case 'logged_out':
      // Who asked for it knows, and links the number again when it is wanted.
      if (reason === 'logout_by_command') return over('bot_needs_scan')
      return { bot_needs_scan: { severity: 'warning', detail } }
    case 'conflict':
    case 'banned':
    case 'passkey_required': {
      const found = STATE_ALERTS[bot_state]
      return found === undefined ? {} : { [found.alert]: { severity: found.severity, detail } }
    }
    // On its way: what was wrong may be wrong again in a moment.
    case 'starting':
    case 'pairing':
    case 'syncing':
    case 'reconnecting':
      return {}
    default:
      return bot_state satisfies never
  }
}
