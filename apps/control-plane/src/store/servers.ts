import { uuidv7 } from '../uuid.ts'
import type { Db } from './db.ts'

/** The server that the embedded driver of this installation is; made at first start. */
export async function ensureServer(db: Db, name: string, driver: string): Promise<string> {
  await db
    .insertInto('servers')
    .values({ id: uuidv7(), name, driver })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
  return (await db.selectFrom('servers').select('id').where('name', '=', name).executeTakeFirstOrThrow()).id
}
