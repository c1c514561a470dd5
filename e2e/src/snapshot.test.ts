import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page, Snapshot, SnapshotCheck } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { connected, openShop, pair } from './shop.ts'
import { makeDataDir, startDemo } from './system.ts'

describe('a snapshot of a real bot', () => {
  it('is taken while messages come, lies sealed in the vault, and is whole', async () => {
    const dataDir = makeDataDir()
    try {
      await using system = await startDemo({ dataDir })
      const shop = await openShop(system)
      const { api, lab, tenant, account, contact } = shop
      await pair(shop)
      const path = `/tenants/${tenant}/bot/snapshots`
      const { id } = await api.call<Snapshot>('POST', path)
      let [sent, stored] = [0, null as Snapshot | null]
      await waitFor(
        async () => {
          await lab.sendFromContact({ account, contact, body: `traffic ${sent++}` })
          const { items } = await api.call<Page<Snapshot>>('GET', path)
          const one = items.find((each) => each.id === id)
          if (one?.state === 'failed') throw new Error(`the snapshot failed: ${one.failure}`)
          stored = one?.state === 'stored' ? one : null
          return stored !== null
        },
        { timeoutMs: 30_000, everyMs: 20, what: 'the snapshot to be stored' },
      )
      expect(stored).toMatchObject({ number: account, epoch: 1, cause: 'asked', failure: null })
      expect(stored!.held_ms).toBeLessThan(1_000)
      expect(stored!.size_bytes).toBeGreaterThan(1_000)
      expect(await api.call<SnapshotCheck>('POST', `${path}/${id}/verify`)).toEqual({ ok: true, fault: null })
      // A browser that reaches nothing opens it by itself soon, and finds in it what was there.
      const proved = await waitFor(
        async () => {
          const one = (await api.call<Page<Snapshot>>('GET', path)).items.find((each) => each.id === id)
          return one?.proved_at != null || one?.proof_error != null ? one : null
        },
        { timeoutMs: 60_000, what: 'the snapshot to be proven' },
      )
      expect(proved).toMatchObject({ proof_fault: null, proof_error: null, proof_ms: expect.any(Number) })
      const vault = join(dataDir, 'vault', 'files')
      const files = readdirSync(vault, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      expect(files.length).toBeGreaterThan(0)
      for (const file of files) expect(readFileSync(join(file.parentPath, file.name)).subarray(0, 3).toString()).toBe('ZSS')
      // The bot keeps nothing of it, and goes on.
      const bots = join(dataDir, 'volumes')
      await waitFor(() => readdirSync(bots).every((name) => !existsSync(join(bots, name, 'snapshot'))), {
        timeoutMs: 10_000,
        what: 'the volume to be clean',
      })
      await lab.sendFromContact({ account, contact, body: 'after' })
      await waitFor(
        async () => {
          const { items } = await api.conversations(tenant)
          return (await api.messages(tenant, items[0]!.id)).some(({ body }) => body === 'after')
        },
        { timeoutMs: 20_000, what: 'the next message' },
      )
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }, 240_000)

  it('opens the session again when the volume is gone: no scan, and what was written meanwhile is there, once', async () => {
    const dataDir = makeDataDir()
    try {
      await using system = await startDemo({ dataDir })
      const shop = await openShop(system)
      const { api, lab, tenant, account, contact } = shop
      await pair(shop)
      const path = `/tenants/${tenant}/bot/snapshots`
      const newest = async (): Promise<Snapshot> => (await api.call<Page<Snapshot>>('GET', path)).items[0]!
      const bodies = async (): Promise<string[]> => {
        const { items } = await api.conversations(tenant)
        if (items.length === 0) return []
        return (await api.messages(tenant, items[0]!.id)).flatMap(({ body, from_me }) => (from_me ? [] : [body]))
      }
      await lab.sendFromContact({ account, contact, body: 'before' })
      await api.call('POST', path)
      await waitFor(async () => (await newest()).state === 'stored', { timeoutMs: 30_000, what: 'the snapshot to be stored' })
      await lab.sendFromContact({ account, contact, body: 'after the copy' })
      await waitFor(async () => (await bodies()).length === 2, { timeoutMs: 20_000, what: 'both messages' })

      await api.call('POST', `/tenants/${tenant}/bot/stop`)
      await waitFor(async () => (await api.bot(tenant)).instance.state !== 'running', {
        timeoutMs: 30_000,
        what: 'the bot to have stopped',
      })
      rmSync(join(dataDir, 'volumes'), { recursive: true })
      await lab.sendFromContact({ account, contact, body: 'while there was nothing' })
      const since = new Date().toISOString()
      await api.call('POST', `/tenants/${tenant}/bot/start`)
      await connected(shop, 90_000)
      const states = (await api.states(tenant)).items.filter(({ at }) => at > since)
      expect(states.map(({ reason }) => reason)).toContain('restoring')
      expect(states.map(({ state }) => state)).not.toContain('qr_ready')
      await waitFor(async () => (await bodies()).length >= 3, { timeoutMs: 30_000, what: 'what was written meanwhile' })
      await lab.sendFromContact({ account, contact, body: 'and on' })
      await waitFor(async () => (await bodies()).length >= 4, { timeoutMs: 20_000, what: 'the next one' })
      expect(await bodies()).toEqual(['before', 'after the copy', 'while there was nothing', 'and on'])
      expect(await newest()).toMatchObject({ state: 'stored', restored_at: expect.any(String), void_at: null })

      // And once more, by people's wish, while there is a session: it is not lost sight of anything.
      const { id, restored_at: before } = await newest()
      await api.call('POST', `${path}/${id}/restore`)
      const looks: string[] = []
      const isBack = async () => {
        const { under_way, alive, state } = await api.bot(tenant)
        const look = `${under_way ?? (alive ? 'alive' : 'lost')}: ${state.state} ${state.reason}`
        if (looks.at(-1) !== look) looks.push(look)
        return look === 'alive: connected ready' && (await newest()).restored_at !== before
      }
      await waitFor(isBack, { timeoutMs: 150_000, what: 'the session to be gone back to' })
      // Nobody who looks takes it for an accident.
      expect(looks[0]).toMatch(/^restore: /)
      expect(looks.filter((look) => look.startsWith('lost'))).toEqual([])
      await lab.sendFromContact({ account, contact, body: 'at last' })
      await waitFor(async () => (await bodies()).length >= 5, { timeoutMs: 30_000, what: 'the last one' })
      expect((await bodies()).slice(3)).toEqual(['and on', 'at last'])
      // The session before it is kept until this one has been copied.
      const isKept = (): boolean =>
        readdirSync(join(dataDir, 'volumes'), { encoding: 'utf8' }).some((name) =>
          existsSync(join(dataDir, 'volumes', name, 'session.before-restore')),
        )
      expect(isKept()).toBe(true)
      await api.call('POST', path)
      await waitFor(() => !isKept(), { timeoutMs: 60_000, what: 'the session before the restore to be gone' })
      expect(await newest()).toMatchObject({ state: 'stored', failure: null })
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  }, 300_000)
})
