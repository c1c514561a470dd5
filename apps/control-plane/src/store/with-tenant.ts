import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'
import type { Last } from './pipelined.ts'
import { pipelined } from './pipelined.ts'
import { together } from './together.ts'

/**
 * A transaction that sees one tenant's rows and no others (rule 10): role and tenant are set for the transaction alone, so that a pooled
 * connection carries nothing over to the next user.
 */
export async function withTenant<T>(db: Db, tenantId: string, fn: (trx: Trx, last: Last) => Promise<T>): Promise<T> {
  return pipelined(db, async (trx, last) => {
    // On its way together with the first statement of `fn`, ahead of it; should it fail, the transaction is broken, and so is all that follows.
    const scoped = sql`select set_config('role', 'zaptria_tenant', true), set_config('zaptria.tenant', ${tenantId}, true)`.execute(trx)
    const [, result] = await together(scoped, fn(trx, last))
    return result
  })
}
