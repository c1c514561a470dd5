import type { UnderWay } from '@zaptria/contract'
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Row, Tables, Trx } from './tables.ts'

export type BotRow = Row<'bots'> & { server: string; alive: boolean; under_way: UnderWay | null }

/** A bot beats every 15 s: one that was silent for three beats, or holds no link, is not called alive. */
export const ALIVE = sql<boolean>`coalesce(bots.transport = 'link' and bots.link_replica is not null and bots.last_beat_at > now() - interval '45 seconds', false)`

/** Another process speaks: what was wished for is there, but for a session that has yet to come back. The last beats of the one before may be noted late. */
const CAME = sql<boolean>`coalesce(bots.instance_generation = bots.generation and bots.state_at >= bots.started_at, false)
  and bots.boot_id is distinct from bots.wished_boot
  and (bots.restore_from is null or bots.state not in ('starting', 'reconnecting'))`

/** What people wished for and is not there yet. After so long it is no longer on its way, but late. */
export const UNDER_WAY = sql<UnderWay | null>`case
  when bots.desired <> 'running' or bots.transport <> 'link' or ${CAME} then null
  when bots.wished_at > now() - interval '5 minutes' then case when bots.restore_from is null then 'start' else 'restore' end
end`

/** The names of servers are not the tenant's: they are read outside its transaction. */
export async function botsOf(db: Kysely<Tables> | Trx, tenantIds: readonly string[]): Promise<Map<string, BotRow>> {
  if (tenantIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('bots')
    .innerJoin('servers', 'servers.id', 'bots.server_id')
    .selectAll('bots')
    .select(['servers.name as server', ALIVE.as('alive'), UNDER_WAY.as('under_way')])
    .where('bots.tenant_id', 'in', tenantIds)
    .execute()
  return new Map(rows.map((row) => [row.tenant_id, row]))
}

export async function botOf(db: Kysely<Tables> | Trx, tenantId: string): Promise<BotRow | undefined> {
  return (await botsOf(db, [tenantId])).get(tenantId)
}

export type QrRow = Pick<
  Row<'bots'>,
  'id' | 'desired' | 'transport' | 'qr_code' | 'qr_expires_at' | 'pairing_code' | 'state' | 'reason' | 'number'
> & {
  alive: boolean
}

/** A QR that has run out is none. */
export async function readQr(trx: Trx): Promise<QrRow | undefined> {
  return trx
    .selectFrom('bots')
    .select(['id', 'desired', 'transport', 'qr_expires_at', 'pairing_code', 'state', 'reason', 'number', ALIVE.as('alive')])
    .select(sql<string | null>`case when qr_expires_at is null or qr_expires_at > now() then qr_code end`.as('qr_code'))
    .executeTakeFirst()
}

export async function listStates(trx: Trx, { before, limit }: { before: string | undefined; limit: number }): Promise<Row<'bot_states'>[]> {
  return trx
    .selectFrom('bot_states')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}
