import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addToBurst } from './burst.ts'
import type { FlowBurst } from './burst.ts'

const NOW = 1_800_000_000_000
const flow = { debounce_seconds: 5 }
const message = (text: string, after_ms: number) => ({ text, type: 'chat', timestamp_ms: NOW - 2000 + after_ms, now_ms: NOW + after_ms })

describe('a burst', () => {
  it('joins what is written in a row, and counts from its first message', () => {
    const first = addToBurst(flow, null, message('oi', 0))
    expect(first).toEqual({ text: 'oi', type: 'chat', timestamp_ms: NOW - 2000, begun_at_ms: NOW, due_at_ms: NOW + 5000 })
    const second = addToBurst(flow, first, { ...message('', 2000), type: 'image' })
    expect(addToBurst(flow, second, message('o preço', 4000))).toMatchObject({
      text: 'oi\no preço',
      timestamp_ms: NOW - 2000,
      due_at_ms: NOW + 9000,
    })
    expect(second.type).toBe('image')
  })

  it('is due when it has been quiet, never later than three times as long after its first message, and never too long to send', () => {
    const pauses = fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.string({ maxLength: 40_000 })), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(pauses, (messages) => {
        let at = 0
        let burst: FlowBurst | null = null
        for (const [pause, text] of messages) {
          at += pause
          burst = addToBurst(flow, burst, message(text, at))
          expect(burst.due_at_ms).toBe(Math.min(NOW + at + 5000, burst.begun_at_ms + 15_000))
          expect(burst.text.length).toBeLessThanOrEqual(65_536)
        }
      }),
    )
  })
})
