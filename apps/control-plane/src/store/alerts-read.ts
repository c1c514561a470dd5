import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

export type AlertRow = Row<'alerts'> & { tenant_name: string | null }

const query = (on: Db | Trx) =>
  on.selectFrom('alerts').leftJoin('tenants', 'tenants.id', 'alerts.tenant_id').selectAll('alerts').select('tenants.name as tenant_name')

/** Newest first. */
export async function listAlerts(
  db: Db,
  { open, before, limit }: { open: boolean | undefined; before: string | undefined; limit: number },
): Promise<AlertRow[]> {
  return query(db)
    .$if(open !== undefined, (list) => list.where('alerts.resolved_at', open === true ? 'is' : 'is not', null))
    .$if(before !== undefined, (list) => list.where('alerts.id', '<', before!))
    .orderBy('alerts.id', 'desc')
    .limit(limit)
    .execute()
}

/** A person says that it is done. Still wrong = it is raised again. Resolving twice changes nothing. */
export async function resolveAlertById(trx: Trx, id: string): Promise<AlertRow | undefined> {
  await trx
    .updateTable('alerts')
    .set({ resolved_at: sql`now()` })
    .where('id', '=', id)
    .where('resolved_at', 'is', null)
    .execute()
  return query(trx).where('alerts.id', '=', id).executeTakeFirst()
}
