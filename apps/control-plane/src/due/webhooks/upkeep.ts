import { sql } from 'kysely'
import type { Metrics } from '../../metrics.ts'
import type { Db } from '../../store/db.ts'

const BATCH = 5_000
const KEEP_DAYS = { succeeded: 7, others: 30 }

/** Forgets what nobody will replay any more, a piece at a time: deliveries, then events that no delivery is left of. */
export async function pruneWebhooks(db: Db): Promise<'again' | 'done'> {
  const deliveries = await sql`
    delete from webhook_deliveries where id in (
      select id from webhook_deliveries
      where created_at < now() - make_interval(days => ${KEEP_DAYS.succeeded}) and status = 'succeeded'
        or created_at < now() - make_interval(days => ${KEEP_DAYS.others})
      limit ${BATCH})`.execute(db)
  const events = await sql`
    delete from webhook_events where id in (
      select id from webhook_events e where at < now() - make_interval(days => ${KEEP_DAYS.succeeded})
        and not exists (select from webhook_deliveries d where d.event_id = e.id)
      limit ${BATCH})`.execute(db)
  return Number(deliveries.numAffectedRows ?? 0n) === BATCH || Number(events.numAffectedRows ?? 0n) === BATCH ? 'again' : 'done'
}

/** Of endpoints that answer: what waits for one that is down says nothing of us. */
export async function measureWebhooks(db: Db, metrics: Pick<Metrics, 'webhooksPending' | 'webhookQueueAge'>): Promise<'done'> {
  const { rows } = await sql<{ pending: number; age_s: number }>`
    select count(*)::int as pending, coalesce(extract(epoch from now() - min(d.due_at)), 0)::float8 as age_s
    from webhook_endpoints w join webhook_deliveries d on d.endpoint_id = w.id
    where w.enabled and w.failing_since is null and d.status = 'pending' and d.taken_at is null and d.due_at <= now()`.execute(db)
  metrics.webhooksPending.set(rows[0]?.pending ?? 0)
  metrics.webhookQueueAge.set(rows[0]?.age_s ?? 0)
  return 'done'
}
