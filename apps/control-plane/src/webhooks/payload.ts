import { WebhookPayload } from '@zaptria/contract'
import { contactView, toldConversation } from '../http/conversation-view.ts'
import type { ContactFacts } from '../http/conversation-view.ts'
import { messageView, reactionView } from '../http/message-view.ts'
import type { ConversationRow } from '../store/conversations-read.ts'
import type { FileFacts, ReactionFacts } from '../store/messages-read.ts'
import { NO_FILE, NO_QUOTE } from '../store/messages-read.ts'
import type { Row } from '../store/tables.ts'

/** `file`: what is known by now of the file of the message that it tells of. */
export type ToldEvent = Pick<Row<'webhook_events'>, 'tenant_id' | 'type' | 'data' | 'at'> & { file: FileFacts | null }

/** What is sent of an event: the row as it was then, in the API's own view. Throws when the row is of a shape that we no longer know. */
export function payloadOf({ tenant_id, type, data, at, file }: ToldEvent): WebhookPayload {
  return WebhookPayload.parse({ type, timestamp: at.toISOString(), tenant_id, data: viewOf(type, data, file ?? NO_FILE) })
}

function viewOf(type: ToldEvent['type'], data: unknown, file: FileFacts): unknown {
  switch (type) {
    case 'message.received':
    case 'message.queued':
    case 'message.sent':
    case 'message.status':
    case 'message.edited':
    case 'message.deleted':
    case 'message.media':
      return toldMessage(data as ToldMessage, file)
    case 'message.reaction': {
      const told = data as ToldMessage & { reaction: ReactionFacts }
      return { ...toldMessage(told, file), reaction: reactionView(told.reaction) }
    }
    case 'conversation.answering': {
      const { contact, ...row } = data as ConversationRow & { contact: ContactFacts }
      const names = { contact_name: contact.name, phone_jid: contact.phone_jid, lid: contact.lid, group: contact.group ?? null }
      return toldConversation({ ...dated(row as ConversationRow, 'answering_since', 'bot_resumes_at', 'last_at', 'updated_at'), ...names })
    }
    case 'bot.state': {
      const row = dated(data as Pick<Row<'bots'>, 'id' | 'state' | 'reason' | 'detail' | 'number' | 'wa_name' | 'state_at'>, 'state_at')
      const { id, state, reason, detail, number, wa_name } = row
      return { bot_id: id, state, reason, detail, number, name: wa_name, at: row.state_at.toISOString() }
    }
    case 'webhook.test':
      return data
    default:
      return type satisfies never
  }
}

type ToldMessage = Omit<Row<'messages'>, 'edited_at' | 'deleted_at'> & {
  edited_at?: Date | null
  deleted_at?: Date | null
  contact: ContactFacts
  reactions?: ReactionFacts[] | null
}

function toldMessage(data: ToldMessage, file: FileFacts): object {
  // Told before messages could be changed, it has none of these.
  const { contact, reactions = null, edited_at = null, deleted_at = null, ...rest } = data
  const row = dated({ ...rest, edited_at, deleted_at }, 'wa_at', 'edited_at', 'deleted_at', 'due_at', 'expires_at', 'updated_at')
  return { ...messageView({ ...row, ...file, ...NO_QUOTE, reactions, asked: null }), contact: contactView(contact) }
}

/** Inside jsonb, times are text. */
function dated<T extends object>(row: T, ...columns: (keyof T)[]): T {
  const times = columns.filter((column) => row[column] !== null).map((column) => [column, new Date(row[column] as string)])
  return { ...row, ...Object.fromEntries(times) }
}
