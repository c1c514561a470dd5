import { expect, it } from 'vitest'
import { outcome } from './outcome.ts'

const coming = {
  state: 'coming' as const,
  failure: null,
  void_reason: null,
  proof_fault: null,
  proved_at: null,
  verified_at: null,
  restored_at: null,
}
const failure = 'The vault takes nothing now: its disk is full.'

it.each([
  [coming, 'coming'],
  [{ ...coming, failure }, `coming: ${failure}`],
  [{ ...coming, state: 'failed' as const, failure }, `failed: ${failure}`],
  [{ ...coming, state: 'stored' as const, verified_at: '2026-11-30T05:00:00Z' }, 'stored, verified 2026-11-30T05:00:00Z'],
])('says what became of a snapshot, and what holds up one that is on its way', (one, said) => {
  expect(outcome(one)).toBe(said)
})
