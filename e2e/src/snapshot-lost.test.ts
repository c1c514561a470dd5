import { readdirSync, rmSync, truncateSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, Snapshot } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { connected, openShop, pair } from './shop.ts'
import { makeDataDir, startDemo } from './system.ts'

describe('the snapshots of a real bot', () => {
  it('follow its people to an earlier session; when all are damaged somebody is told, until the customer has scanned again', async () => {
    const dataDir = makeDataDir()
    try {
      await using system = await startDemo({ dataDir })
      const shop = await openShop(system)
      const { api, tenant, account } = shop
      await pair(shop)
      const path = `/tenants/${tenant}/bot/snapshots`
      const snapshots = async (): Promise<Snapshot[]> => (await api.call<Page<Snapshot>>('GET', path)).items
      const stored = async (id: string): Promise<boolean> => (await snapshots()).some((one) => one.id === id && one.state === 'stored')
      const take = async (): Promise<string> => {
        const { id } = await api.call<Snapshot>('POST', path)
        await waitFor(() => stored(id), { timeoutMs: 60_000, what: 'the snapshot to be stored' })
        return id
      }
      const [chosen, left] = [await take(), await take()]
      await api.call('POST', `${path}/${chosen}/restore`)
      await waitFor(async () => (await snapshots()).some((one) => one.id === chosen && one.restored_at !== null), {
        timeoutMs: 120_000,
        what: 'the session to be gone back to',
      })
      const newest = await waitFor(
        async () => {
          const [one] = await snapshots()
          return one !== undefined && one.id !== left && one.state === 'stored' ? one : null
        },
        { timeoutMs: 180_000, everyMs: 500, what: 'a snapshot of the session that was chosen' },
      )
      expect(newest).toMatchObject({ cause: 'linked', number: account })

      await api.call('POST', `/tenants/${tenant}/bot/stop`)
      await waitFor(async () => (await api.bot(tenant)).instance.state !== 'running', {
        timeoutMs: 30_000,
        what: 'the bot to have stopped',
      })
      rmSync(join(dataDir, 'volumes'), { recursive: true })
      for (const file of readdirSync(join(dataDir, 'vault'), { recursive: true, withFileTypes: true }))
        if (file.isFile()) truncateSync(join(file.parentPath, file.name), 1_000)
      await api.call('POST', `/tenants/${tenant}/bot/start`)
      const about = async (kind: string) =>
        (await api.alerts()).items.find((alert) => alert.kind === kind && alert.tenant_id === tenant) ?? null
      const lost = await waitFor(() => about('bot_needs_scan'), { timeoutMs: 180_000, everyMs: 500, what: 'word of the lost session' })
      expect(lost).toMatchObject({ severity: 'critical', resolved_at: null, detail: expect.stringContaining(`+${account} is lost`) })
      expect((await snapshots()).every(({ void_at }) => void_at !== null)).toBe(true)
      const damaged = await waitFor(() => about('snapshot_damaged'), { timeoutMs: 60_000, what: 'word of the damaged snapshots' })
      expect(damaged).toMatchObject({ severity: 'warning', detail: expect.stringMatching(/^snapshot [0-9a-f-]{36} of \S+: /) })
      await pair(shop)
      await connected(shop)
      await waitFor(async () => (await about('bot_needs_scan'))?.resolved_at != null, { timeoutMs: 60_000, what: 'the end of the alert' })
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }, 600_000)
})
