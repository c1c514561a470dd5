import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase } from '@zaptria/lab/testing'
import { sql } from 'kysely'
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
    await pruneVault({ db: f.db, files, quotaBytes: undefined, now: new Date() })
    expect(await left()).toHaveLength(3)
    await pruneVault({ db: f.db, files, quotaBytes: undefined, now: new Date(Date.now() + 2 * 24 * 3600_000) })
    expect(await left()).toEqual([await put('kept')])
  } finally {
    await f.close()
    rmSync(root, { recursive: true, force: true })
  }
})

it('what this database does not know since it is new, or was restored, stays', async () => {
  await using database = await createTestDatabase()
  const root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  const f = await fixture(database.url)
  try {
    const files = createDirectoryStore(root)
    const { tenantId } = await f.makeTenant()
    const bytes = async function* (text: string): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from(text))
    }
    const another = randomUUID()
    await files.put(another, bytes('of a database that is lost'), { maxBytes: 100 })
    await files.put(tenantId, bytes('taken after the backup'), { maxBytes: 100 })
    const left = async (days: number): Promise<string[]> => {
      await pruneVault({ db: f.db, files, quotaBytes: undefined, now: new Date(Date.now() + days * 24 * 3600_000) })
      const found: string[] = []
      for await (const file of files.list()) found.push(file.tenantId)
      return found.toSorted()
    }
    await sql`select after_restore()`.execute(f.db)
    expect(await left(29)).toEqual([another, tenantId].toSorted())
    expect(await left(31)).toEqual([another])
  } finally {
    await f.close()
    rmSync(root, { recursive: true, force: true })
  }
})

it('the last snapshots stay whatever their age, else those of some days, weeks and months', async () => {
  await using database = await createTestDatabase()
  const root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  const f = await fixture(database.url)
  try {
    const files = createDirectoryStore(root)
    // A Monday.
    const now = new Date('2026-11-30T12:00:00.000Z')
    const daysAgo = (days: number): Date => new Date(now.getTime() - days * 24 * 3600_000)
    const taken = async (bot: { id: string; tenantId: string }, days: number, more: object = {}): Promise<void> => {
      const id = await makeStoredSnapshot(f.db, bot)
      await f.db
        .updateTable('snapshots')
        .set({ asked_at: daysAgo(days), ...more })
        .where('id', '=', id)
        .execute()
    }
    const left = async ({ id }: { id: string }): Promise<number[]> => {
      await pruneVault({ db: f.db, files, quotaBytes: undefined, now })
      const rows = await f.db.selectFrom('snapshots').select('asked_at').where('bot_id', '=', id).orderBy('asked_at', 'desc').execute()
      return rows.map(({ asked_at }) => Math.round((now.getTime() - asked_at.getTime()) / (24 * 3600_000)))
    }
    const make = async () => {
      const { tenantId, bot } = await f.makeTenant()
      return { id: bot.id, tenantId }
    }
    const nightly = await make()
    for (let days = 0; days < 120; days += 1) await taken(nightly, days)
    // Eight days; the Sundays of three weeks before this one; the last days of October and September.
    expect(await left(nightly)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 30, 61])
    const silent = await make()
    for (const days of [310, 311, 312, 313, 314]) await taken(silent, days)
    expect(await left(silent)).toEqual([310, 311, 312])
    const useless = await make()
    await taken(useless, 10, { void_at: daysAgo(6) })
    await taken(useless, 10, { void_at: daysAgo(8) })
    await taken(useless, 6, { state: 'failed' })
    await taken(useless, 8, { state: 'failed' })
    expect(await left(useless)).toEqual([6, 10])
    // One that did not pass its proof is better than none, and goes when there is another.
    const unsound = await make()
    await taken(unsound, 300, { proof_fault: 'its keys are others' })
    expect(await left(unsound)).toEqual([300])
    await taken(unsound, 1)
    expect(await left(unsound)).toEqual([1])
  } finally {
    await f.close()
    rmSync(root, { recursive: true, force: true })
  }
})

it('a tenant’s oldest go beyond its quota, and never its last good one', async () => {
  await using database = await createTestDatabase()
  const root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  const f = await fixture(database.url)
  try {
    const files = createDirectoryStore(root)
    const taken = async (bot: { id: string; tenantId: string }, hoursAgo: number, more: object = {}): Promise<void> => {
      const id = await makeStoredSnapshot(f.db, bot)
      await f.db
        .updateTable('snapshots')
        .set({ asked_at: new Date(Date.now() - hoursAgo * 3600_000), ...more })
        .where('id', '=', id)
        .execute()
    }
    const make = async () => {
      const { tenantId, bot } = await f.makeTenant()
      for (const hours of [1, 2, 3]) await taken({ id: bot.id, tenantId }, hours)
      return { id: bot.id, tenantId }
    }
    const left = async (quotaBytes: number, { id }: { id: string }): Promise<number[]> => {
      await pruneVault({ db: f.db, files, quotaBytes, now: new Date() })
      const rows = await f.db.selectFrom('snapshots').select('asked_at').where('bot_id', '=', id).orderBy('asked_at', 'desc').execute()
      return rows.map(({ asked_at }) => Math.round((Date.now() - asked_at.getTime()) / 3600_000))
    }
    const [one, other] = [await make(), await make()]
    // Each takes 50 bytes.
    expect(await left(150, one)).toEqual([1, 2, 3])
    expect(await left(149, one)).toEqual([1, 2])
    await taken(one, 0, { proof_fault: 'its keys are others' })
    expect(await left(100, one)).toEqual([1, 2])
    expect(await left(1, one)).toEqual([1])
    expect(await left(1, other)).toEqual([1])
  } finally {
    await f.close()
    rmSync(root, { recursive: true, force: true })
  }
})
