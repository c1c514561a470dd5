import { Flow } from '@zaptria/contract'
import type { FlowBurst, FlowRun } from '@zaptria/core'
import { sql } from 'kysely'
import type { Trx } from './tables.ts'

export type FlowAtVersion = { id: string; tenantId: string; flow: Flow; active: boolean }

/** Published versions never change, and every message asks for one: those asked for last are kept, parsed. */
const published = new Map<string, { tenantId: string; flow: Flow }>()
const MOST_KEPT = 500

/** The versions that answer now, one of each tenant that has any. */
export async function activeFlows(trx: Trx, tenantIds: readonly string[]): Promise<string[]> {
  const rows = await trx
    .selectFrom('flow_versions')
    .select('id')
    .where('tenant_id', '=', sql<string>`any(${tenantIds}::uuid[])`)
    .where('active', '=', true)
    .execute()
  return rows.map((row) => row.id)
}

/** The active flows and those versions that runs under way were begun with: a run ends as it began. */
export async function loadFlows(trx: Trx, active: readonly string[], versionIds: readonly string[]): Promise<FlowAtVersion[]> {
  const ids = [...new Set([...active, ...versionIds])]
  const missing = ids.filter((id) => !published.has(id))
  if (missing.length > 0) {
    const rows = await trx.selectFrom('flow_versions').select(['id', 'tenant_id', 'flow']).where('id', 'in', missing).execute()
    // One that was published before a setting existed has that setting's default.
    for (const { id, tenant_id, flow } of rows) published.set(id, { tenantId: tenant_id, flow: Flow.safeParse(flow).data ?? flow })
  }
  const flows = ids.flatMap((id): FlowAtVersion[] => {
    const known = published.get(id)
    if (known === undefined) return []
    published.delete(id)
    published.set(id, known)
    return [{ id, ...known, active: active.includes(id) }]
  })
  for (const id of published.keys()) {
    if (published.size <= MOST_KEPT) break
    published.delete(id)
  }
  return flows
}

/** `due_at_ms`: when something is to happen by itself, if it is. `expires_at_ms`: when all is over. */
export type RunUpdate = {
  conversation_id: string
  tenant_id: string
  flow_version_id: string | null
  run: FlowRun | null
  burst: FlowBurst | null
  due_at_ms: number | null
  expires_at_ms: number | null
}

/** Stores the runs that go on and the bursts that wait for an answer, removes what ended. */
export async function saveRuns(trx: Trx, runs: readonly RunUpdate[]): Promise<void> {
  const ended = runs.filter((run) => run.run === null && run.burst === null).map((run) => run.conversation_id)
  if (ended.length > 0) await trx.deleteFrom('flow_runs').where('conversation_id', 'in', ended).execute()
  const going = runs.filter((run) => run.run !== null || run.burst !== null)
  if (going.length === 0) return
  await sql`
    insert into flow_runs (conversation_id, tenant_id, flow_version_id, run, burst, due_at, expires_at)
    select r.conversation_id, r.tenant_id, r.flow_version_id, nullif(r.run, 'null'::jsonb), nullif(r.burst, 'null'::jsonb),
      to_timestamp(r.due_at_ms / 1000.0), to_timestamp(r.expires_at_ms / 1000.0)
    from jsonb_to_recordset(${JSON.stringify(going)}::jsonb) as r(conversation_id uuid, tenant_id uuid, flow_version_id uuid, run jsonb, burst jsonb,
      due_at_ms float8, expires_at_ms float8)
    on conflict (conversation_id) do update set flow_version_id = excluded.flow_version_id, run = excluded.run, burst = excluded.burst,
      due_at = excluded.due_at, expires_at = excluded.expires_at, updated_at = now()`.execute(trx)
}
