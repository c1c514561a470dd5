import { describe, expect, it } from 'vitest'
import { parseLogLine } from './log-line.ts'

const at = '2026-11-29T12:00:00.000Z'

describe('a line of the log', () => {
  it('of pino is taken apart', () => {
    const line = '{"level":40,"time":1764000000000,"msg":"the page is slow","ms":5200,"chat":"5511•••@c.us"}'
    expect(parseLogLine({ at, line })).toEqual({
      at: new Date(1764000000000),
      level: 'warn',
      message: 'the page is slow',
      rest: 'ms=5200 chat=5511•••@c.us',
    })
  })

  it.each([
    ['text', 'Killed', { at: new Date(at), level: null, message: 'Killed', rest: '' }],
    ['broken JSON', '{"level":30,', { at: new Date(at), level: null, message: '{"level":30,', rest: '' }],
    ['a level by name, without a time', '{"level":"error","msg":"x"}', { at: new Date(at), level: 'error', message: 'x', rest: '' }],
    ['a time that is none', '{"level":10,"time":"never","msg":"x"}', { at: new Date(at), level: 'trace', message: 'x', rest: '' }],
  ])('that is %s stays as it is', (_, line, parsed) => expect(parseLogLine({ at, line })).toEqual(parsed))
})
