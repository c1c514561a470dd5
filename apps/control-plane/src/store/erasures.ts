import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

/** The tenant, locked, also when it was removed. */
export async function lockTenantAnyway(trx: Trx, id: string): Promise<Row<'tenants'> | undefined> {
  return trx.selectFrom('tenants').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
}

/**
 * From here on it is to go. Nothing of it is told to anybody any more, its bot says nothing of whom it belonged to, and each server that may hold a volume
 * of it has its own row. Asking again changes nothing. The caller destroys its key in the same transaction.
 */
export async function askErasure(trx: Trx, tenantId: string): Promise<'new' | 'known'> {
  const asked = await trx
    .insertInto('erasures')
    .values({ tenant_id: tenantId })
    .onConflict((conflict) => conflict.doNothing())
    .returning('tenant_id')
    .executeTakeFirst()
  if (asked === undefined) return 'known'
  await sql`update webhook_endpoints set enabled = false, disabled_reason = 'by_request', disabled_at = now() where tenant_id = ${tenantId} and enabled`.execute(
    trx,
  )
  await sql`update bots set desired = 'removed', number = null, wa_name = null, qr_code = null, qr_expires_at = null, pairing_code = null, detail = null,
      instance_detail = null, beat = null, probe = null, version = version + 1, updated_at = now(), due_at = now()
    where tenant_id = ${tenantId}`.execute(trx)
  await sql`
    insert into volumes_to_erase (tenant_id, server_id, container_name, moves)
    select b.tenant_id, s.server_id, b.container_name, b.moves from bots b
    cross join lateral (select b.server_id union select o.server_id from ousted_bots o where o.bot_id = b.id) s
    where b.tenant_id = ${tenantId} on conflict do nothing`.execute(trx)
  return 'new'
}

export type RemovedTenantRow = Pick<Row<'tenants'>, 'id' | 'name' | 'external_id' | 'created_at'> & {
  removed_at: Date
  asked_at: Date | null
  erased_at: Date | null
  /** Servers on which volumes of it may be. */
  waiting_for: { server_id: string; server_name: string; trouble: string | null }[]
}

/** Last removed first. */
export async function listRemovedTenants(
  db: Db | Trx,
  { id, before, limit }: { id?: string; before?: readonly [at: Date, id: string] | undefined; limit: number },
): Promise<RemovedTenantRow[]> {
  const { rows } = await sql<RemovedTenantRow>`
    select t.id, t.name, t.external_id, t.created_at, t.removed_at, e.asked_at, e.erased_at, coalesce((
      select jsonb_agg(jsonb_build_object('server_id', s.id, 'server_name', s.name, 'trouble', v.trouble) order by s.name)
      from volumes_to_erase v join servers s on s.id = v.server_id where v.tenant_id = t.id), '[]') as waiting_for
    from tenants t left join erasures e on e.tenant_id = t.id
    where t.removed_at is not null and (${id ?? null}::uuid is null or t.id = ${id ?? null}::uuid)
      and (${before?.[0] ?? null}::timestamptz is null or (t.removed_at, t.id) < (${before?.[0] ?? null}::timestamptz, ${before?.[1] ?? null}::uuid))
    order by t.removed_at desc, t.id desc limit ${limit}`.execute(db)
  return rows
}

export type VolumesToErase = Pick<Row<'volumes_to_erase'>, 'tenant_id' | 'server_id' | 'container_name' | 'moves'>

/** What is due on a server. The next look at what could not be erased is then, whatever becomes of this one. */
export async function takeVolumesToErase(
  db: Db,
  serverId: string,
  { limit, againSeconds }: { limit: number; againSeconds: number },
): Promise<VolumesToErase[]> {
  const { rows } = await sql<VolumesToErase>`
    update volumes_to_erase v set due_at = now() + make_interval(secs => ${againSeconds})
    from (select tenant_id from volumes_to_erase where server_id = ${serverId} and due_at <= now() order by due_at limit ${limit} for update skip locked) d
    where v.server_id = ${serverId} and v.tenant_id = d.tenant_id
    returning v.tenant_id, v.server_id, v.container_name, v.moves`.execute(db)
  return rows
}

/** Nothing of it is there any more: what waited for that goes on at once. */
export async function volumesErased(db: Db, { tenant_id, server_id }: VolumesToErase): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('volumes_to_erase').where('tenant_id', '=', tenant_id).where('server_id', '=', server_id).execute()
    await sql`update erasures set due_at = now() where tenant_id = ${tenant_id} and due_at is not null`.execute(trx)
  })
}

export async function volumesNotErased(db: Db, { tenant_id, server_id }: VolumesToErase, trouble: string): Promise<void> {
  await db
    .updateTable('volumes_to_erase')
    .set({ trouble: trouble.slice(0, 500) })
    .where('tenant_id', '=', tenant_id)
    .where('server_id', '=', server_id)
    .execute()
}
