import { createHash } from 'node:crypto'
import type { SnapshotManifest } from '@zaptria/contract'
import { addPart } from '../store/snapshots.ts'
import type { Db } from '../store/db.ts'
import { withTenant } from '../store/with-tenant.ts'
import { uuidv7 } from '../uuid.ts'
import type { Vault } from '../vault/index.ts'

export const makeManifest = (more: object = {}): SnapshotManifest => ({
  format: 1,
  engine: 'wwebjs',
  bot_version: '1',
  page_version: null,
  browser_version: null,
  number: '5511987654321',
  epoch: 1,
  volume_id: uuidv7() as SnapshotManifest['volume_id'],
  held_ms: 3,
  marks: [],
  files: [{ path: 'device.json', size_bytes: 10, sha256: 'a'.repeat(64) }],
  archive: { size_bytes: 10, sha256: 'b'.repeat(64) },
  ...more,
})

/** A row as of a snapshot that is stored, with a part; with a vault, `archive` is behind it, and else nothing. */
export async function makeStoredSnapshot(
  db: Db,
  bot: { id: string; tenantId: string },
  vault?: Pick<Vault, 'putPart'>,
  archive = Buffer.from('an archive'),
): Promise<string> {
  const id = uuidv7()
  const sha256 = createHash('sha256').update(archive).digest('hex')
  await db
    .insertInto('snapshots')
    .values({
      id,
      tenant_id: bot.tenantId,
      bot_id: bot.id,
      cause: 'asked',
      state: 'stored',
      manifest: JSON.stringify(makeManifest(vault === undefined ? {} : { archive: { size_bytes: archive.length, sha256 } })),
      epoch: 1,
      stored_at: new Date(),
      size_bytes: String(archive.length),
    })
    .execute()
  const of = { snapshotId: id, tenantId: bot.tenantId, nr: 0 }
  const nothing = { nr: 0, sha256: 'c'.repeat(64), sealedBytes: 50, sizeBytes: 10 }
  const part = vault === undefined ? nothing : await vault.putPart(of, once(archive), sha256)
  await withTenant(db, bot.tenantId, (trx) => addPart(trx, { ...of, ...part }))
  return id
}

async function* once(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}
