import { createHash, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { ZaptriaError } from '@zaptria/contract'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from './db.ts'
import type { Trx } from './tables.ts'

export type Answer<T> = { status: number; body: T }
export type IdempotentRequest = { scope: string; key: string; method: string; path: string; body: unknown }

/** A kept answer can hold a secret that is "shown once": it lies sealed in its row. */
type Kept = { sealed: string }

/**
 * Runs `work` and keeps its answer in the same transaction, or answers with the one that is kept. Of several at once with the same key, one
 * works and the others wait for it: the database holds them at the unique key. What throws is rolled back, key included, and may be tried
 * again. Kept for a day.
 */
export async function once<T>(
  { db, secrets }: { db: Db; secrets: Pick<Secrets, 'seal' | 'open'> },
  { scope, key, method, path, body }: IdempotentRequest,
  work: (trx: Trx) => Promise<Answer<T>>,
): Promise<Answer<T> & { replayed: boolean }> {
  const hash = createHash('sha256')
    .update(JSON.stringify([method, path, body ?? null]))
    .digest()
  const context = `idempotency ${scope} ${key}`
  return db.transaction().execute(async (trx) => {
    await forgetOld(trx)
    const claimed = await trx
      .insertInto('idempotency_keys')
      .values({ scope, key, request_hash: hash })
      .onConflict((conflict) => conflict.doNothing())
      .returning('key')
      .executeTakeFirst()
    if (claimed === undefined) {
      const kept = await trx
        .selectFrom('idempotency_keys')
        .selectAll()
        .where('scope', '=', scope)
        .where('key', '=', key)
        .executeTakeFirstOrThrow()
      if (!timingSafeEqual(kept.request_hash, hash)) throw new ZaptriaError('idempotency_key_reused')
      const text = secrets.open(Buffer.from((kept.response as Kept).sealed, 'base64'), context).toString()
      return { status: kept.status!, body: JSON.parse(text) as T, replayed: true }
    }
    const answer = await work(trx)
    const sealed = secrets.seal(Buffer.from(JSON.stringify(answer.body)), context).toString('base64')
    await trx
      .updateTable('idempotency_keys')
      .set({ status: answer.status, response: JSON.stringify({ sealed } satisfies Kept) })
      .where('scope', '=', scope)
      .where('key', '=', key)
      .execute()
    return { ...answer, replayed: false }
  })
}

/** A few at a time, and none that another transaction is at: forgetting never waits and is never waited for long. */
async function forgetOld(trx: Trx): Promise<void> {
  await sql`delete from idempotency_keys where ctid in (
    select ctid from idempotency_keys where created_at < now() - interval '1 day' order by created_at limit 20 for update skip locked)`.execute(
    trx,
  )
}
