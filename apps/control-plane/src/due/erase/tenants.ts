import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { FileStore } from '../../files/port.ts'
import type { Db } from '../../store/db.ts'
import { eraseSomeRows, eraseTheRest } from '../../store/erase-rows.ts'
import { takeDue } from '../take.ts'

/** Rows of one transaction: what waits for the same tables waits no longer than for them. */
const BATCH = 1_000
/** After a look at one that waits for a server, or for files that cannot be reached. */
const AGAIN_SECONDS = 30

export type ErasureDeps = { db: Db; log: Pick<Logger, 'info'>; vaultFiles: FileStore; media: FileStore; batch?: number }

/**
 * A step of the erasure that is due longest: some of its rows, or else its files and, once its servers have nothing of it any more, what is left. Each
 * may be repeated: killed anywhere, the next pass goes on. Its key is gone from the beginning. Any number of replicas may run it.
 */
export async function eraseTenants(deps: ErasureDeps): Promise<'again' | 'done'> {
  const { db, batch = BATCH } = deps
  const taken = await db.transaction().execute(async (trx) => {
    const [tenantId] = await takeDue(trx, { table: 'erasures', id: 'tenant_id', due: 'due_at', limit: 1 })
    if (tenantId === undefined) return null
    const rows = await eraseSomeRows(trx, tenantId, batch)
    if (rows === 0)
      await sql`update erasures set due_at = now() + make_interval(secs => ${AGAIN_SECONDS}) where tenant_id = ${tenantId}`.execute(trx)
    return { tenantId, rows }
  })
  if (taken === null) return 'done'
  if (taken.rows > 0) return 'again'
  for (const files of [deps.vaultFiles, deps.media]) await eraseFiles(files, taken.tenantId)
  await finish(deps, taken.tenantId)
  return 'again'
}

/** Also those that no row names. */
async function eraseFiles(files: FileStore, tenantId: string): Promise<void> {
  for await (const { sha256 } of files.list(tenantId)) await files.delete(tenantId, sha256)
}

async function finish({ db, log }: Pick<ErasureDeps, 'db' | 'log'>, tenantId: string): Promise<void> {
  const erased = await db.transaction().execute(async (trx) => {
    const open = await trx
      .selectFrom('erasures')
      .select('tenant_id')
      .where('tenant_id', '=', tenantId)
      .where('due_at', 'is not', null)
      .forUpdate()
      .executeTakeFirst()
    const volumes = await trx.selectFrom('volumes_to_erase').select('server_id').where('tenant_id', '=', tenantId).executeTakeFirst()
    if (open === undefined || volumes !== undefined) return false
    await eraseTheRest(trx, tenantId)
    return true
  })
  if (erased) log.info({ tenant: tenantId }, 'the tenant’s data are erased')
}
