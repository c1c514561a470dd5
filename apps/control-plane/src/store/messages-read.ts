import type { Row, Trx } from './tables.ts'

/** Messages with what is known of their files; the columns of one are null where there is none. */
const messagesWithFiles = (trx: Trx) =>
  trx
    .selectFrom('messages as m')
    .leftJoin('media as f', 'f.id', 'm.media_id')
    .selectAll('m')
    .select([
      'f.kind as file_kind',
      'f.state as file_state',
      'f.failure as file_failure',
      'f.mimetype as file_mimetype',
      'f.mismatch as file_mismatch',
      'f.filename as file_filename',
      'f.size_bytes as file_size_bytes',
      'f.sha256 as file_sha256',
    ])

export type MessageRow = Awaited<ReturnType<ReturnType<typeof messagesWithFiles>['executeTakeFirstOrThrow']>>
/** What is known of a message's file. */
export type FileFacts = Omit<MessageRow, keyof Row<'messages'>>

export const NO_FILE: FileFacts = {
  file_kind: null,
  file_state: null,
  file_failure: null,
  file_mimetype: null,
  file_mismatch: null,
  file_filename: null,
  file_size_bytes: null,
  file_sha256: null,
}

/** Newest first, in the order of storing. */
export async function listMessages(
  trx: Trx,
  { conversationId, before, limit }: { conversationId: string; before: string | undefined; limit: number },
): Promise<MessageRow[]> {
  return messagesWithFiles(trx)
    .where('m.conversation_id', '=', conversationId)
    .$if(before !== undefined, (list) => list.where('m.seq', '<', before!))
    .orderBy('m.seq', 'desc')
    .limit(limit)
    .execute()
}

export async function findMessage(trx: Trx, conversationId: string, id: string): Promise<MessageRow | undefined> {
  return messagesWithFiles(trx).where('m.conversation_id', '=', conversationId).where('m.id', '=', id).executeTakeFirst()
}
