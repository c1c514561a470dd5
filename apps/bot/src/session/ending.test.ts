import { StateReason, type BotState } from '@zaptria/contract'
import { describe, expect, it } from 'vitest'
import { afterEnd } from './ending.ts'
import { SESSION_TIMINGS } from './timings.ts'

const decide = (state: BotState, reason: StateReason, more: { failures?: number; wasLinked?: boolean; random?: number } = {}) =>
  afterEnd(
    { state, reason },
    { failures: more.failures ?? 0, wasLinked: more.wasLinked ?? true, paces: SESSION_TIMINGS.paces, random: () => more.random ?? 0 },
  )

describe('after an engine has ended', () => {
  it.each<[BotState, StateReason, string, BotState]>([
    ['logged_out', 'logout_by_phone', 'wipe', 'logged_out'],
    ['logged_out', 'logout_by_command', 'wipe', 'logged_out'],
    ['banned', 'account_banned', 'park', 'banned'],
    ['passkey_required', 'passkey', 'park', 'passkey_required'],
    ['qr_ready', 'qr_paused', 'park', 'qr_ready'],
    ['conflict', 'opened_elsewhere', 'again', 'conflict'],
    ['failed', 'engine_incompatible', 'again', 'failed'],
    ['failed', 'browser_missing', 'again', 'failed'],
    ['failed', 'sandbox_unavailable', 'again', 'failed'],
    ['reconnecting', 'network_lost', 'again', 'reconnecting'],
    ['failed', 'page_unreachable', 'again', 'reconnecting'],
    ['failed', 'browser_crashed', 'again', 'reconnecting'],
    ['failed', 'renderer_crashed', 'again', 'reconnecting'],
    ['failed', 'renderer_frozen', 'again', 'reconnecting'],
    ['reconnecting', 'memory_reload', 'again', 'reconnecting'],
    ['banned', 'network_lost', 'park', 'banned'],
    ['logged_out', 'network_lost', 'wipe', 'logged_out'],
  ])('%s/%s: %s, reported as %s', (state, reason, what, reported) => {
    const next = decide(state, reason)
    expect(next.do).toBe(what)
    expect(next.report).toMatchObject({ state: reported, reason })
  })

  it('has an answer to every reason there is', () => {
    for (const reason of StateReason.options) expect(['again', 'wipe', 'park']).toContain(decide('failed', reason).do)
  })

  it('is starting, not reconnecting, where it was never linked', () => {
    expect(decide('failed', 'page_unreachable', { wasLinked: false }).report.state).toBe('starting')
  })

  it('forgets the session of an account that is banned, and of no other that rests', () => {
    expect(decide('banned', 'account_banned')).toMatchObject({ wipeFirst: true })
    expect(decide('passkey_required', 'passkey')).toMatchObject({ wipeFirst: false })
  })

  it('waits ever longer for what heals, rarely for what needs hands, not at all for a reload', () => {
    const wait = (reason: StateReason, failures: number): number => {
      const next = decide('failed', reason, { failures, random: 0.999 })
      return next.do === 'again' ? next.waitMs : Number.NaN
    }
    expect([0, 1, 2, 3].map((failures) => Math.round(wait('network_lost', failures) / 500))).toEqual([3, 5, 9, 17])
    expect(wait('network_lost', 50)).toBeLessThanOrEqual(60_500)
    expect(wait('engine_incompatible', 0)).toBeGreaterThan(60_000)
    expect(wait('opened_elsewhere', 0)).toBeGreaterThan(10_000)
    expect(wait('memory_reload', 9)).toBe(0)
  })
})
