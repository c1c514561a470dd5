import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import type { Db } from '../store/db.ts'
import { tellFindings } from './findings.ts'
import type { Finding } from './findings.ts'

const BACKLOG_EVENTS = 1_000
const DISK_LOW_BYTES = 200 * 1024 * 1024
/** Of what a volume may hold. */
const VOLUME_FULL_RATIO = 0.8

/** Alerts that beats give rise to: a backlog in the outbox, events set aside, a disk that fills up. Only what changes is written. */
export function watchBeats({ db, hints }: { db: Db; hints: Pick<Hints, 'changed'> }): Promise<'done'> {
  return db.transaction().execute(async (trx): Promise<'done'> => {
    const { rows } = await sql<Finding>`
      with beats as (
        select id as bot_id, tenant_id, beat, (beat->>'outbox_pending')::bigint as pending, (beat->>'outbox_set_aside')::bigint as aside,
          (beat->>'disk_free_bytes')::bigint as disk,
          (beat->>'volume_bytes')::float8 / nullif((beat->>'volume_limit_bytes')::float8, 0) as volume
        from bots where beat is not null and (last_beat_at > now() - interval '5 minutes' or desired <> 'running')
      ), findings as (
        select bot_id, tenant_id, 'outbox_backlog' as kind, 'warning' as severity, pending > ${BACKLOG_EVENTS} as found,
          pending || ' events wait in the outbox' as detail from beats
        union all select bot_id, tenant_id, 'disk_low', case when disk < ${DISK_LOW_BYTES} or beat->>'reason' = 'disk_full' then 'critical' else 'warning' end,
          coalesce(disk < ${DISK_LOW_BYTES}, false) or coalesce(volume > ${VOLUME_FULL_RATIO}, false) or beat->>'reason' = 'disk_full',
          case when disk < ${DISK_LOW_BYTES} or volume is null then coalesce(disk / 1048576, 0) || ' MB left'
            else round(volume * 100) || '% of the volume used' end from beats
      )
      select f.*, a.id is not null as open from findings f
      left join alerts a on a.fingerprint = f.kind || ':' || f.bot_id and a.resolved_at is null
      where f.found <> (a.id is not null)`.execute(trx)
    await tellFindings(trx, hints, rows)
    return 'done'
  })
}
