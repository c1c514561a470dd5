import type { SnapshotPruneReason } from '@zaptria/contract'
import { sql } from 'kysely'
import type { RawBuilder } from 'kysely'
import type { Db } from '../store/db.ts'
import { IMPORTED_UNUSED } from '../store/snapshots.ts'
import type { Trx } from '../store/tables.ts'
import { outlived } from './keep.ts'

/** Those that no session can be opened from any more, or should not be, and those that have failed: somebody may want to know why. */
const USELESS_DAYS = 7

export type Pruning = {
  now: Date
  /** So much of each tenant's stays, the oldest going first. Undefined: all of it. */
  quotaBytes: number | undefined
  /** Of this tenant's alone. */
  tenantId?: string | undefined
  /** So many of each bot's newest stay, instead of those of some days, weeks and months; and as many that were imported and not yet used. */
  keepLast?: number | undefined
}
export type PrunedSnapshot = { id: string; tenant_id: string; tenant_name: string; asked_at: Date; bytes: number; why: SnapshotPruneReason }

/**
 * Snapshots that are neither wanted nor of use, oldest first. Never among them: what a bot without a volume would be given now, and what people want a
 * session to go back to.
 */
export async function prunableSnapshots(on: Db | Trx, { now, quotaBytes, tenantId, keepLast }: Pruning): Promise<PrunedSnapshot[]> {
  const useful = sql`
    select s.id, s.bot_id as of, s.asked_at as at, t.time_zone as zone
    from snapshots s join tenants t on t.id = s.tenant_id where s.state = 'stored' and s.void_at is null and s.proof_fault is null`
  const { rows } = await sql<PrunedSnapshot>`
    with useless as (
      select s.id from snapshots s where (s.state = 'failed' or s.void_at is not null
          -- Better than none: a proof may be wrong.
          or s.proof_fault is not null and exists (
            select from snapshots o where o.bot_id = s.bot_id and o.state = 'stored' and o.void_at is null and o.proof_fault is null
          ))
        and coalesce(s.void_at, s.asked_at) < ${now}::timestamptz - make_interval(days => ${USELESS_DAYS})
    ), outlived as (${keepLast === undefined ? outlived(useful, now) : beyond(keepLast)}
    ), going as (
      select id, 'outlived' as why from outlived union all select id, 'useless' from useless
    ), held as (
      -- The same that a bot is offered, in store/snapshots.ts.
      select distinct on (s.bot_id) s.id from snapshots s where s.state = 'stored' and s.void_at is null
      order by s.bot_id, ${IMPORTED_UNUSED}, s.proof_fault is not null, s.asked_at desc, s.id desc
    ), sized as (
      select s.id, row_number() over newest as nr,
        sum((select sum(p.sealed_bytes) from snapshot_parts p where p.snapshot_id = s.id)) over newest as bytes
      from snapshots s where s.state = 'stored' and s.void_at is null and not exists (select from going g where g.id = s.id)
      window newest as (partition by s.tenant_id order by s.proof_fault is null desc, s.asked_at desc)
    ), chosen as (
      select id, why from going
      union all select id, 'quota' from sized where nr > 1 and bytes > ${quotaBytes ?? null}::bigint
    )
    select s.id, s.tenant_id, t.name as tenant_name, s.asked_at, c.why,
      (select coalesce(sum(p.sealed_bytes), 0)::float8 from snapshot_parts p where p.snapshot_id = s.id) as bytes
    from chosen c join snapshots s on s.id = c.id join tenants t on t.id = s.tenant_id
    where not exists (select from held h where h.id = s.id)
      and not exists (select from bots b where b.id = s.bot_id and b.restore_from = s.id)
      and (${tenantId ?? null}::uuid is null or s.tenant_id = ${tenantId ?? null}::uuid)
    order by s.asked_at, s.id`.execute(on)
  return rows
}

export type PruneResult = { pruned: PrunedSnapshot[]; parts: { tenant_id: string; sha256: string }[] }

/** Forgets them; whose bytes those were is in `parts`. A bot that is locked for the moment, since somebody asks for a restore, keeps its own. */
export async function pruneSnapshots(db: Db, pruning: Pruning): Promise<PruneResult> {
  return db.transaction().execute(async (trx) => {
    const tenants = [...new Set((await prunableSnapshots(trx, pruning)).map((one) => one.tenant_id))]
    if (tenants.length === 0) return { pruned: [], parts: [] }
    const { rows: locked } = await sql<{ tenant_id: string }>`
      select tenant_id from bots where tenant_id = any(${tenants}::uuid[]) order by id for no key update skip locked`.execute(trx)
    const free = new Set(locked.map(({ tenant_id }) => tenant_id))
    const pruned = (await prunableSnapshots(trx, pruning)).filter((one) => free.has(one.tenant_id))
    const ids = pruned.map(({ id }) => id)
    const { rows: parts } = await sql<{ tenant_id: string; sha256: string }>`
      delete from snapshot_parts where snapshot_id = any(${ids}::uuid[]) returning tenant_id, sha256`.execute(trx)
    await sql`delete from snapshots where id = any(${ids}::uuid[])`.execute(trx)
    return { pruned, parts }
  })
}

/** The ids of those that are older than each bot's newest so many; imported ones that no session was opened from are counted by themselves. */
const beyond = (keepLast: number): RawBuilder<{ id: string }> => sql<{ id: string }>`
  select id from (
    select s.id, row_number() over (partition by s.bot_id, ${IMPORTED_UNUSED} order by s.asked_at desc, s.id desc) as nr
    from snapshots s where s.state = 'stored' and s.void_at is null and s.proof_fault is null
  ) ranked where nr > ${keepLast}`
