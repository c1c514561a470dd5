import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row } from './tables.ts'

export type TenantList = { q: string | undefined; before: string | undefined; limit: number }

/** Newest first (ids sort by time). `q` finds a part of the name, or the beginning of the external id or the id. */
export async function listTenants(db: Db, { q, before, limit }: TenantList): Promise<Row<'tenants'>[]> {
  const like = q === undefined ? '' : q.replaceAll(/[\\%_]/g, (wild) => `\\${wild}`)
  return db
    .selectFrom('tenants')
    .selectAll()
    .where('removed_at', 'is', null)
    .$if(q !== undefined, (query) =>
      query.where(sql<boolean>`(name ilike ${`%${like}%`} or external_id ilike ${`${like}%`} or id::text ilike ${`${like}%`})`),
    )
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

export async function findTenant(db: Db, id: string): Promise<Row<'tenants'> | undefined> {
  return db.selectFrom('tenants').selectAll().where('id', '=', id).where('removed_at', 'is', null).executeTakeFirst()
}
