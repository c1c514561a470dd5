import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { judgeServer } from './judge.ts'
import type { Failover, ServerHeard, ServerPolicy, ServerState } from './judge.ts'

const POLICY: ServerPolicy = { suspectMs: 15_000, giveUpMs: 60_000, trustMs: 600_000 }
const heard = (more: Partial<ServerHeard> = {}): ServerHeard => ({
  state: 'well',
  failover: 'automatic',
  silentMs: null,
  wellMs: 1,
  ...more,
})
const silent = (silentMs: number, more: Partial<ServerHeard> = {}): ServerHeard => heard({ silentMs, wellMs: null, ...more })

describe('a server', () => {
  it.each<[string, ServerHeard, boolean, ReturnType<typeof judgeServer>]>([
    ['that is heard for the first time is well', heard({ state: 'unheard' }), true, { state: 'well', held: null }],
    ['that nobody has listened to stays as it was', heard({ state: 'unheard', wellMs: null }), true, { state: 'unheard', held: null }],
    ['that is silent for a moment is well', silent(14_999), true, { state: 'well', held: null }],
    ['that is silent for longer is suspected', silent(15_000), true, { state: 'suspected', held: null }],
    ['that is heard again is well at once', heard({ state: 'suspected' }), true, { state: 'well', held: null }],
    ['stays suspected until the time to act', silent(59_999, { state: 'suspected' }), true, { state: 'suspected', held: null }],
    ['is given up then', silent(60_000, { state: 'suspected' }), true, { state: 'given_up', held: null }],
    ['is given up by people', silent(60_000, { failover: 'ask' }), true, { state: 'suspected', held: 'ask' }],
    ['is never given up', silent(60_000, { failover: 'never' }), true, { state: 'suspected', held: 'never' }],
    ['is not given up while no other is heard', silent(60_000), false, { state: 'suspected', held: 'alone' }],
    ['that was given up is not trusted yet', heard({ state: 'given_up', wellMs: 599_999 }), true, { state: 'given_up', held: null }],
    ['that was given up is well after long', heard({ state: 'given_up', wellMs: 600_000 }), true, { state: 'well', held: null }],
    ['that was given up and is silent stays so', silent(1, { state: 'given_up' }), false, { state: 'given_up', held: null }],
  ])('%s', (_, server, others, judgement) => {
    expect(judgeServer(server, others, POLICY)).toEqual(judgement)
  })

  it('is given up at most once in the time that it takes to be trusted again, however it flickers', () => {
    const looks = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 90_000 }), heard: fc.boolean(), others: fc.boolean() }), {
      maxLength: 200,
    })
    fc.assert(
      fc.property(looks, fc.constantFrom<Failover>('automatic', 'ask', 'never'), (all, failover) => {
        let state: ServerState = 'unheard'
        let now = 0
        let silentSince: number | null = null
        let wellSince: number | null = null
        let givenUpAt: number | null = null
        for (const look of all) {
          now += look.ms
          silentSince = look.heard ? null : (silentSince ?? now)
          wellSince = look.heard ? (wellSince ?? now) : null
          const silentMs: number | null = silentSince === null ? null : now - silentSince
          const wellMs: number | null = wellSince === null ? null : now - Math.max(wellSince, givenUpAt ?? 0)
          const next: ServerState = judgeServer({ state, failover, silentMs, wellMs }, look.others, POLICY).state
          if (next === 'given_up' && state !== 'given_up') {
            expect([failover, look.others]).toEqual(['automatic', true])
            expect(silentMs).toBeGreaterThanOrEqual(POLICY.giveUpMs)
            if (givenUpAt !== null) expect(now - givenUpAt).toBeGreaterThan(POLICY.trustMs)
            givenUpAt = now
          }
          if (state === 'given_up' && next !== 'given_up') expect(now - givenUpAt!).toBeGreaterThanOrEqual(POLICY.trustMs)
          // What is heard and was not given up is well, whatever was before.
          if (look.heard && state !== 'given_up') expect(next).toBe('well')
          state = next
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
