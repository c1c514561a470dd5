import { sql } from 'kysely'
import type { FileStore } from '../files/port.ts'
import type { Db } from '../store/db.ts'
import { outlived } from './keep.ts'
import { removeOrphans } from './orphans.ts'

/** Those that no session can be opened from any more, or should not be, and those that have failed: somebody may want to know why. */
const USELESS_DAYS = 7

export type VaultPruning = {
  db: Db
  files: FileStore
  /** So much of each tenant's stays, the oldest going first, and never the last that a session can be opened from. Undefined: all of it. */
  quotaBytes: number | undefined
  now: Date
}

/** Lets go of snapshots that are neither wanted nor of use, of what came of those that have failed, and of copies that were given up for another. Any number of replicas may run it. */
export async function pruneVault({ db, files, quotaBytes, now }: VaultPruning): Promise<'done'> {
  const useful = sql`
    select s.id, s.bot_id as of, s.asked_at as at, t.time_zone as zone
    from snapshots s join tenants t on t.id = s.tenant_id where s.state = 'stored' and s.void_at is null and s.proof_fault is null`
  await sql`delete from snapshots where id in (${outlived(useful, now)})`.execute(db)
  await sql`
    delete from snapshots s where (state = 'failed' or void_at is not null
        -- Better than none: a proof may be wrong.
        or proof_fault is not null and exists (
          select from snapshots o where o.bot_id = s.bot_id and o.state = 'stored' and o.void_at is null and o.proof_fault is null
        ))
      and coalesce(void_at, asked_at) < ${now}::timestamptz - make_interval(days => ${USELESS_DAYS})`.execute(db)
  if (quotaBytes !== undefined)
    await sql`
      delete from snapshots where id in (
        select id from (
          select s.id, row_number() over newest as nr,
            sum((select sum(p.sealed_bytes) from snapshot_parts p where p.snapshot_id = s.id)) over newest as bytes
          from snapshots s where s.state = 'stored' and s.void_at is null
          window newest as (partition by s.tenant_id order by s.proof_fault is null desc, s.asked_at desc)
        ) ranked where nr > 1 and bytes > ${quotaBytes})`.execute(db)
  await sql`delete from snapshot_parts p using snapshots s where s.id = p.snapshot_id and s.state = 'failed'`.execute(db)
  await removeOrphans(
    { db, files, now },
    sql`exists (select from snapshot_parts p where p.tenant_id::text = l."tenantId" and p.sha256 = l.sha256)`,
  )
  return 'done'
}
