import { sql } from 'kysely'
import type { Trx } from './tables.ts'

/** From here to its end the transaction sees these tenants' rows and no others (rule 10): row-level security reads the setting. */
export async function narrowTo(trx: Trx, tenantIds: readonly string[]): Promise<void> {
  await sql`select set_config('role', 'zaptria_tenant', true), set_config('zaptria.tenants', ${tenantIds.join(',')}, true)`.execute(trx)
}

/** The transaction is the operator's again. */
export async function widen(trx: Trx): Promise<void> {
  await sql`select set_config('role', 'none', true), set_config('zaptria.tenants', '', true)`.execute(trx)
}

/**
 * A stretch of an operator's transaction that sees one tenant's rows only, as withTenant() does for a whole one. When `fn` throws, the
 * transaction is lost anyway; role and tenant end with it.
 */
export async function asTenant<T>(trx: Trx, tenantId: string, fn: (trx: Trx) => Promise<T>): Promise<T> {
  await narrowTo(trx, [tenantId])
  const result = await fn(trx)
  await widen(trx)
  return result
}
