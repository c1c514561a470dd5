import { MessageStatus } from '@zaptria/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forward } from './message-state.ts'
import type { MessageNews } from './message-state.ts'

const news: fc.Arbitrary<MessageNews> = fc.oneof(
  fc.record({ kind: fc.constant('ack' as const), ack: fc.integer({ min: -1, max: 4 }) }),
  fc.record({
    kind: fc.constant('result' as const),
    outcome: fc.constantFrom('handed' as const, 'failed' as const, 'unknown' as const),
    reason: fc.constantFrom(undefined, 'expired' as const, 'engine_error' as const),
  }),
)
const status = fc.constantFrom(...MessageStatus.options)
const TAKEN = ['accepted', 'delivered', 'read']

describe('a message’s status', () => {
  it('never goes back once WhatsApp has taken the message', () => {
    fc.assert(
      fc.property(status, fc.array(news), (first, heard) => {
        let now = first
        for (const one of heard) {
          const next = forward(now, one)
          if (TAKEN.includes(now)) expect(TAKEN.indexOf(next)).toBeGreaterThanOrEqual(TAKEN.indexOf(now))
          now = next
        }
      }),
    )
  })

  it('is the highest acknowledgement, in whatever order and however often they come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(
          'queued' as const,
          'handed' as const,
          'unknown' as const,
          'failed' as const,
          'expired' as const,
          'cancelled' as const,
        ),
        fc.array(news),
        (first, heard) => {
          const highest = Math.max(0, ...heard.map((one) => (one.kind === 'ack' ? one.ack : 0)))
          const last = [...heard, ...heard.toReversed()].reduce((now, one) => forward(now, one), first as MessageStatus)
          if (highest >= 1) expect(last).toBe(TAKEN[Math.min(highest, 3) - 1])
          else expect(TAKEN).not.toContain(last)
        },
      ),
    )
  })

  it.each<[MessageStatus, string, MessageNews, MessageStatus]>([
    ['expired', 'a late acknowledgement', { kind: 'ack', ack: 1 }, 'accepted'],
    ['expired', 'the page’s late word', { kind: 'result', outcome: 'handed' }, 'handed'],
    ['expired', 'nobody knows', { kind: 'result', outcome: 'unknown' }, 'expired'],
    ['cancelled', 'it had been handed out before', { kind: 'ack', ack: 2 }, 'delivered'],
    ['cancelled', 'a failure', { kind: 'result', outcome: 'failed', reason: 'engine_error' }, 'cancelled'],
    ['failed', 'the page’s late word', { kind: 'result', outcome: 'handed' }, 'failed'],
    ['failed', 'a late acknowledgement', { kind: 'ack', ack: 3 }, 'read'],
    ['unknown', 'it had been too late', { kind: 'result', outcome: 'failed', reason: 'expired' }, 'expired'],
    ['handed', 'the server has not got it', { kind: 'ack', ack: 0 }, 'handed'],
    ['accepted', 'the page’s failure', { kind: 'ack', ack: -1 }, 'accepted'],
  ])('%s, then %s', (first, _what, one, then) => expect(forward(first, one)).toBe(then))

  it('does not change when the same is heard twice, and of an incoming message never', () => {
    fc.assert(
      fc.property(status, news, (first, one) => {
        const once = forward(first, one)
        expect(forward(once, one)).toBe(once)
        expect(forward('received', one)).toBe('received')
      }),
    )
  })
})
