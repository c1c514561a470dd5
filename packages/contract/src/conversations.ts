import { z } from 'zod'
import { MessageContent, POLL_MISFIT, pollFits, sendableContent } from './content.ts'
import { Jid, MediaInfo } from './events.ts'
import { ConversationId, MessageId } from './ids.ts'
import {
  Answering,
  ChangeKind,
  ChangeStatus,
  FailureReason,
  MediaFailure,
  MediaKind,
  MediaState,
  MessageAuthor,
  MessageStatus,
} from './vocabulary.ts'
import { At, filled } from './text.ts'

/* Conversations and messages, as the public API and webhooks show them, and what is sent to change them. */

/** With whom a conversation is: somebody, or a group. */
export const Contact = z.object({
  id: z.uuid(),
  name: z.string().nullable().describe('Of a group its subject.'),
  phone: z.string().nullable(),
  lid: Jid.nullable(),
  group: Jid.nullable().describe('A group’s id, `…@g.us`; null for a person.'),
})
export type Contact = z.infer<typeof Contact>

export const Conversation = z.object({
  id: ConversationId,
  contact: Contact,
  chat_id: Jid,
  answering: Answering,
  answering_since: At,
  bot_resumes_at: At.nullable().describe('Set when the bot comes back by itself.'),
  stuck: z.boolean(),
  unread: z.int(),
  unsent: z.boolean().describe('The newest message is ours and did not go: it failed, expired, or nobody knows.'),
  last_message: z.object({ body: z.string(), from_me: z.boolean(), at: At, type: z.string() }).nullable(),
  updated_at: At,
})
export type Conversation = z.infer<typeof Conversation>

/** Media of a message: what is known of it, and whether its bytes can be had at GET …/messages/{id}/media. */
export const MessageMedia = MediaInfo.extend({
  kind: MediaKind,
  state: MediaState,
  failure: MediaFailure.nullable(),
  mismatch: z.boolean().describe('Its bytes are not what they were said to be: they are offered for download alone.'),
})
export type MessageMedia = z.infer<typeof MessageMedia>

/** A file that was uploaded, to be sent by its id. */
export const Media = z.object({
  id: z.uuid(),
  mimetype: z.string(),
  filename: z.string().nullable(),
  size_bytes: z.int(),
  sha256: z.string(),
  created_at: At,
})
export type Media = z.infer<typeof Media>

/** Who wrote in a group. */
export const Sender = z.object({ id: Jid, phone: z.string().nullable(), name: z.string().nullable() })
export type Sender = z.infer<typeof Sender>

/** The message that another one answers. */
export const QuotedMessage = z.object({
  id: MessageId,
  from_me: z.boolean(),
  author: MessageAuthor,
  sender: Sender.nullable().describe('Who wrote it in a group; null where the contact says so.'),
  body: z.string().describe('Its first 300 characters.'),
  type: z.string(),
})
export type QuotedMessage = z.infer<typeof QuotedMessage>

/** Somebody's emoji on a message. */
export const MessageReaction = z.object({
  emoji: z.string(),
  from_me: z.boolean().describe('Of this number, whoever sent it: a person here, a program, the owner on the phone.'),
  sender: Jid.nullable().describe('In a group, who: as WhatsApp names them. Null between two.'),
  at: At,
})
export type MessageReaction = z.infer<typeof MessageReaction>

/** What was last asked to be done to a message, for as long as it is not done. */
export const MessageChange = z.object({
  id: z.uuid(),
  kind: ChangeKind,
  status: ChangeStatus,
  failure: z.object({ reason: FailureReason, detail: z.string().nullable() }).nullable(),
  at: At,
})
export type MessageChange = z.infer<typeof MessageChange>

