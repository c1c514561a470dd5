import { Conversation } from '@zaptria/contract'
import type { Contact } from '@zaptria/contract'
import { phoneOfJid } from '@zaptria/core'
import type { ConversationRow } from '../store/conversations-read.ts'

/** `group` is absent in webhooks that wait since before they told of it. */
export type ContactFacts = { id: string; name: string | null; phone_jid: string | null; lid: string | null; group?: string | null }

export const contactView = ({ id, name, phone_jid, lid, group = null }: ContactFacts): Contact => ({
  id,
  name,
  phone: phone_jid === null ? null : phoneOfJid(phone_jid),
  lid,
  group,
})

export type ToldConversation = Omit<Conversation, 'unsent'>
const ToldConversation = Conversation.omit({ unsent: true })

/** A conversation's row, with its contact's names, as the API shows it. */
export const conversationView = (row: ConversationRow): Conversation => ({ ...toldConversation(row), unsent: row.unsent })

/** As webhooks tell of it: what it was when something happened in it. */
export function toldConversation(row: Omit<ConversationRow, 'unsent'>): ToldConversation {
  const last =
    row.last_at === null ? null : { at: row.last_at.toISOString(), body: row.last_body, from_me: row.last_from_me, type: row.last_type }
  return ToldConversation.parse({
    id: row.id,
    contact: contactView({ ...row, id: row.contact_id, name: row.contact_name }),
    chat_id: row.chat_id,
    answering: row.answering,
    answering_since: row.answering_since.toISOString(),
    bot_resumes_at: row.bot_resumes_at?.toISOString() ?? null,
    stuck: row.stuck,
    unread: row.unread,
    last_message: last,
    updated_at: row.updated_at.toISOString(),
  })
}
