import { sql } from 'kysely'
import type { FileStore } from '../files/port.ts'
import type { Db } from '../store/db.ts'
import { removeOrphans } from './orphans.ts'
import { pruneSnapshots } from './vault-prune.ts'

export type VaultPruning = {
  db: Db
  files: FileStore
  /** So much of each tenant's stays, the oldest going first, and never the last that a session can be opened from. Undefined: all of it. */
  quotaBytes: number | undefined
  now: Date
}

/** Lets go of snapshots that are neither wanted nor of use, of what came of those that have failed, and of copies that were given up for another. Any number of replicas may run it. */
export async function pruneVault({ db, files, quotaBytes, now }: VaultPruning): Promise<'done'> {
  await pruneSnapshots(db, { now, quotaBytes })
  await sql`delete from snapshot_parts p using snapshots s where s.id = p.snapshot_id and s.state = 'failed'`.execute(db)
  await removeOrphans(
    { db, files, now },
    sql`exists (select from snapshot_parts p where p.tenant_id::text = l."tenantId" and p.sha256 = l.sha256)`,
  )
  return 'done'
}
