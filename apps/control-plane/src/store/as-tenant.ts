import { sql } from 'kysely'
import type { Trx } from './tables.ts'

/**
 * A stretch of an operator's transaction that sees one tenant's rows only, as withTenant() does for a whole one. When `fn` throws, the
 * transaction is lost anyway; role and tenant end with it.
 */
export async function asTenant<T>(trx: Trx, tenantId: string, fn: (trx: Trx) => Promise<T>): Promise<T> {
  await sql`select set_config('role', 'zaptria_tenant', true), set_config('zaptria.tenant', ${tenantId}, true)`.execute(trx)
  const result = await fn(trx)
  await sql`select set_config('role', 'none', true), set_config('zaptria.tenant', '', true)`.execute(trx)
  return result
}
