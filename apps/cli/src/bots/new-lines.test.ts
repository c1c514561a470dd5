import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newLines } from './new-lines.ts'

const line = fc.record({
  at: fc.constantFrom(null, '2026-11-29T12:00:00.000Z', '2026-11-29T12:00:01.000Z'),
  line: fc.constantFrom('a', 'b', 'c'),
})
/** Told apart by their text, as log lines with times are. */
const log = fc.array(line, { maxLength: 40 }).map((lines) => lines.map((one, i) => ({ ...one, line: `${one.line}${i}` })))

describe('two looks at the end of a log', () => {
  it('differ by what was written between them', () =>
    fc.assert(
      fc.property(log, fc.nat(40), fc.integer({ min: 1, max: 50 }), (all, first, window) => {
        const end = Math.min(first, all.length)
        const before = all.slice(Math.max(0, end - window), end)
        const now = all.slice(Math.max(0, all.length - window))
        const written = all.slice(end)
        expect(newLines(before, now)).toEqual(written.slice(-window))
      }),
    ))

  it('do not hide a line that is repeated', () => {
    const tick = { at: null, line: 'tick' }
    expect(newLines([tick], [tick, tick])).toEqual([tick])
    expect(newLines([], [tick])).toEqual([tick])
    expect(newLines([tick], [])).toEqual([])
  })
})
