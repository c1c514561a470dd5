import { sql } from 'kysely'
import type { Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }
export type VolumeOfBot = { id: string; bot: BotRef }

type LockedVolume = { id: string; acked_seq: string; now_ms: number; bot_id: string }

/**
 * Locks the volumes' rows in id order, made when new, and says up to where each one's outbox is stored, and what time it is. Two batches of one
 * volume never run at once.
 */
export async function lockVolumes(
  trx: Trx,
  volumes: readonly VolumeOfBot[],
): Promise<{ ackedSeq: ReadonlyMap<string, number>; nowMs: number }> {
  if (volumes.length === 0) return { ackedSeq: new Map(), nowMs: await databaseNow(trx) }
  const known = await lockKnown(trx, volumes)
  const rows = known.length === volumes.length ? known : await lockOrMake(trx, volumes)
  refuseOthers(volumes, rows)
  return { ackedSeq: new Map(rows.map((row) => [row.id, Number(row.acked_seq)])), nowMs: rows[0]!.now_ms }
}

/** Notes besides that the volume was seen. */
export async function lockVolume(trx: Trx, bot: BotRef, volumeId: string): Promise<number> {
  const volumes = [{ id: volumeId, bot }]
  const rows = await lockOrMake(trx, volumes)
  refuseOthers(volumes, rows)
  return Number(rows[0]!.acked_seq)
}

/** Without writing the rows: of twenty busy bots each would have a new version thirty times a second. */
async function lockKnown(trx: Trx, volumes: readonly VolumeOfBot[]): Promise<LockedVolume[]> {
  const { rows } = await sql<LockedVolume>`
    select id, acked_seq, bot_id, extract(epoch from now())::float8 * 1000 as now_ms from volumes
    where id = any(${volumes.map(({ id }) => id)}::uuid[]) order by id for no key update`.execute(trx)
  return rows
}

async function lockOrMake(trx: Trx, volumes: readonly VolumeOfBot[]): Promise<LockedVolume[]> {
  const wanted = volumes.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const { rows } = await sql<LockedVolume>`
    insert into volumes (id, tenant_id, bot_id)
    select * from unnest(${wanted.map(({ id }) => id)}::uuid[], ${wanted.map(({ bot }) => bot.tenantId)}::uuid[], ${wanted.map(({ bot }) => bot.id)}::uuid[])
    on conflict (id) do update set last_seen_at = now()
    returning id, acked_seq, bot_id, extract(epoch from now())::float8 * 1000 as now_ms`.execute(trx)
  return rows
}

function refuseOthers(volumes: readonly VolumeOfBot[], rows: readonly LockedVolume[]): void {
  const botOf = new Map(rows.map((row) => [row.id, row.bot_id]))
  for (const { id, bot } of volumes) if (botOf.get(id) !== bot.id) throw new Error(`volume ${id} belongs to another bot`)
}

/** Everything of each volume's outbox up to its seq is stored. */
export async function ackVolumes(trx: Trx, acked: readonly { id: string; seq: number }[]): Promise<void> {
  if (acked.length === 0) return
  await sql`
    update volumes v set acked_seq = a.seq, last_seen_at = now() from unnest(${acked.map(({ id }) => id)}::uuid[], ${acked.map(({ seq }) => seq)}::bigint[]) as a(id, seq)
    where v.id = a.id and v.acked_seq < a.seq`.execute(trx)
}

/** The database's clock is the only clock (rule 8): milliseconds at the transaction's start. */
export async function databaseNow(trx: Trx): Promise<number> {
  const { rows } = await sql<{ now_ms: number }>`select extract(epoch from now())::float8 * 1000 as now_ms`.execute(trx)
  return rows[0]!.now_ms
}
