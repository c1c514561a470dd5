import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Db } from './db.ts'

/** The drivers that an installation brings along by its settings, one server each. */
export const EMBEDDED = { process: 'local', docker: 'docker' } as const

/**
 * The server of the driver that this installation is set to; made at first start. New bots go there; those of another driver that was set before
 * stay where their volumes are.
 */
export async function ensureServer(db: Db, driver: keyof typeof EMBEDDED): Promise<string> {
  const name = EMBEDDED[driver]
  return db.transaction().execute(async (trx) => {
    await trx
      .insertInto('servers')
      .values({ id: uuidv7(), name, driver, embedded: true })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute()
    await trx
      .updateTable('servers')
      .set({ cordoned: sql<boolean>`name <> ${name}` })
      .where('name', 'in', Object.values(EMBEDDED))
      .execute()
    return (await trx.selectFrom('servers').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id
  })
}

/** Servers that hold bots which should run, and that nobody here can reach: their names and how many bots. */
export async function serversWithoutDriver(db: Db, driven: readonly string[]): Promise<{ id: string; name: string; bots: number }[]> {
  return db
    .selectFrom('servers')
    .innerJoin('bots', 'bots.server_id', 'servers.id')
    .select(['servers.id', 'servers.name', sql<number>`count(*)::int`.as('bots')])
    .where('bots.desired', '=', 'running')
    .where('bots.transport', '=', 'link')
    .$if(driven.length > 0, (query) => query.where('servers.id', 'not in', driven))
    .groupBy(['servers.id', 'servers.name'])
    .execute()
}
