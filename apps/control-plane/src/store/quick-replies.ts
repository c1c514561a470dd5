import type { QuickReplyCreate, QuickReplyUpdate } from '@zaptria/contract'
import { MAX_QUICK_REPLIES_PER_TENANT, ZaptriaError } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Row, Trx } from './tables.ts'

/** By shortcut. In the tenant's transaction, as all of these. */
export async function listQuickReplies(
  trx: Trx,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Row<'quick_replies'>[]> {
  return trx
    .selectFrom('quick_replies')
    .selectAll()
    .$if(after !== undefined, (list) => list.where('shortcut', '>', after!))
    .orderBy('shortcut')
    .limit(limit)
    .execute()
}

/** Throws `quick_reply_exists`, `too_many_quick_replies`. Of two at the same moment both may pass the limit: it is there against thousands. */
export async function insertQuickReply(trx: Trx, o: QuickReplyCreate & { id: string; tenantId: string }): Promise<Row<'quick_replies'>> {
  const { count } = await trx
    .selectFrom('quick_replies')
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  if (Number(count) >= MAX_QUICK_REPLIES_PER_TENANT) throw new ZaptriaError('too_many_quick_replies')
  return orExists(() =>
    trx
      .insertInto('quick_replies')
      .values({ id: o.id, tenant_id: o.tenantId, shortcut: o.shortcut, body: o.body })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )
}

/** Throws `quick_reply_not_found`, `quick_reply_exists`. */
export async function updateQuickReply(trx: Trx, id: string, change: QuickReplyUpdate): Promise<Row<'quick_replies'>> {
  const set = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
  const row = await orExists(() =>
    trx
      .updateTable('quick_replies')
      .set({ ...set, updated_at: sql`now()` })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirst(),
  )
  if (row === undefined) throw new ZaptriaError('quick_reply_not_found')
  return row
}

/** Throws `quick_reply_not_found`. */
export async function deleteQuickReply(trx: Trx, id: string): Promise<void> {
  const { numDeletedRows } = await trx.deleteFrom('quick_replies').where('id', '=', id).executeTakeFirst()
  if (numDeletedRows === 0n) throw new ZaptriaError('quick_reply_not_found')
}

async function orExists<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if ((cause as { code?: unknown }).code === '23505') throw new ZaptriaError('quick_reply_exists', { cause })
    throw cause
  }
}
