import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row } from './tables.ts'

export type ServerRow = Pick<Row<'servers'>, 'id' | 'name' | 'driver' | 'address' | 'region' | 'capacity' | 'created_at'> & { bots: number }

/** With how many bots each is to hold; credentials stay in the database. */
export async function listServers(db: Db): Promise<ServerRow[]> {
  return db
    .selectFrom('servers')
    .select(['id', 'name', 'driver', 'address', 'region', 'capacity', 'created_at'])
    .select(sql<number>`(select count(*)::int from bots where bots.server_id = servers.id and bots.desired <> 'removed')`.as('bots'))
    .orderBy('created_at')
    .execute()
}
