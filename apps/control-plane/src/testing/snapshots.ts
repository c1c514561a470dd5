import type { SnapshotManifest } from '@zaptria/contract'
import { addPart } from '../store/snapshots.ts'
import type { Db } from '../store/db.ts'
import { withTenant } from '../store/with-tenant.ts'
import { uuidv7 } from '../uuid.ts'

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

/** A row as of a snapshot that is stored, with a part; no bytes are behind it. */
export async function makeStoredSnapshot(db: Db, bot: { id: string; tenantId: string }): Promise<string> {
  const id = uuidv7()
  await db
    .insertInto('snapshots')
    .values({
      id,
      tenant_id: bot.tenantId,
      bot_id: bot.id,
      cause: 'asked',
      state: 'stored',
      manifest: JSON.stringify(makeManifest()),
      epoch: 1,
      stored_at: new Date(),
      size_bytes: '10',
    })
    .execute()
  const part = { snapshotId: id, tenantId: bot.tenantId, nr: 0, sha256: 'c'.repeat(64), sealedBytes: 50, sizeBytes: 10 }
  await withTenant(db, bot.tenantId, (trx) => addPart(trx, part))
  return id
}
