import { setTimeout as delay } from 'node:timers/promises'
import { tmpdir } from 'node:os'
import { expect, it, onTestFinished } from 'vitest'
import { createVitals } from './vitals.ts'

it('a beat tells how long the event loop was held up since the beat before', async () => {
  const vitals = createVitals({ dataDir: tmpdir(), volume: () => ({ bytes: null, limitBytes: null }), memory: () => Promise.resolve(null) })
  onTestFinished(() => vitals.close())
  expect((await vitals.read()).loop_lag_ms).toBeGreaterThanOrEqual(0)
  await delay(250)
  const until = performance.now() + 600
  while (performance.now() < until);
  await delay(250)
  // Two looks lie around it, at most one of them on time.
  expect((await vitals.read()).loop_lag_ms).toBeGreaterThanOrEqual(400)
})
