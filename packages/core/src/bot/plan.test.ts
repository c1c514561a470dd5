import type { BotState } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import type { BotDesired, BotObserved } from './observed.ts'
import { lives, settled } from './observed.ts'
import { plan } from './plan.ts'
import type { PlanStep } from './plan.ts'

const NOW = 10_000_000
const MINUTE = 60_000

const wanted: BotDesired = { desired: 'running', generation: 3 }
/** A bot that has lived for an hour, but for what is said. */
const seen = (more: { [K in keyof BotObserved]?: Partial<BotObserved[K]> | BotObserved[K] } = {}): BotObserved => {
  const base: BotObserved = {
    instance: { state: 'running', generation: 3, changed_at_ms: NOW - 60 * MINUTE },
    link: { up: true, last_beat_at_ms: NOW - 5000 },
    started_at_ms: NOW - 60 * MINUTE,
    bot_state: 'connected',
    reason: 'ready',
    attempts: 0,
    open_alerts: [],
  }
  return {
    ...base,
    ...more,
    instance: { ...base.instance, ...(more.instance as object) },
    link: { ...base.link, ...(more.link as object) },
  } as BotObserved
}
const acts = (steps: PlanStep[]): PlanStep[] => steps.filter((step) => step.do !== 'raise' && step.do !== 'resolve')
const silent = { up: false, last_beat_at_ms: null }

describe('the plan of a bot', () => {
  it.each<[what: string, desired: Partial<BotDesired>, observed: BotObserved, steps: PlanStep[]]>([
    ['lives: nothing', {}, seen(), []],
    ['waits for its scan: nothing', {}, seen({ bot_state: 'qr_ready', reason: 'waiting_for_scan' }), []],
    ['reconnects: nothing', {}, seen({ bot_state: 'reconnecting', reason: 'network_lost' }), []],
    ['is absent: apply', {}, seen({ instance: { state: 'absent', generation: null }, link: silent }), [{ do: 'apply' }]],
    ['died: recreate', {}, seen({ instance: { state: 'exited' }, link: silent }), [{ do: 'recreate', why: 'exited' }]],
    ['is of an older generation: recreate', { generation: 4 }, seen(), [{ do: 'recreate', why: 'generation' }]],
    ['is of no known generation: recreate', {}, seen({ instance: { generation: null } }), [{ do: 'recreate', why: 'generation' }]],
    ['was changed by hand: recreate', {}, seen({ instance: { drift: 'by_hand' } }), [{ do: 'recreate', why: 'changed_by_hand' }]],
    ['was made from older settings: recreate', {}, seen({ instance: { drift: 'outdated' } }), [{ do: 'recreate', why: 'outdated' }]],
    ['was changed by hand again and again: wait', {}, seen({ instance: { drift: 'by_hand' }, started_at_ms: NOW - 1000, attempts: 2 }), []],
    ['was restarted by its platform: nothing', {}, seen({ instance: { restarted: 'exit code 1' } }), []],
    ['is created: wait', {}, seen({ instance: { state: 'creating', changed_at_ms: NOW - 4 * MINUTE }, link: silent }), []],
    [
      'is created for ever: recreate',
      {},
      seen({ instance: { state: 'creating', changed_at_ms: NOW - 5 * MINUTE }, link: silent }),
      [{ do: 'recreate', why: 'stuck_creating' }],
    ],
    ['has just started: wait', {}, seen({ started_at_ms: NOW - 119_999, link: silent }), []],
    [
      'started and never beat: recreate',
      {},
      seen({ started_at_ms: NOW - 120_000, link: silent }),
      [{ do: 'recreate', why: 'not_beating' }],
    ],
    ['beat a minute ago: recreate', {}, seen({ link: { last_beat_at_ms: NOW - 60_000 } }), [{ do: 'recreate', why: 'not_beating' }]],
    ['beat lately, link down: wait', {}, seen({ link: { up: false, last_beat_at_ms: NOW - 59_999 } }), []],
    [
      'could not beat, as nobody listened: wait',
      {},
      seen({ link: { up: false, last_beat_at_ms: NOW - 50 * MINUTE }, watched_since_ms: NOW - 30_000 }),
      [],
    ],
    ['nobody knows: nothing', {}, seen({ instance: { state: 'unknown' }, link: silent }), []],
    ['nobody knows, to be removed: nothing', { desired: 'removed' }, seen({ instance: { state: 'unknown' } }), []],
    [
      'failed three times, too early: wait',
      {},
      seen({ instance: { state: 'exited', changed_at_ms: NOW - 3999 }, attempts: 3, link: silent }),
      [],
    ],
    [
      'failed three times, waited: recreate',
      {},
      seen({ instance: { state: 'exited', changed_at_ms: NOW - 4000 }, attempts: 3, link: silent }),
      [{ do: 'recreate', why: 'exited' }],
    ],
    [
      'failed for days: tried again within five minutes',
      {},
      seen({ instance: { state: 'exited', changed_at_ms: NOW - 5 * MINUTE }, attempts: 10_000, link: silent }),
      [{ do: 'recreate', why: 'exited' }],
    ],
    ['to be stopped, runs: stop', { desired: 'stopped' }, seen(), [{ do: 'stop' }]],
    ['to be stopped, is created: stop', { desired: 'stopped' }, seen({ instance: { state: 'creating' } }), [{ do: 'stop' }]],
    ['to be stopped, exited: nothing', { desired: 'stopped' }, seen({ instance: { state: 'exited' } }), []],
    ['to be removed, runs: remove', { desired: 'removed' }, seen(), [{ do: 'remove' }]],
    ['to be removed, exited: remove', { desired: 'removed' }, seen({ instance: { state: 'exited' } }), [{ do: 'remove' }]],
    ['to be removed, absent: nothing', { desired: 'removed' }, seen({ instance: { state: 'absent' } }), []],
  ])('that %s', (_, desired, observed, steps) => {
    expect(acts(plan({ ...wanted, ...desired }, observed, NOW).steps)).toEqual(steps)
  })

  it('looks again when something is due', () => {
    expect(plan(wanted, seen(), NOW).look_again_ms).toBe(15_000)
    expect(plan(wanted, seen({ link: { up: false, last_beat_at_ms: NOW - 55_000 } }), NOW).look_again_ms).toBe(5000)
    const crashed = seen({ instance: { state: 'exited', changed_at_ms: NOW - 1000 }, attempts: 3, link: silent })
    expect(plan(wanted, crashed, NOW).look_again_ms).toBe(3000)
  })

  it('knows who lives and who has settled', () => {
    expect([lives(seen(), NOW), settled(seen(), NOW)]).toEqual([true, true])
    const fresh = seen({ started_at_ms: NOW - 59_999 })
    expect([lives(fresh, NOW), settled(fresh, NOW)]).toEqual([true, false])
    expect(lives(seen({ link: { up: false } }), NOW)).toBe(false)
  })
})

