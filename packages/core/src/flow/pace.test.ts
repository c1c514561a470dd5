import { describe, expect, it } from 'vitest'
import type { FlowPace } from './pace.ts'
import { addToPace, loopIn, PACE_WINDOW_MS } from './pace.ts'

const flow = { loop_after_answers: 5 }
const ABSENT = 'Olá! No momento não estamos. Voltamos segunda-feira.'

/** Answers them all, `everyMs` apart; the index of the first that is not to be answered. */
function stopsAt(texts: readonly string[], everyMs: number, limits: { loop_after_answers: number | null } = flow): number | null {
  let pace: FlowPace | null = null
  for (const [i, text] of texts.entries()) {
    pace = addToPace(pace, { text, now_ms: i * everyMs })
    if (loopIn(limits, pace) !== null) return i
  }
  return null
}

describe('a loop of two programs', () => {
  it('is seen by words that come again and again, however they are written', () => {
    expect(stopsAt([ABSENT, ABSENT.toUpperCase(), `${ABSENT} `, ABSENT], 1000)).toBe(3)
    expect(stopsAt([ABSENT, ABSENT, 'oi', ABSENT, ABSENT], 1000)).toBeNull()
  })

  it('is seen by its pace when the words change', () => {
    expect(
      stopsAt(
        Array.from({ length: 9 }, (_, i) => `Ticket ${i}`),
        1000,
      ),
    ).toBe(5)
  })

  it('is not what a person does: short answers, often the same, with time between them', () => {
    expect(stopsAt(['1', '1', '1', '1', '1'], 1000)).toBeNull()
    expect(stopsAt(Array<string>(50).fill('1'), PACE_WINDOW_MS / 4)).toBeNull()
    expect(stopsAt(Array<string>(50).fill(ABSENT), PACE_WINDOW_MS / 2)).toBeNull()
  })

  it('is nothing to a flow that does not want to know', () => {
    expect(stopsAt(Array<string>(500).fill(ABSENT), 1, { loop_after_answers: null })).toBeNull()
  })
})
