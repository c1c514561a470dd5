import { expect, it } from 'vitest'
import { textOf } from './logs.ts'

it('a line of the log is what a person reads; what is no JSON stays as it is', () => {
  const line = '{"level":"warn","time":"2026-11-29T12:00:01.500Z","tenant":"0190","state":"reconnecting","msg":"state"}'
  expect(textOf({ at: '2026-11-29T12:00:02.000Z', line })).toBe('2026-11-29T12:00:01.500Z  warn   state  state=reconnecting\n')
  expect(textOf({ at: '2026-11-29T12:00:02.000Z', line: 'Killed\u001b[2J' })).not.toContain('\u001b')
  expect(textOf({ at: null, line: 'Killed' })).toBe('Killed\n')
})
