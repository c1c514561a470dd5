import type { SnapshotManifest } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Db } from './db.ts'
import { IMPORTED_UNUSED } from './snapshots.ts'

/** Longer than any proof takes, with the making of its container: one that is under way longer has died with its replica. */
const LEASE_SECONDS = 600
/** Each bot's session is proven once a day. */
const AFTER_HOURS = 20
/** After a try that has shown nothing. */
const AGAIN_MINUTES = 10

export type DueProof = { id: string; tenantId: string; botId: string; manifest: SnapshotManifest }

/** Takes the server's one place for a proof. False when another replica has it. */
export async function takeProofPlace(db: Db, serverId: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('servers')
    .set({ proof_until: sql<Date>`now() + make_interval(secs => ${LEASE_SECONDS})` })
    .where('id', '=', serverId)
    .where((where) => where.or([where('proof_until', 'is', null), where('proof_until', '<', sql<Date>`now()`)]))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function leaveProofPlace(db: Db, serverId: string): Promise<void> {
  await db.updateTable('servers').set({ proof_until: null }).where('id', '=', serverId).execute()
}

/**
 * The next snapshot to be proven on a server: of the bot whose session has not been proven for longest, what it would be given should its volume be lost.
 */
export async function dueProof(db: Db, serverId: string, now: Date): Promise<DueProof | null> {
  const { rows } = await sql<DueProof>`
    select s.id, s.tenant_id as "tenantId", s.bot_id as "botId", s.manifest
    from bots b
    cross join lateral (
      select * from snapshots s where s.bot_id = b.id and s.state = 'stored' and s.void_at is null and s.proof_fault is null
      order by ${IMPORTED_UNUSED}, asked_at desc, id desc limit 1
    ) s
    left join lateral (select max(proved_at) as at from snapshots p where p.bot_id = b.id and p.proof_fault is null) last on true
    where b.server_id = ${serverId}
      and (s.proved_at is null and last.at is null or last.at < ${now}::timestamptz - make_interval(hours => ${AFTER_HOURS}))
      and (s.proof_tried_at is null or s.proof_tried_at < ${now}::timestamptz - make_interval(mins => ${AGAIN_MINUTES}))
    order by last.at nulls first, s.asked_at limit 1`.execute(db)
  return rows[0] ?? null
}

/** What looking at it has shown. */
export async function snapshotProved(db: Db, id: string, { fault, ms }: { fault: string | null; ms: number }): Promise<void> {
  await db
    .updateTable('snapshots')
    .set({ proved_at: sql<Date>`now()`, proof_ms: ms, proof_fault: fault, proof_tried_at: null, proof_error: null })
    .where('id', '=', id)
    .execute()
}

/** It could not be looked at. */
export async function proofFailed(db: Db, id: string, error: string): Promise<void> {
  await db
    .updateTable('snapshots')
    .set({ proof_tried_at: sql<Date>`now()`, proof_error: error })
    .where('id', '=', id)
    .execute()
}