describe('the alerts of a bot', () => {
  const alerts = (observed: BotObserved, desired: Partial<BotDesired> = {}): string[] =>
    plan({ ...wanted, ...desired }, observed, NOW).steps.flatMap((s) =>
      s.do === 'raise' || s.do === 'resolve' ? [`${s.do} ${s.alert}`] : [],
    )

  it.each<[BotState, BotObserved['reason'], string[]]>([
    ['connected', 'ready', []],
    ['qr_ready', 'waiting_for_scan', []],
    ['reconnecting', 'network_lost', []],
    ['logged_out', 'logout_by_phone', ['raise bot_needs_scan']],
    ['logged_out', 'logout_by_command', []],
    ['conflict', 'opened_elsewhere', ['raise bot_conflict']],
    ['banned', 'account_banned', ['raise bot_banned']],
    ['passkey_required', 'passkey', ['raise bot_passkey_required']],
    ['failed', 'browser_missing', ['raise bot_failed']],
    ['failed', 'engine_incompatible', ['raise bot_engine_incompatible']],
  ])('%s (%s): %j', (bot_state, reason, expected) => {
    expect(alerts(seen({ bot_state, reason }))).toEqual(expected)
  })

  it('are raised once, kept while it is on its way, resolved when it is well', () => {
    expect(alerts(seen({ bot_state: 'conflict', open_alerts: ['bot_conflict'] }))).toEqual([])
    expect(alerts(seen({ bot_state: 'reconnecting', open_alerts: ['bot_conflict'] }))).toEqual([])
    expect(alerts(seen({ bot_state: 'qr_ready', open_alerts: ['bot_needs_scan', 'bot_failed'] }))).toEqual(['resolve bot_failed'])
    expect(alerts(seen({ bot_state: 'qr_ready', open_alerts: ['bot_moved'] }))).toEqual([])
    expect(alerts(seen({ open_alerts: ['bot_moved'] }))).toEqual(['resolve bot_moved'])
    expect(alerts(seen({ open_alerts: ['bot_needs_scan', 'bot_conflict'] }))).toEqual(['resolve bot_needs_scan', 'resolve bot_conflict'])
  })

  it('say that the customer has to scan again when the session of a known number was lost, until it is connected', () => {
    const lost = seen({ bot_state: 'qr_ready', reason: 'waiting_for_scan', number: '5511987654321' })
    expect(plan(wanted, lost, NOW).steps).toEqual([
      {
        do: 'raise',
        alert: 'bot_needs_scan',
        severity: 'critical',
        detail: 'the session of +5511987654321 is lost, and no snapshot could bring it back',
      },
    ])
    expect(alerts({ ...lost, open_alerts: ['bot_needs_scan'] })).toEqual([])
    expect(alerts({ ...lost, bot_state: 'pairing', open_alerts: ['bot_needs_scan'] })).toEqual([])
    expect(alerts({ ...lost, bot_state: 'connected', open_alerts: ['bot_needs_scan'] })).toEqual(['resolve bot_needs_scan'])
    expect(alerts({ ...lost, number: null })).toEqual([])
    const unlinked = seen({ bot_state: 'logged_out', reason: 'logout_by_command', open_alerts: ['bot_needs_scan'] })
    expect(alerts(unlinked)).toEqual(['resolve bot_needs_scan'])
  })

  it('believe no state of a bot that does not live', () => {
    expect(alerts(seen({ bot_state: 'banned', link: { up: false }, open_alerts: ['bot_conflict'] }))).toEqual([])
  })

  it('tell of silence and of each restart, until it has settled', () => {
    const dead = seen({ link: silent })
    expect(alerts(dead)).toEqual(['raise bot_not_beating', 'raise bot_restarted'])
    expect(alerts({ ...dead, open_alerts: ['bot_not_beating', 'bot_restarted'] })).toEqual(['raise bot_restarted'])
    expect(alerts(seen({ started_at_ms: NOW - 30_000, open_alerts: ['bot_not_beating', 'bot_restarted'] }))).toEqual([
      'resolve bot_not_beating',
    ])
    expect(alerts(seen({ open_alerts: ['bot_restarted'] }))).toEqual(['resolve bot_restarted'])
    expect(alerts(seen({ instance: { state: 'absent', generation: null }, open_alerts: ['bot_restarted'] }))).toEqual([])
  })

  it('tell of each try to make it that failed, until it runs', () => {
    const unmade = (failed: string | null, state: 'absent' | 'running' = 'absent'): BotObserved =>
      seen({ instance: { state, generation: state === 'running' ? 3 : null, failed }, link: silent, open_alerts: ['bot_not_made'] })
    expect(alerts(unmade('no image'))).toEqual(['raise bot_not_made'])
    expect(alerts(unmade(null))).toEqual([])
    expect(alerts(unmade(null, 'running'))).toContain('resolve bot_not_made')
  })

  it('say what is known: who did what, exit codes, the words of engine and bot', () => {
    const details = (observed: BotObserved): string[] =>
      plan(wanted, observed, NOW).steps.flatMap((s) => (s.do === 'raise' ? [s.detail] : []))
    const instance = (more: Partial<BotObserved['instance']>): BotObserved =>
      seen({ instance: more, link: silent, started_at_ms: NOW - 1000 })
    expect(details(instance({ state: 'exited', detail: 'out of memory, exit code 137' }))).toEqual([
      'replaced, because it had ended: out of memory, exit code 137',
    ])
    expect(details(instance({ drift: 'by_hand', detail: 'memory limit: 1 instead of 2' }))).toEqual([
      'replaced, because somebody changed it: memory limit: 1 instead of 2',
    ])
    expect(details(instance({ restarted: 'exit code 1' }))).toEqual(['started again by its platform: exit code 1'])
    expect(details(instance({ state: 'absent', generation: null, removed: true }))).toEqual([
      'somebody removed it from its server; it is made again on its volume',
    ])
    expect(details(instance({ state: 'unknown', detail: 'no engine listens', changed_at_ms: NOW - MINUTE }))).toEqual([
      'the server does not say whether the bot runs: no engine listens',
    ])
    expect(details(seen({ bot_state: 'failed', reason: 'browser_missing', bot_detail: '/usr/lib/chromium' }))).toEqual([
      'browser_missing: /usr/lib/chromium',
    ])
  })

  it('tell of a server that does not answer for a minute', () => {
    const mute = (forMs: number): BotObserved => seen({ instance: { state: 'unknown', changed_at_ms: NOW - forMs } })
    expect(alerts(mute(59_999))).toEqual([])
    expect(alerts(mute(60_000))).toEqual(['raise server_unreachable'])
    expect(alerts(seen({ open_alerts: ['server_unreachable'] }))).toEqual(['resolve server_unreachable'])
  })

  it('are over for a bot that is not wanted; other kinds have other owners', () => {
    const observed = seen({ instance: { state: 'absent' }, open_alerts: ['bot_banned', 'disk_low'] })
    expect(alerts(observed, { desired: 'removed' })).toEqual(['resolve bot_banned'])
  })

  it('all are said with every pass when nobody tells which are open', () => {
    const { open_alerts: _, ...blind } = seen()
    expect(alerts(blind)).toContain('resolve bot_conflict')
  })
})
