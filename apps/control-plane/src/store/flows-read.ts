import type { Row, Trx } from './tables.ts'

export async function activeFlow(trx: Trx): Promise<Row<'flow_versions'> | undefined> {
  return trx.selectFrom('flow_versions').selectAll().where('active', '=', true).executeTakeFirst()
}

/** Newest first. */
export async function listFlowVersions(
  trx: Trx,
  { before, limit }: { before: number | undefined; limit: number },
): Promise<Row<'flow_versions'>[]> {
  return trx
    .selectFrom('flow_versions')
    .selectAll()
    .$if(before !== undefined, (list) => list.where('version', '<', before!))
    .orderBy('version', 'desc')
    .limit(limit)
    .execute()
}
