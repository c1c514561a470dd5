import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { hashToken } from '../secrets/index.ts'
import { uuidv7 } from '../uuid.ts'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

/** `zap_live_<prefix>_<secret>`: the prefix is shown in lists, so that a person can tell keys apart; only SHA-256 of the whole is kept. */
export const API_KEY_PATTERN = /^zap_live_[a-z0-9]{8}_[A-Za-z0-9_-]{43}$/

export async function createApiKey(trx: Trx, name: string): Promise<{ row: Row<'api_keys'>; key: string }> {
  const prefix = `zap_live_${randomBytes(4).toString('hex')}`
  const key = `${prefix}_${randomBytes(32).toString('base64url')}`
  const row = await trx
    .insertInto('api_keys')
    .values({ id: uuidv7(), name, prefix, hash: hashToken(key) })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { row, key }
}

/** The key's row, if it is good; notes its use, at most once a minute. Found by hash: nothing to compare in constant time. */
export async function findApiKey(db: Db, key: string): Promise<{ id: string } | undefined> {
  const row = await db
    .selectFrom('api_keys')
    .select(['id', sql<boolean>`coalesce(last_used_at < now() - interval '1 minute', true)`.as('note')])
    .where('hash', '=', hashToken(key))
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  if (row?.note === true)
    await db
      .updateTable('api_keys')
      .set({ last_used_at: sql`now()` })
      .where('id', '=', row.id)
      .execute()
  return row === undefined ? undefined : { id: row.id }
}

export async function listApiKeys(db: Db, { before, limit }: { before: string | undefined; limit: number }): Promise<Row<'api_keys'>[]> {
  return db
    .selectFrom('api_keys')
    .selectAll()
    .where('revoked_at', 'is', null)
    .$if(before !== undefined, (query) => query.where('id', '<', before!))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** False when there is none, or it was revoked already. */
export async function revokeApiKey(trx: Trx, id: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('api_keys')
    .set({ revoked_at: sql`now()` })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
