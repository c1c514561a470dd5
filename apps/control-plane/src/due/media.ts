import { sql } from 'kysely'
import type { FileStore } from '../files/port.ts'
import type { Db } from '../store/db.ts'
import { removeOrphans } from './orphans.ts'

/** A bot gives up within days. What is pending for longer is nobody's task any more: the bot was removed, or is too old to know of files. */
const PENDING_DAYS = 7
/**
 * Lets go of files: rows first, then the bytes that no row names any more. `keepDays` undefined: what messages hold is kept. What has yet to be sent
 * is kept in any case: a message may be scheduled for next year.
 * Any number of replicas may run it.
 */
export async function pruneMedia({
  db,
  media,
  keepDays,
  now,
}: {
  db: Db
  media: FileStore
  keepDays: number | undefined
  now: Date
}): Promise<'done'> {
  await sql`update media set state = 'expired', updated_at = now()
    where state = 'pending' and created_at < now() - make_interval(days => ${PENDING_DAYS})`.execute(db)
  await sql`delete from media f where state = 'stored' and created_at < now() - interval '1 day'
    and not exists (select from messages m where m.media_id = f.id)`.execute(db)
  if (keepDays !== undefined)
    await sql`update media f set state = 'expired', updated_at = now()
      where state = 'stored' and created_at < now() - make_interval(days => ${keepDays})
        and not exists (select from messages m where m.media_id = f.id and m.status in ('scheduled', 'queued', 'handed'))`.execute(db)
  await removeOrphans(
    { db, files: media, now },
    sql`exists (select from media f where f.tenant_id::text = l."tenantId" and f.sha256 = l.sha256 and f.state = 'stored')`,
  )
  return 'done'
}
