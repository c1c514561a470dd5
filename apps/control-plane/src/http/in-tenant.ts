import { ZaptriaError } from '@zaptria/contract'
import type { Db } from '../store/db.ts'
import type { Row, Trx } from '../store/tables.ts'
import { withTenant } from '../store/with-tenant.ts'

/** The tenant's own transaction, in which other tenants do not exist. Throws `tenant_not_found`. */
export async function inTenant<T>(db: Db, tenantId: string, fn: (trx: Trx, tenant: Row<'tenants'>) => Promise<T>): Promise<T> {
  return withTenant(db, tenantId, async (trx) => fn(trx, await thisTenant(trx)))
}

/** Row-level security leaves one row at most. */
export async function thisTenant(trx: Trx): Promise<Row<'tenants'>> {
  const tenant = await trx.selectFrom('tenants').selectAll().where('removed_at', 'is', null).executeTakeFirst()
  if (tenant === undefined) throw new ZaptriaError('tenant_not_found')
  return tenant
}
