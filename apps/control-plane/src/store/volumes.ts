import { sql } from 'kysely'
import type { Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }

/** Locks the volume's row, made when new, and says up to where its outbox is stored. Two batches of one volume never run at once. */
export async function lockVolume(trx: Trx, bot: BotRef, volumeId: string): Promise<{ ackedSeq: number; nowMs: number }> {
  const { rows } = await sql<{ acked_seq: string; now_ms: number; bot_id: string }>`
    insert into volumes (id, tenant_id, bot_id) values (${volumeId}, ${bot.tenantId}, ${bot.id})
    on conflict (id) do update set last_seen_at = now()
    returning acked_seq, bot_id, extract(epoch from now())::float8 * 1000 as now_ms`.execute(trx)
  const [row] = rows
  if (row === undefined || row.bot_id !== bot.id) throw new Error(`volume ${volumeId} belongs to another bot`)
  return { ackedSeq: Number(row.acked_seq), nowMs: row.now_ms }
}

export async function ackVolume(trx: Trx, volumeId: string, seq: number): Promise<void> {
  await trx.updateTable('volumes').set({ acked_seq: seq }).where('id', '=', volumeId).where('acked_seq', '<', String(seq)).execute()
}

/** The database's clock is the only clock (rule 8): milliseconds at the transaction's start. */
export async function databaseNow(trx: Trx): Promise<number> {
  const { rows } = await sql<{ now_ms: number }>`select extract(epoch from now())::float8 * 1000 as now_ms`.execute(trx)
  return rows[0]!.now_ms
}
