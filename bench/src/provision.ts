import { dockerMissing, waitFor } from '@zaptria/lab/testing'
import { instances } from './bots.ts'
import { startRig } from './rig.ts'
import type { Rig } from './rig.ts'
import { summarize } from './stats.ts'
import type { Result } from './stats.ts'
import type { Setup } from './setup.ts'

/** From "paid" to a QR that the API shows, on a machine that runs no other bot. */
export async function provision(setup: Setup, engine: 'wwebjs' | 'simulated' = 'wwebjs'): Promise<Result[]> {
  const results: Result[] = []
  // The drivers that exist, and have what they need here. More join as they come.
  for (const driver of (await dockerMissing(setup.image)) === null ? (['process', 'docker'] as const) : (['process'] as const)) {
    await using rig = await startRig(setup, { engine, driver })
    const times: number[] = []
    for (let run = 0; run < setup.runs; run++) {
      const took = await payUntilQr(rig, run)
      times.push(took)
      setup.progress(`provision (${driver}) ${run + 1}/${setup.runs}: ${took.toFixed(0)} ms`)
    }
    const simulated = engine === 'simulated' ? ', simulated engine' : ''
    results.push(summarize(`paid to QR in the API (driver ${driver}${simulated})`, 'ms', times))
  }
  return results
}

async function payUntilQr(rig: Rig, run: number): Promise<number> {
  const { api } = rig
  const { id } = await api.createTenant(`Provision ${run}`)
  const before = performance.now()
  await api.pay(id)
  await waitFor(async () => (await api.qr(id)).qr_code, { timeoutMs: 60_000, everyMs: 25, what: 'a QR in the API' })
  const took = performance.now() - before
  await api.removeTenant(id)
  await waitFor(async () => (await instances(rig)) === 0, { timeoutMs: 30_000, everyMs: 100, what: 'the last bot to be gone' })
  return took
}
