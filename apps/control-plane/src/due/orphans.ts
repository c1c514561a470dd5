import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { FileStore, ListedFile } from '../files/port.ts'
import type { Db } from '../store/db.ts'

/** A file is in the store before its row says so; and an upload waits for the message that is to carry it. */
const ORPHAN_MS = 24 * 3600_000
/** A restore may be taken back, or be followed by that of a newer backup, which knows more. */
const AFTER_RESTORE_DAYS = 30
const BATCH = 500

/**
 * Removes the files, a day old, of which `named` is not true: SQL about `l."tenantId"` and `l.sha256`. Rows go first, then the bytes. What a database does not
 * know of may be what it lost, or another one's: files of tenants that it has not stay, and for a month after a restore all do.
 */
export async function removeOrphans(
  { db, files, now }: { db: Db; files: FileStore; now: Date },
  named: RawBuilder<unknown>,
): Promise<void> {
  await files.clean(now)
  const remove = async (batch: readonly ListedFile[]): Promise<void> => {
    if (batch.length === 0) return
    const { rows } = await sql<{ tenantId: string; sha256: string }>`
      select l."tenantId", l.sha256 from jsonb_to_recordset(${JSON.stringify(batch)}::jsonb) as l("tenantId" text, sha256 text)
      join tenants t on t.id::text = l."tenantId"
      where not exists (select from restores where at > ${now}::timestamptz - make_interval(days => ${AFTER_RESTORE_DAYS})) and not ${named}`.execute(
      db,
    )
    for (const { tenantId, sha256 } of rows) await files.delete(tenantId, sha256)
  }
  let batch: ListedFile[] = []
  for await (const file of files.list()) {
    if (now.getTime() - file.writtenAt.getTime() > ORPHAN_MS) batch.push(file)
    if (batch.length < BATCH) continue
    await remove(batch)
    batch = []
  }
  await remove(batch)
}
