import { Message, MessageId, mediaKindOf } from '@zaptria/contract'
import { phoneOfJid } from '@zaptria/core'
import type { MessageChange, MessageMedia, MessageReaction, QuotedMessage } from '@zaptria/contract'
import type { ChangeFacts, MessageRow, ReactionFacts } from '../store/messages-read.ts'

/** A message's row as the API shows it. */
export function messageView(row: MessageRow): Message {
  const deleted = row.deleted_at !== null
  return Message.parse({
    id: row.id,
    conversation_id: row.conversation_id,
    wa_id: row.wa_id,
    from_me: row.from_me,
    author: row.author,
    // A webhook that waits since before senders had names has none.
    sender: senderView(row.sender, row.sender_name ?? null),
    body: deleted ? '' : row.body,
    type: row.type,
    status: row.status,
    failure: failureView(row),
    media: deleted ? null : fileView(row),
    // A webhook tells a row as it was, maybe before there was any content.
    content: deleted ? null : (row.content ?? null),
    quoted: deleted ? null : row.quoted,
    quoted_message: deleted ? null : quoteView(row),
    at: row.wa_at.toISOString(),
    reactions: deleted ? [] : (row.reactions ?? []).map(reactionView),
    edited_at: deleted ? null : (row.edited_at?.toISOString() ?? null),
    deleted_at: row.deleted_at?.toISOString() ?? null,
    change: deleted || row.asked === null || row.asked.status === 'done' ? null : changeView(row.asked),
    send_at: row.status === 'scheduled' ? (row.due_at?.toISOString() ?? null) : null,
    expires_at: row.expires_at?.toISOString() ?? null,
    updated_at: row.updated_at.toISOString(),
  })
}

function failureView({ status, failure_reason, failure_detail }: MessageRow): Message['failure'] {
  const reason = status === 'unknown' ? 'unconfirmed' : failure_reason
  return reason === null ? null : { reason, detail: failure_detail }
}

export const reactionView = ({ emoji, from_me, sender, at }: ReactionFacts): MessageReaction => ({
  emoji,
  from_me,
  sender,
  at: new Date(at).toISOString(),
})

const changeView = ({ id, kind, status, failure_reason, failure_detail, at }: ChangeFacts): MessageChange => ({
  id,
  kind,
  status,
  failure: failure_reason === null ? null : { reason: failure_reason, detail: failure_detail },
  at: new Date(at).toISOString(),
})

function quoteView(row: MessageRow): QuotedMessage | null {
  const { quoted_id: id, quoted_from_me: from_me, quoted_author: author } = row
  if (id === null || from_me === null || author === null) return null
  const sender = senderView(row.quoted_sender, row.quoted_sender_name)
  return { id: MessageId.parse(id), from_me, author, sender, body: row.quoted_body ?? '', type: row.quoted_type ?? 'chat' }
}

const senderView = (id: string | null, name: string | null): Message['sender'] => (id === null ? null : { id, phone: phoneOfJid(id), name })

function fileView(row: MessageRow): MessageMedia | null {
  if (row.file_kind === null || row.file_state === null) {
    // Reported before files were kept: nobody has fetched it.
    return row.media === null
      ? null
      : { ...row.media, kind: mediaKindOf(row.type), state: 'failed', failure: 'unsupported', mismatch: false }
  }
  return {
    mimetype: row.file_mimetype ?? 'application/octet-stream',
    ...(row.file_filename === null ? {} : { filename: row.file_filename }),
    ...(row.file_size_bytes === null ? {} : { size_bytes: Number(row.file_size_bytes) }),
    ...(row.file_sha256 === null ? {} : { sha256: row.file_sha256 }),
    kind: row.file_kind,
    state: row.file_state,
    failure: row.file_failure,
    mismatch: row.file_mismatch ?? false,
  }
}
