import { hashToken } from '../secrets/index.ts'
import { uuidv7 } from '../uuid.ts'
import type { Db } from './db.ts'

/** A key that the settings bring along works from the first moment. It takes the place of the one that an earlier start brought. */
export async function ensureApiKey(db: Db, name: string, key: string): Promise<void> {
  const hash = hashToken(key)
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('api_keys')
      .set({ revoked_at: new Date() })
      .where('name', '=', name)
      .where('hash', '<>', hash)
      .where('revoked_at', 'is', null)
      .execute()
    await trx
      .insertInto('api_keys')
      .values({ id: uuidv7(), name, prefix: key.slice(0, 17), hash })
      .onConflict((conflict) => conflict.column('hash').doNothing())
      .execute()
  })
}
