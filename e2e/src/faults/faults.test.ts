import { expect, it } from 'vitest'
import { report, run } from './run.ts'

/** Another one: FAULTS_SEED=7 npm test -- e2e/src/faults. Many, and for longer: npm run soak. */
const seed = Number(process.env['FAULTS_SEED'] ?? 3)

it(`loses, doubles and disorders nothing under faults (seed ${seed})`, async () => {
  const outcome = await run({
    seed,
    messages: 400,
    perSecond: 8,
    pauseMs: 1_500,
    replicas: 2,
    simulated: 3,
    real: 1,
    contacts: 4,
    progress: () => {},
  })
  console.log(report(outcome))
  expect(outcome.messages).toBeGreaterThanOrEqual(400)
  expect(Math.min(outcome.files.in, outcome.files.out)).toBeGreaterThan(10)
  expect(outcome.faults).toEqual([])
}, 600_000)
