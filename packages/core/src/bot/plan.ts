import { backoffCeiling } from '../backoff.ts'
import { alertsOf, more } from './alerts.ts'
import type { AlertStep } from './alerts.ts'
import { CREATE_TIMEOUT_MS, lives, silenceEndsAt } from './observed.ts'
import type { BotDesired, BotObserved } from './observed.ts'

export type RecreateReason = 'generation' | 'outdated' | 'changed_by_hand' | 'exited' | 'not_beating' | 'stuck_creating'

/** Each may be repeated at any time. None touches a volume. `recreate` = stop, confirmed, then apply: never two instances. */
export type PlanStep = { do: 'apply' } | { do: 'stop' } | { do: 'remove' } | { do: 'recreate'; why: RecreateReason } | AlertStep

export type Plan = { steps: PlanStep[]; look_again_ms: number }

const LOOK = { healthy: 15_000, moving: 2_000, unknown: 5_000, resting: 60_000 }
const RETRY = { base_ms: 1_000, max_ms: 5 * 60_000 }

/**
 * The next steps from what is to what should be. Look again after `look_again_ms` at the latest, sooner when something is heard.
 * All times are the caller's one clock.
 */
export function plan(desired: BotDesired, observed: BotObserved, now_ms: number): Plan {
  const { steps, look_again_ms } = instancePlan(desired, observed, now_ms)
  const alerts = alertsOf(desired, observed, now_ms, restartOf(steps, observed.instance))
  return { steps: [...steps, ...alerts], look_again_ms: Math.max(250, Math.ceil(look_again_ms)) }
}

type InstanceStep = Exclude<PlanStep, AlertStep>
type InstancePlan = { steps: InstanceStep[]; look_again_ms: number }

/** Why an instance is replaced for a failure; for a wish, nobody has to be told. */
const FAILURES: Partial<Record<RecreateReason, string>> = {
  exited: 'it had ended',
  not_beating: 'it said nothing',
  changed_by_hand: 'somebody changed it',
  stuck_creating: 'it did not come up',
}

/** Somebody else's hand, where a driver's instances live on without us. */
export const REMOVED_BY_OTHERS = 'somebody removed it from its server; it is made again on its volume'

/** What happened to an instance that starts afresh, for people; null when nothing did, or only what was wished. */
function restartOf(steps: InstanceStep[], { detail, restarted, removed }: BotObserved['instance']): string | null {
  if (removed === true) return REMOVED_BY_OTHERS
  for (const step of steps) {
    const failure = step.do === 'recreate' ? FAILURES[step.why] : undefined
    if (failure !== undefined) return `replaced, because ${failure}${more(detail)}`
  }
  return restarted === undefined || restarted === null ? null : `started again by its platform: ${restarted}`
}

const wait = (look_again_ms: number): InstancePlan => ({ steps: [], look_again_ms })
const act = (step: InstanceStep): InstancePlan => ({ steps: [step], look_again_ms: LOOK.moving })

function instancePlan(desired: BotDesired, observed: BotObserved, now_ms: number): InstancePlan {
  const { state } = observed.instance
  // Whatever is done on a guess may make a second instance, or kill a good one.
  if (state === 'unknown') return wait(LOOK.unknown)
  switch (desired.desired) {
    case 'running':
      return runningPlan(desired, observed, now_ms)
    case 'stopped':
      return state === 'running' || state === 'creating' ? act({ do: 'stop' }) : wait(LOOK.resting)
    case 'removed':
      return state === 'absent' ? wait(LOOK.resting) : act({ do: 'remove' })
    default:
      return desired.desired satisfies never
  }
}

function runningPlan(desired: BotDesired, observed: BotObserved, now_ms: number): InstancePlan {
  const { state, generation, changed_at_ms, drift } = observed.instance
  const retry = (step: InstanceStep): InstancePlan => {
    // From the last try as well: an instance that dies at once may look "exited" at every look, so its word never changes.
    const since = Math.max(changed_at_ms, observed.started_at_ms ?? Number.NEGATIVE_INFINITY)
    const left = since + retryDelay(observed.attempts) - now_ms
    return left > 0 ? wait(Math.min(left, LOOK.healthy)) : act(step)
  }
  if (state === 'absent') return retry({ do: 'apply' })
  if (generation !== null && generation !== desired.generation) return act({ do: 'recreate', why: 'generation' })
  if (state === 'exited') return retry({ do: 'recreate', why: 'exited' })
  if (state === 'creating') {
    const left = changed_at_ms + CREATE_TIMEOUT_MS - now_ms
    return left > 0 ? wait(Math.min(left, LOOK.moving)) : retry({ do: 'recreate', why: 'stuck_creating' })
  }
  // Running, but as nobody knows what: only a driver that lost its labels says so.
  if (generation === null) return retry({ do: 'recreate', why: 'generation' })
  // With the backoff of failures, so that one that cannot be made as it is wanted is not replaced for ever.
  if (drift === 'by_hand') return retry({ do: 'recreate', why: 'changed_by_hand' })
  if (drift === 'outdated') return retry({ do: 'recreate', why: 'outdated' })
  if (lives(observed, now_ms)) return wait(LOOK.healthy)
  const left = silenceEndsAt(observed) - now_ms
  return left > 0 ? wait(Math.min(left, LOOK.healthy)) : retry({ do: 'recreate', why: 'not_beating' })
}

/** No jitter: passes of many bots are spread by their own due times, and a plan is the same however often it is made. */
const retryDelay = (attempts: number): number => (attempts <= 0 ? 0 : backoffCeiling({ attempt: attempts - 1, ...RETRY }))
