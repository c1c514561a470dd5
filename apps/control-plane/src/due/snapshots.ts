import type { SnapshotCause } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Hints } from '../live/hints.ts'
import { lockBot } from '../store/bots.ts'
import type { Db } from '../store/db.ts'
import { askSnapshot, endOldRestores } from '../store/snapshots.ts'
import { withTenant } from '../store/with-tenant.ts'
import { uuidv7 } from '../uuid.ts'
import { tellFindings } from './findings.ts'
import type { Finding } from './findings.ts'

/** Each bot has a minute of its own in the time after its tenant's quiet hour has begun, always the same: not all bring theirs at once. */
const SPREAD_MINUTES = 120
/** On their way at once, of all bots: each reads a volume, and takes its share of the line. */
const AT_ONCE = 4
/** After one that has failed. */
const AGAIN_MINUTES = 60
const OVERDUE_HOURS = 48

type Due = { tenant_id: string; cause: SnapshotCause }

/**
 * Asks for the snapshots that are due: of a session that was linked a minute ago, and has none that could be restored, and of every session
 * each night. What could not be taken at its time, since the bot was away, is taken when it is back. A session that was imported, or that people went back
 * to, is copied anew like one that was linked: the newest snapshot is the session that they chose. What was to be gone back to, and could not be, is given
 * up. Any number of replicas may run it.
 */
export async function scheduleSnapshots({ db, now }: { db: Db; now: Date }): Promise<'done'> {
  await endOldRestores(db)
  for (const { tenant_id: tenantId, cause } of await due(db, now))
    await withTenant(db, tenantId, async (trx) => {
      const bot = await lockBot(trx, tenantId)
      if (bot !== undefined && bot.desired === 'running') await askSnapshot(trx, bot, { id: uuidv7(), cause })
    })
  return 'done'
}

async function due(db: Db, now: Date): Promise<Due[]> {
  const { rows } = await sql<Due>`
    with nights as (
      select b.id, t.time_zone as zone, ${now}::timestamptz at time zone t.time_zone as here,
        date_trunc('day', ${now}::timestamptz at time zone t.time_zone)
          + make_interval(hours => t.quiet_hour, mins => mod(abs(hashtext(b.id::text)::bigint), ${SPREAD_MINUTES})::int) as tonight
      from bots b join tenants t on t.id = b.tenant_id
    ), moments as (
      -- The last one that is over: today's, or yesterday's.
      select id, (case when tonight <= here then tonight else tonight - interval '1 day' end) at time zone zone as moment from nights
    )
    select b.tenant_id, case when not went.back and exists (
        select from snapshots s where s.bot_id = b.id and s.state = 'stored' and s.void_at is null and s.cause <> 'imported')
      then 'nightly' else 'linked' end as cause
    from bots b join moments n on n.id = b.id
    left join lateral (select state, asked_at, void_at from snapshots s where s.bot_id = b.id and s.cause <> 'imported' order by asked_at desc, id desc limit 1) last on true
    left join lateral (
      select id, asked_at from snapshots s where s.bot_id = b.id and s.cause <> 'imported' and s.state = 'stored' order by asked_at desc, id desc limit 1
    ) newest on true
    -- The session that is open is not the newest one's.
    cross join lateral (
      select exists (select from snapshots s where s.bot_id = b.id and s.id <> newest.id and s.restored_at > newest.asked_at) as back
    ) went
    where b.desired = 'running' and b.transport = 'link' and b.state = 'connected' and b.reason = 'ready'
      and b.state_at <= ${now}::timestamptz - interval '1 minute'
      and (last.state is null
        -- What failed before this session was there says nothing of it.
        or last.state = 'failed' and last.asked_at < greatest(${now}::timestamptz - make_interval(mins => ${AGAIN_MINUTES}), b.state_at)
        or last.state = 'stored' and (last.void_at is not null or last.asked_at < n.moment or went.back))
    order by last.asked_at nulls first, b.id
    limit greatest(0, ${AT_ONCE} - (select count(*) from snapshots where due_at is not null))`.execute(db)
  return rows
}

/** An alert for each linked bot whose session could not be brought back as it was two days ago; it says why the last snapshot has failed. */
export function watchSnapshots({ db, hints, now }: { db: Db; hints: Pick<Hints, 'changed'>; now: Date }): Promise<'done'> {
  return db.transaction().execute(async (trx): Promise<'done'> => {
    const { rows } = await sql<Finding>`
      with newest as (
        select b.id as bot_id, b.tenant_id, b.desired = 'running' and b.transport = 'link' and b.number is not null
            and coalesce(max(s.asked_at) filter (where s.state = 'stored' and s.void_at is null), min(s.asked_at) filter (where s.void_at is null), b.state_at)
              < ${now}::timestamptz - make_interval(hours => ${OVERDUE_HOURS}) as found
        from bots b left join snapshots s on s.bot_id = b.id group by b.id
      )
      select 'snapshot_overdue' as kind, 'warning' as severity, n.bot_id, n.tenant_id, n.found,
        (select failure from snapshots s where s.bot_id = n.bot_id and s.state = 'failed' order by asked_at desc limit 1) as detail
      from newest n left join alerts a on a.fingerprint = 'snapshot_overdue:' || n.bot_id and a.resolved_at is null
      where n.found <> (a.id is not null)`.execute(trx)
    await tellFindings(trx, hints, rows)
    return 'done'
  })
}
