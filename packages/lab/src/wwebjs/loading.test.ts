import { describe, expect, it } from 'vitest'
import type { Faults } from '../domain/faults.ts'
import type { Lab } from '../server.ts'
import { withLab } from '../with-lab.ts'
import { pair, populate, shop, withClient, withProfile } from './client.ts'
import type { Started } from './client.ts'

/** A client that starts on a Lab with faults, and is not waited for. */
const withFaults = (
  faults: Partial<Faults>,
  body: (lab: Lab, started: Started, failure: Promise<unknown>) => Promise<void>,
): Promise<void> =>
  withLab(async (lab) => {
    await populate(lab)
    await lab.scenario.setFaults(faults)
    await withProfile((profile) =>
      withClient(
        lab,
        profile,
        (started) =>
          body(
            lab,
            started,
            started.initialized.then(
              () => 'initialized',
              (error: unknown) => error,
            ),
          ),
        { background: true, authTimeoutMs: 2000 },
      ),
    )
  })

describe('the page', () => {
  it('never loads', () =>
    withFaults({ pageNeverLoads: true }, async (lab, { recorder }, failure) => {
      await expect.poll(async () => (await lab.scenario.state()).counters.pageLoads).toBe(1)
      expect(await Promise.race([failure, recorder.wait('qr', undefined, 1500).catch(() => 'nothing')])).toBe('nothing')
    }))

  it('is cut off', () =>
    withFaults({ pageReset: true }, async (_lab, _started, failure) => {
      expect(String(await failure)).toMatch(/net::ERR_/)
    }))

  it('has a certificate that nobody trusts', () =>
    withFaults({ badCertificate: true }, async (_lab, _started, failure) => {
      expect(String(await failure)).toMatch(/ERR_CERT/)
    }))

  it('never says its version', () =>
    withFaults({ noVersion: true }, async (_lab, _started, failure) => {
      expect(await failure).toBe('auth timeout')
    }))

  it('gets no socket, until it does', () =>
    withFaults({ refuseSocket: true }, async (lab, { recorder }) => {
      await expect.poll(async () => (await lab.scenario.state()).counters.refusedSockets, { timeout: 10_000 }).toBeGreaterThan(1)
      expect(recorder.named('qr')).toHaveLength(0)
      await lab.scenario.clearFaults()
      await recorder.wait('qr')
    }))

  it('holds memory', () =>
    withFaults({ ballastMb: 64 }, async (_lab, { client, recorder }) => {
      await recorder.wait('qr')
      expect(await client.pupPage?.evaluate('window.labBallast.length')).toBe(64)
    }))

  it('is linked, but never in sync', () =>
    withFaults({ neverSync: true }, async (lab, { client, recorder }) => {
      await lab.scenario.scan({ account: shop, qr: await recorder.wait<string>('qr') })
      await lab.scenario.waitForDevice({ account: shop })
      await expect.poll(() => client.getState()).toBe('CONNECTED')
      expect(recorder.named('authenticated')).toHaveLength(0)
    }))

  it('syncs too fast for a restarted client: ready is lost, and can be had by hand', () =>
    withLab(async (lab) => {
      await populate(lab)
      await withProfile(async (profile) => {
        await withClient(lab, profile, (started) => pair(lab, started))
        await lab.scenario.setFaults({ fastSync: true })
        await withClient(lab, profile, async ({ client, recorder }) => {
          expect(await client.pupPage?.evaluate("window.require('WAWebSocketModel').Socket.hasSynced")).toBe(true)
          expect(recorder.named('ready')).toHaveLength(0)
          await client.pupPage?.evaluate('window.onAppStateHasSyncedEvent()')
          await recorder.wait('ready')
        })
      })
    }))
})
