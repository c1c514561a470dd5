import { expect, it } from 'vitest'
import { reportForeign, runForeign } from './foreign.ts'

/** Another one: FOREIGN_SEED=7 npm test -- e2e/src/faults/foreign. For longer: npm run soak -- --foreign. */
const seed = Number(process.env['FOREIGN_SEED'] ?? 3)

it(`brings everything to a foreign dashboard that answers slowly, wrongly or not at all (seed ${seed})`, async () => {
  const outcome = await runForeign({ seed, seconds: 20, perSecond: 6, progress: () => {} })
  console.log(reportForeign(outcome))
  expect(outcome.faults).toEqual([])
  expect(outcome.messages).toBeGreaterThan(41)
  expect(outcome.kills).toBeGreaterThan(0)
  expect(outcome.switches).toBeGreaterThan(0)
}, 240_000)
