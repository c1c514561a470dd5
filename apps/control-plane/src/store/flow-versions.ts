import type { Flow } from '@zaptria/contract'
import { uuidv7 } from '../uuid.ts'
import type { Row, Trx } from './tables.ts'

/** A new version, active at once. Versions are never changed. The caller holds the tenant's lock, so that numbers do not clash. */
export async function publishFlow(trx: Trx, tenantId: string, flow: Flow): Promise<Row<'flow_versions'>> {
  const newest = await trx.selectFrom('flow_versions').select('version').orderBy('version', 'desc').limit(1).executeTakeFirst()
  await deactivateFlow(trx)
  return trx
    .insertInto('flow_versions')
    .values({ id: uuidv7(), tenant_id: tenantId, version: (newest?.version ?? 0) + 1, flow: JSON.stringify(flow), active: true })
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Undefined when the tenant has no such version; nothing is changed then. */
export async function activateFlow(trx: Trx, id: string): Promise<Row<'flow_versions'> | undefined> {
  const found = await trx.selectFrom('flow_versions').selectAll().where('id', '=', id).executeTakeFirst()
  if (found === undefined || found.active) return found
  await deactivateFlow(trx)
  return trx.updateTable('flow_versions').set({ active: true }).where('id', '=', id).returningAll().executeTakeFirst()
}

/** Answers with what was active. Runs under way end when their contact writes next. */
export async function deactivateFlow(trx: Trx): Promise<Row<'flow_versions'> | undefined> {
  return trx.updateTable('flow_versions').set({ active: false }).where('active', '=', true).returningAll().executeTakeFirst()
}
