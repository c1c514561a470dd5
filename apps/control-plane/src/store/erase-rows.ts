import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import type { Tables, Trx } from './tables.ts'

type Sweep = { table: keyof Tables | 'people'; own: RawBuilder<unknown> }

/** In an order in which nothing that goes is still named by what stays. Each finds its rows by an index: other tenants' are not read through. */
const sweeps = (tenantId: string): Sweep[] => {
  const tenants = sql`tenant_id = ${tenantId}`
  const bots = sql`bot_id = any(array(select id from bots where tenant_id = ${tenantId}))`
  return [
    { table: 'webhook_deliveries', own: sql`endpoint_id = any(array(select id from webhook_endpoints where tenant_id = ${tenantId}))` },
    { table: 'webhook_events', own: tenants },
    { table: 'webhook_endpoints', own: tenants },
    { table: 'message_keys', own: bots },
    { table: 'media', own: tenants },
    { table: 'early_changes', own: bots },
    { table: 'events_set_aside', own: bots },
    { table: 'contact_aliases', own: bots },
    { table: 'contacts', own: tenants },
    { table: 'flow_versions', own: tenants },
    { table: 'quick_replies', own: tenants },
    { table: 'pairing_links', own: tenants },
    { table: 'snapshots', own: tenants },
    { table: 'bot_commands', own: tenants },
    { table: 'bot_states', own: bots },
    { table: 'alerts', own: tenants },
    { table: 'people', own: tenants },
  ]
}
const CONVERSATIONS_AT_ONCE = 200

/** Deletes at most so many rows of a tenant; 0 when there are none left but its bot's own and the tenant's. In a transaction of its own each time. */
export async function eraseSomeRows(trx: Trx, tenantId: string, most: number): Promise<number> {
  const inConversations = await eraseConversations(trx, tenantId, most)
  if (inConversations > 0) return inConversations
  for (const { table, own } of sweeps(tenantId)) {
    const deleted = await deleteSome(trx, table, own, most)
    if (deleted > 0) return deleted
  }
  return forgetDetails(trx, tenantId, most)
}

/** Messages are found through their conversations: no index of theirs begins with the tenant. */
async function eraseConversations(trx: Trx, tenantId: string, most: number): Promise<number> {
  const { rows } = await sql<{
    id: string
  }>`select id from conversations where tenant_id = ${tenantId} limit ${CONVERSATIONS_AT_ONCE}`.execute(trx)
  if (rows.length === 0) return 0
  const ids = rows.map(({ id }) => id)
  const messages = await deleteSome(trx, 'messages', sql`conversation_id = any(${ids}::uuid[])`, most)
  if (messages > 0) return messages
  await sql`delete from flow_runs where conversation_id = any(${ids}::uuid[])`.execute(trx)
  return deleteSome(trx, 'conversations', sql`id = any(${ids}::uuid[])`, most)
}

/** Of what was done by whom the audit keeps the word and the hour: names, numbers and searches were in the details. */
async function forgetDetails(trx: Trx, tenantId: string, most: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    update audit set detail = null where id = any(array(
      select id from audit where tenant_id = ${tenantId} and detail is not null and action <> 'tenant.erase' limit ${most}))`.execute(trx)
  return Number(numAffectedRows)
}

async function deleteSome(trx: Trx, table: Sweep['table'], own: RawBuilder<unknown>, most: number): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where ctid = any(array(select ctid from ${sql.table(table)} where ${own} limit ${most}))`.execute(trx)
  return Number(numAffectedRows)
}

/** What is left: its bot, its name in others' alerts, its own. From here on nothing can come that would be its. */
export async function eraseTheRest(trx: Trx, tenantId: string): Promise<void> {
  await sql`select from bots where tenant_id = ${tenantId} for update`.execute(trx)
  const most = 10_000
  while ((await eraseSomeRows(trx, tenantId, most)) > 0);
  for (const table of ['grants', 'ousted_bots', 'volumes', 'bots'] as const)
    await trx.deleteFrom(table).where('tenant_id', '=', tenantId).execute()
  // "+5511…: Padaria, Loja": the alert of another one with its number.
  await sql`delete from alerts a using tenants t where t.id = ${tenantId} and t.name <> '' and a.kind = 'number_shared' and a.resolved_at is not null
    and strpos(a.detail, t.name) > 0`.execute(trx)
  await sql`update tenants set name = '', external_id = null, version = version + 1, updated_at = now() where id = ${tenantId}`.execute(trx)
  await sql`update erasures set erased_at = now(), due_at = null where tenant_id = ${tenantId}`.execute(trx)
}
