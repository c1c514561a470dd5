import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase } from '@zaptria/lab/testing'
import { expect, it } from 'vitest'
import { createDirectoryStore } from '../files/directory/index.ts'
import { fixture } from '../testing/fixture.ts'
import { makeStoredSnapshot } from '../testing/snapshots.ts'
import { pruneVault } from './vault.ts'

it('what no snapshot names leaves the vault a day later, and what one names stays', async () => {
  await using database = await createTestDatabase()
  const root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  const f = await fixture(database.url)
  try {
    const files = createDirectoryStore(root)
    const { tenantId, bot } = await f.makeTenant()
    const put = async (text: string): Promise<string> => {
      const bytes = async function* (): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(Buffer.from(text))
      }
      return (await files.put(tenantId, bytes(), { maxBytes: 100 })).sha256
    }
    const snapshotOf = async (text: string): Promise<string> => {
      const id = await makeStoredSnapshot(f.db, { id: bot.id, tenantId })
      await f.db
        .updateTable('snapshot_parts')
        .set({ sha256: await put(text) })
        .where('snapshot_id', '=', id)
        .execute()
      return id
    }
    await snapshotOf('kept')
    const failed = await snapshotOf('failed')
    await f.db.updateTable('snapshots').set({ state: 'failed' }).where('id', '=', failed).execute()
    await put('given up')
    const left = async (): Promise<string[]> => {
      const found: string[] = []
      for await (const { sha256 } of files.list()) found.push(sha256)
      return found
    }
    await pruneVault({ db: f.db, files, now: new Date() })
    expect(await left()).toHaveLength(3)
    await pruneVault({ db: f.db, files, now: new Date(Date.now() + 2 * 24 * 3600_000) })
    expect(await left()).toEqual([await put('kept')])
  } finally {
    await f.close()
    rmSync(root, { recursive: true, force: true })
  }
})
