import { narrowTo } from './as-tenant.ts'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'
import type { Last } from './pipelined.ts'
import { pipelined } from './pipelined.ts'
import { together } from './together.ts'

/**
 * A transaction that sees one tenant's rows and no others (rule 10): role and tenant are set for the transaction alone, so that a pooled
 * connection carries nothing over to the next user.
 */
export function withTenant<T>(db: Db, tenantId: string, fn: (trx: Trx, last: Last) => Promise<T>): Promise<T> {
  return withTenants(db, [tenantId], fn)
}

/** As `withTenant`, of these tenants: for what is taken in of many at once, where a transaction for each would cost more than all that they do. */
export function withTenants<T>(db: Db, tenantIds: readonly string[], fn: (trx: Trx, last: Last) => Promise<T>): Promise<T> {
  return pipelined(db, async (trx, last) => {
    // On its way together with the first statement of `fn`, ahead of it; should it fail, the transaction is broken, and so is all that follows.
    const [, result] = await together(narrowTo(trx, tenantIds), fn(trx, last))
    return result
  })
}