export const Message = z.object({
  id: MessageId,
  conversation_id: ConversationId,
  wa_id: z.string().nullable(),
  from_me: z.boolean(),
  author: MessageAuthor,
  sender: Sender.nullable().describe('Who wrote it in a group; null where the contact says so.'),
  body: z.string(),
  type: z.string(),
  status: MessageStatus,
  failure: z.object({ reason: FailureReason, detail: z.string().nullable() }).nullable(),
  media: MessageMedia.nullable(),
  content: MessageContent.nullable().describe('A location, contact cards or a poll; null for text and files.'),
  quoted: z.string().nullable().describe('WhatsApp’s own id of the message that this one answers.'),
  quoted_message: QuotedMessage.nullable().describe('That message, when we have it. Webhooks do not carry it.'),
  at: At.describe('WhatsApp’s own time for it; for an outgoing one, when it was written.'),
  reactions: z.array(MessageReaction).describe('One per person at most.'),
  edited_at: At.nullable().describe('When its text became what it is now.'),
  deleted_at: At.nullable().describe('When it was deleted for everyone: what it held is shown no more.'),
  change: MessageChange.nullable(),
  send_at: At.nullable().describe('When a scheduled one goes into the queue.'),
  expires_at: At.nullable().describe('An outgoing one that has not left by then is not sent any more.'),
  updated_at: At,
})
export type Message = z.infer<typeof Message>

const sending = {
  reply_to: MessageId.optional().describe('The id of the message of this conversation that this one answers.'),
  send_at: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('Not before then, at most a year ahead; until then it can be cancelled. It silences no flow.'),
  expires_in_seconds: z
    .int()
    .min(10)
    .max(30 * 86_400)
    .optional()
    .describe('What has not left so long after its time is not sent any more. Default: a day.'),
}
const text = { type: z.literal('text').optional(), body: filled(65_536), ...sending }
const fileItself = { ...sending, media_id: z.uuid().describe('Of a file that was uploaded with POST …/media.') }
/** WhatsApp shows no text beside a voice or a sticker. */
const BARE_KINDS = ['audio', 'sticker'] as const
export const takesCaption = (kind: MediaKind): boolean => !(BARE_KINDS as readonly MediaKind[]).includes(kind)
const NO_CAPTION = 'is shown by WhatsApp with pictures, videos and documents alone: send it as a text of its own'
const bareFile = { ...fileItself, type: z.enum(BARE_KINDS), caption: z.string().max(0, NO_CAPTION).optional() }
const file = { ...fileItself, type: MediaKind.exclude(BARE_KINDS), caption: z.string().max(65_536).optional() }
const location = { ...sendableContent.location, ...sending }
const contact = { ...sendableContent.contact, ...sending }
const poll = { ...sendableContent.poll, ...sending }
const to = z.string().min(3).max(256)
export const MessageSend = z.discriminatedUnion('type', [
  z.strictObject(text),
  z.strictObject(file),
  z.strictObject(bareFile),
  z.strictObject(location),
  z.strictObject(contact),
  z.strictObject(poll).refine(pollFits, POLL_MISFIT),
])
export type MessageSend = z.infer<typeof MessageSend>
/** To a phone number or JID, making the conversation when it is new. */
export const MessageSendTo = z.discriminatedUnion('type', [
  z.strictObject({ to, ...text }),
  z.strictObject({ to, ...file }),
  z.strictObject({ to, ...bareFile }),
  z.strictObject({ to, ...location }),
  z.strictObject({ to, ...contact }),
  z.strictObject({ to, ...poll }).refine(pollFits, POLL_MISFIT),
])

/** One emoji, as the phone's keyboard has it. */
const oneEmoji = (text: string): boolean =>
  [...new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)].length === 1 &&
  /\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|\u20E3/u.test(text)
export const MessageReact = z.strictObject({ emoji: z.string().min(1).max(64).refine(oneEmoji, 'must be one emoji') })
export const MessageEdit = z.strictObject({ body: filled(65_536) })

/** WhatsApp takes an edit for so long after the message was sent. */
export const EDIT_WITHIN_MS = 15 * 60_000
/** WhatsApp deletes a message for everyone for so long: two days and a half. */
export const DELETE_WITHIN_MS = 60 * 3_600_000
