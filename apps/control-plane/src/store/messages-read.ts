import type { ChangeKind, ChangeStatus, FailureReason } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Trx } from './tables.ts'

/** Inside jsonb, times are text. */
export type ReactionFacts = { emoji: string; from_me: boolean; sender: string | null; at: string }
export type ChangeFacts = {
  id: string
  kind: ChangeKind
  status: ChangeStatus
  failure_reason: FailureReason | null
  failure_detail: string | null
  at: string
}

/**
 * Messages with what is known of their files, of the messages that they answer, and of what was done to them; the columns of one are null where there
 * is none.
 */
const messages = (trx: Trx) =>
  trx
    .selectFrom('messages as m')
    .leftJoin('media as f', 'f.id', 'm.media_id')
    // Senders choose ids: within a conversation one is enough, but in a group two could share it.
    .leftJoinLateral(
      (eb) =>
        eb
          .selectFrom('message_keys as k')
          .innerJoin('messages as original', 'original.id', 'k.message_id')
          .select([
            'original.id',
            'original.from_me',
            'original.author',
            'original.sender',
            'original.sender_name',
            'original.type',
            sql<string>`case when original.deleted_at is null then left(original.body, 300) else '' end`.as('body'),
          ])
          .whereRef('k.bot_id', '=', 'm.bot_id')
          .whereRef('k.wa_id', '=', 'm.quoted')
          .whereRef('k.conversation_id', '=', 'm.conversation_id')
          .orderBy('original.seq')
          .limit(1)
          .as('q'),
      (join) => join.onTrue(),
    )
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
      sql<ReactionFacts[] | null>`reactions_of(m.id)`.as('reactions'),
      sql<ChangeFacts | null>`(
        select jsonb_build_object('id', c.id, 'kind', c.kind, 'status', c.status, 'failure_reason', c.failure_reason,
          'failure_detail', c.failure_detail, 'at', c.created_at)
        from message_changes c where c.message_id = m.id order by c.seq desc limit 1)`.as('asked'),
      'q.id as quoted_id',
      'q.from_me as quoted_from_me',
      'q.author as quoted_author',
      'q.sender as quoted_sender',
      'q.sender_name as quoted_sender_name',
      'q.type as quoted_type',
      'q.body as quoted_body',
    ])

export type MessageRow = Awaited<ReturnType<ReturnType<typeof messages>['executeTakeFirstOrThrow']>>
/** What is known of a message's file. */
export type FileFacts = Pick<MessageRow, Extract<keyof MessageRow, `file_${string}`>>
/** What is known of the message that one answers. */
export type QuoteFacts = Pick<MessageRow, Extract<keyof MessageRow, `quoted_${string}`>>

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

export const NO_QUOTE: QuoteFacts = {
  quoted_id: null,
  quoted_from_me: null,
  quoted_author: null,
  quoted_sender: null,
  quoted_sender_name: null,
  quoted_type: null,
  quoted_body: null,
}

/** Newest first, in the order of storing. */
export async function listMessages(
  trx: Trx,
  { conversationId, before, limit }: { conversationId: string; before: string | undefined; limit: number },
): Promise<MessageRow[]> {
  return messages(trx)
    .where('m.conversation_id', '=', conversationId)
    .$if(before !== undefined, (list) => list.where('m.seq', '<', before!))
    .orderBy('m.seq', 'desc')
    .limit(limit)
    .execute()
}

export async function findMessage(trx: Trx, conversationId: string, id: string): Promise<MessageRow | undefined> {
  return messages(trx).where('m.conversation_id', '=', conversationId).where('m.id', '=', id).executeTakeFirst()
}
