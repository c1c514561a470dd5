import { expect, it } from 'vitest'
import { reportRestores, runRestores } from './restores.ts'

/** For longer: npm run soak -- --restores --rounds 200. */
it('opens a session from snapshots of any moment, again and again, without a scan', async () => {
  const outcome = await runRestores({ seed: 4, rounds: 3, perSecond: 10, progress: () => {} })
  console.log(reportRestores(outcome))
  expect(outcome.faults).toEqual([])
  expect(outcome.rounds).toBe(3)
  expect(outcome.messages).toBeGreaterThan(50)
}, 300_000)
