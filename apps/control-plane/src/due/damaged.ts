import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'
import { tellFindings, type Finding } from './findings.ts'

/**
 * An alert for each bot of which a snapshot was found damaged: others in the same vault may be so too. It is raised for each that is found, and not
 * again for one whose alert people have resolved. It is over when a newer one was opened and found good, and when the damaged one is whole again or gone.
 */
export function watchDamaged({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'done'> {
  return db.transaction().execute(async (trx): Promise<'done'> => {
    const { rows } = await sql<Finding>`
      with damaged as (
        select distinct on (s.bot_id) s.bot_id, s.tenant_id, s.void_at,
          format('snapshot %s of %s: %s', s.id, to_char(coalesce(s.taken_at, s.asked_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), s.void_reason) as detail
        from snapshots s join bots b on b.id = s.bot_id
        where s.void_at is not null and s.void_reason <> 'logged_out' and b.desired <> 'removed' and not exists (
          select from snapshots p where p.bot_id = s.bot_id and p.stored_at > s.void_at and p.void_at is null
            and p.proved_at is not null and p.proof_fault is null)
        order by s.bot_id, s.void_at desc, s.id desc
      ), told as (
        select b.id as bot_id, b.tenant_id, a.last_at, a.resolved_at from alerts a join bots b on a.fingerprint = 'snapshot_damaged:' || b.id
        where a.kind = 'snapshot_damaged'
      )
      select 'snapshot_damaged' as kind, 'warning' as severity, bot_id, tenant_id, detail, true as found from damaged d
      where not exists (select from told t where t.bot_id = d.bot_id and t.last_at >= d.void_at)
      union all
      select 'snapshot_damaged', 'warning', bot_id, tenant_id, null, false from told t
      where resolved_at is null and not exists (select from damaged d where d.bot_id = t.bot_id)`.execute(trx)
    await tellFindings(trx, hints, rows)
    return 'done'
  })
}
