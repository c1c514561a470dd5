import type { Row, Trx } from './tables.ts'

/** Newest first, in the order of storing. */
export async function listMessages(
  trx: Trx,
  { conversationId, before, limit }: { conversationId: string; before: string | undefined; limit: number },
): Promise<Row<'messages'>[]> {
  return trx
    .selectFrom('messages')
    .selectAll()
    .where('conversation_id', '=', conversationId)
    .$if(before !== undefined, (list) => list.where('seq', '<', before!))
    .orderBy('seq', 'desc')
    .limit(limit)
    .execute()
}

export async function findMessage(trx: Trx, conversationId: string, id: string): Promise<Row<'messages'> | undefined> {
  return trx.selectFrom('messages').selectAll().where('conversation_id', '=', conversationId).where('id', '=', id).executeTakeFirst()
}
