import { sql } from 'kysely'
import type { FileStore } from '../files/port.ts'
import type { Db } from '../store/db.ts'
import { removeOrphans } from './orphans.ts'

/** Lets go of what came of snapshots that have failed, and of copies that were given up for another. Any number of replicas may run it. */
export async function pruneVault({ db, files, now }: { db: Db; files: FileStore; now: Date }): Promise<'done'> {
  await sql`delete from snapshot_parts p using snapshots s where s.id = p.snapshot_id and s.state = 'failed'`.execute(db)
  await removeOrphans(files, now, async (batch) => {
    const { rows } = await sql<{ tenantId: string; sha256: string }>`
      select l."tenantId", l.sha256 from jsonb_to_recordset(${JSON.stringify(batch)}::jsonb) as l("tenantId" text, sha256 text)
      where not exists (select from snapshot_parts p where p.tenant_id::text = l."tenantId" and p.sha256 = l.sha256)`.execute(db)
    return rows
  })
  return 'done'
}
