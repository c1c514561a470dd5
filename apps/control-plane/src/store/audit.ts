import { sql } from 'kysely'
import { widen } from './as-tenant.ts'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

export type NewAuditEntry = { actor: string; action: string; tenantId: string | null; detail: Record<string, unknown> }

/** Written last in a change's transaction: tenant code may not write it, so that the transaction stops being the tenant's here. */
export async function insertAudit(trx: Trx, { actor, action, tenantId, detail }: NewAuditEntry): Promise<void> {
  await widen(trx)
  await trx
    .insertInto('audit')
    .values({ actor, action, tenant_id: tenantId, detail: JSON.stringify(detail) })
    .execute()
}

export type AuditRow = Row<'audit'> & { actor_name: string | null; tenant_name: string | null }

/** Newest first. */
export async function listAudit(
  db: Db,
  { tenantId, before, limit }: { tenantId: string | undefined; before: string | undefined; limit: number },
): Promise<AuditRow[]> {
  const { rows } = await sql<AuditRow>`
    select a.*, coalesce(p.email, k.name) as actor_name, nullif(t.name, '') as tenant_name
    from audit a
    left join people p on a.actor = 'person:' || p.id
    left join api_keys k on a.actor = 'key:' || k.id
    left join tenants t on t.id = a.tenant_id
    where (${tenantId ?? null}::uuid is null or a.tenant_id = ${tenantId ?? null}::uuid)
      and (${before ?? null}::bigint is null or a.id < ${before ?? null}::bigint)
    order by a.id desc limit ${limit}`.execute(db)
  return rows
}
