import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

export type ServerView = Omit<
  Row<'servers'>,
  'sealed_credentials' | 'listened_at' | 'silent_since' | 'well_since' | 'proof_until' | 'memory_bytes' | 'memory_free_bytes'
> & { bots: number; has_credentials: boolean; memory_bytes: number | null; memory_free_bytes: number | null }

/** With how many bots each is to hold; credentials stay in the database. */
const views = (on: Db | Trx) =>
  on
    .selectFrom('servers')
    .select(['id', 'name', 'driver', 'address', 'region', 'capacity', 'cordoned', 'embedded', 'settings', 'link_url', 'failover'])
    .select(['state', 'state_at', 'heard_at', 'trouble', 'version', 'created_at'])
    .select([
      sql<number | null>`memory_bytes::float8`.as('memory_bytes'),
      sql<number | null>`memory_free_bytes::float8`.as('memory_free_bytes'),
      sql<boolean>`sealed_credentials is not null`.as('has_credentials'),
      sql<number>`(select count(*)::int from bots where bots.server_id = servers.id and bots.desired <> 'removed' and bots.transport = 'link')`.as(
        'bots',
      ),
    ])

export type OustedView = Pick<Row<'ousted_bots'>, 'bot_id' | 'tenant_id' | 'place' | 'ousted_at' | 'drained_at' | 'gone_at'> & {
  tenant_name: string
  container_name: string
}

/** Bots that were taken from a server, newest first. */
export function listOusted(db: Db, serverId: string): Promise<OustedView[]> {
  return db
    .selectFrom('ousted_bots as o')
    .innerJoin('bots as b', 'b.id', 'o.bot_id')
    .innerJoin('tenants as t', 't.id', 'o.tenant_id')
    .select(['o.bot_id', 'o.tenant_id', 'o.place', 'o.ousted_at', 'o.drained_at', 'o.gone_at'])
    .select(['t.name as tenant_name', 'b.container_name'])
    .where('o.server_id', '=', serverId)
    .orderBy('o.ousted_at', 'desc')
    .orderBy('o.bot_id')
    .execute()
}

export function listServers(db: Db): Promise<ServerView[]> {
  return views(db).orderBy('created_at').orderBy('id').execute()
}

export function findServer(on: Db | Trx, id: string): Promise<ServerView | undefined> {
  return views(on).where('id', '=', id).executeTakeFirst()
}
