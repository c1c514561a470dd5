import { sql } from 'kysely'
import type { Db } from '../store/db.ts'

/** What nobody will ask for again. Messages and their keys are not here: people's words go only when people say so. */
export async function prune(db: Db): Promise<'done'> {
  await sql`delete from idempotency_keys where created_at < now() - interval '24 hours'`.execute(db)
  await sql`delete from bot_commands where expires_at < now() - interval '7 days'`.execute(db)
  await sql`delete from early_changes where heard_at < now() - interval '30 days'`.execute(db)
  await sql`delete from bot_states where at < now() - interval '90 days'`.execute(db)
  await sql`delete from alerts where resolved_at < now() - interval '90 days'`.execute(db)
  // It tells of something that happened, and is over with it.
  await sql`update alerts set resolved_at = now()
    where kind = 'conversation_loop' and resolved_at is null and last_at < now() - interval '1 day'`.execute(db)
  // Anybody can be refused at the door, as often as they like.
  await sql`delete from audit where action = 'session.refused' and at < now() - interval '90 days'`.execute(db)
  // A run that is over would be begun anew by the next message anyway; the row is only in the way. Whoever holds it decides for itself.
  await sql`delete from flow_runs where conversation_id in (
    select conversation_id from flow_runs where expires_at < now() - interval '1 day' for update skip locked)`.execute(db)
  return 'done'
}
