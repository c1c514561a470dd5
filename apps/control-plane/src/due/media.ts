import { sql } from 'kysely'
import type { ListedFile, MediaStore } from '../media/port.ts'
import type { Db } from '../store/db.ts'

/** A bot gives up within days. What is pending for longer is nobody's task any more: the bot was removed, or is too old to know of files. */
const PENDING_DAYS = 7
/** A file is in the store before its row says so; and an upload waits for the message that is to carry it. */
const ORPHAN_MS = 24 * 3600_000
const BATCH = 500

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
  media: MediaStore
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
  await media.clean(now)
  let batch: ListedFile[] = []
  for await (const file of media.list()) {
    if (now.getTime() - file.writtenAt.getTime() > ORPHAN_MS) batch.push(file)
    if (batch.length < BATCH) continue
    await removeOrphans(db, media, batch)
    batch = []
  }
  await removeOrphans(db, media, batch)
  return 'done'
}

async function removeOrphans(db: Db, media: MediaStore, files: readonly ListedFile[]): Promise<void> {
  if (files.length === 0) return
  const { rows } = await sql<{ tenantId: string; sha256: string }>`
    select l."tenantId", l.sha256 from jsonb_to_recordset(${JSON.stringify(files)}::jsonb) as l("tenantId" text, sha256 text)
    where not exists (select from media f where f.tenant_id::text = l."tenantId" and f.sha256 = l.sha256 and f.state = 'stored')`.execute(
    db,
  )
  for (const { tenantId, sha256 } of rows) await media.delete(tenantId, sha256)
}
