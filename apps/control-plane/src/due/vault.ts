import { sql } from 'kysely'
import type { FileStore } from '../files/port.ts'
import type { Db } from '../store/db.ts'
import { removeOrphans } from './orphans.ts'

/** What stays: the last ones whatever their age, all of some days, the last one of some weeks and months. */
export const KEEP = { last: 3, days: 7, weeks: 4, months: 3 }
/** Those that no session can be opened from any more, or should not be, and those that have failed: somebody may want to know why. */
const USELESS_DAYS = 7

/** Lets go of snapshots that are neither wanted nor of use, of what came of those that have failed, and of copies that were given up for another. Any number of replicas may run it. */
export async function pruneVault({ db, files, now }: { db: Db; files: FileStore; now: Date }): Promise<'done'> {
  await sql`
    with useful as (
      select s.id, s.bot_id, s.asked_at, row_number() over (partition by s.bot_id order by s.asked_at desc) as nr,
        date_trunc('week', asked_at at time zone t.time_zone) as week, date_trunc('month', asked_at at time zone t.time_zone) as month
      from snapshots s join tenants t on t.id = s.tenant_id where s.state = 'stored' and s.void_at is null and s.proof_fault is null
    ), ranked as (
      select *, row_number() over (partition by bot_id, week order by asked_at desc) as in_week, dense_rank() over (partition by bot_id order by week desc) as week_nr,
        row_number() over (partition by bot_id, month order by asked_at desc) as in_month, dense_rank() over (partition by bot_id order by month desc) as month_nr
      from useful
    )
    delete from snapshots s using ranked r
    where r.id = s.id and r.nr > ${KEEP.last} and r.asked_at < ${now}::timestamptz - make_interval(days => ${KEEP.days})
      and not (r.in_week = 1 and r.week_nr <= ${KEEP.weeks}) and not (r.in_month = 1 and r.month_nr <= ${KEEP.months})`.execute(db)
  await sql`
    delete from snapshots s where (state = 'failed' or void_at is not null
        -- Better than none: a proof may be wrong.
        or proof_fault is not null and exists (
          select from snapshots o where o.bot_id = s.bot_id and o.state = 'stored' and o.void_at is null and o.proof_fault is null
        ))
      and coalesce(void_at, asked_at) < ${now}::timestamptz - make_interval(days => ${USELESS_DAYS})`.execute(db)
  await sql`delete from snapshot_parts p using snapshots s where s.id = p.snapshot_id and s.state = 'failed'`.execute(db)
  await removeOrphans(files, now, async (batch) => {
    const { rows } = await sql<{ tenantId: string; sha256: string }>`
      select l."tenantId", l.sha256 from jsonb_to_recordset(${JSON.stringify(batch)}::jsonb) as l("tenantId" text, sha256 text)
      where not exists (select from snapshot_parts p where p.tenant_id::text = l."tenantId" and p.sha256 = l.sha256)`.execute(db)
    return rows
  })
  return 'done'
}
