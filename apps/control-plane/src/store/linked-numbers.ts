import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'

/** Other tenants whose bots have the session of a number (digits), running or stopped. Not in a tenant's transaction, which sees none of them. */
export async function linkedTo(on: Db | Trx, number: string, besides: string): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select t.id, t.name from bots b join tenants t on t.id = b.tenant_id
    where b.tenant_id <> ${besides} and b.desired <> 'removed' and regexp_replace(b.number, '\\D', '', 'g') = ${number} order by t.name, t.id`.execute(
    on,
  )
  return rows
}
