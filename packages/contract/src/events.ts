import { z } from 'zod'
import { MessageContent } from './content.ts'
import { Epoch } from './ids.ts'
import { BotState, FailureReason, MediaFailure, StateReason } from './vocabulary.ts'

/** WhatsApp chat or person id: `<digits>@c.us`, `<digits>@lid`, `<id>@g.us`, … */
export const Jid = z
  .string()
  .min(3)
  .max(256)
  .regex(/^[^\s@]+@[a-z.]+$/)
export type Jid = z.infer<typeof Jid>

/** A WhatsApp message key's own part: letters and digits chosen by the sending side. */
export const WaId = z.string().min(1).max(256)

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Media of a message: what is known of it. Bytes travel beside the link, by reference. */
export const MediaInfo = z.object({
  mimetype: z.string().max(256),
  filename: z.string().max(512).optional(),
  size_bytes: z.int().nonnegative().optional(),
  /** SHA-256 of the bytes, hex: WhatsApp's word for it until the bytes are here, then ours. */
  sha256: Sha256.optional(),
})
export type MediaInfo = z.infer<typeof MediaInfo>

/** A new QR to show. Volatile: only the newest matters; `expires_in_ms` counts from arrival. `qr_code` null = there is none any more. */
export const QrEvent = z.object({
  kind: z.literal('qr'),
  qr_code: z.string().max(4096).nullable(),
  expires_in_ms: z.int().positive().optional(),
})

/** A pairing code for the phone's "link with phone number"; null = there is none any more. */
export const PairingCodeEvent = z.object({ kind: z.literal('pairing_code'), code: z.string().max(16).nullable() })

export const StateEvent = z.object({
  kind: z.literal('state'),
  state: BotState,
  reason: StateReason,
  /** One line for people who help: an error's message, never a message body. */
  detail: z.string().max(1000).optional(),
  /** The linked account, once known. Digits only. */
  number: z.string().max(32).optional(),
  name: z.string().max(256).optional(),
})

/** A message that came, or one that this account sent from elsewhere (`from_me`, not our key). */
export const MessageEvent = z.object({
  kind: z.literal('message'),
  /** The message key's own part. Senders choose it, so it is unique only with chat, from_me and sender. */
  wa_id: WaId,
  /** As WhatsApp names the chat: phone, LID or group. */
  chat_id: Jid,
  from_me: z.boolean(),
  /** Who wrote it: the contact, in a group the participant, for from_me the own account. As WhatsApp names it. */
  sender: Jid,
  /** The contact's (never the own account's) phone JID `<digits>@c.us` when known, whatever `chat_id` is; null when only a LID is known or in a group. */
  phone: Jid.nullable(),
  /** The contact's LID when known. */
  lid: Jid.nullable(),
  body: z.string().max(65_536),
  /** Unix seconds, WhatsApp's own time. */
  timestamp: z.int().nonnegative(),
  /** whatsapp-web.js's type: chat, image, ptt, … */
  type: z.string().max(64),
  /** What whoever wrote it calls themselves. */
  push_name: z.string().max(256).optional(),
  /** A group's subject. */
  subject: z.string().max(256).optional(),
  quoted: WaId.optional(),
  media: MediaInfo.optional(),
  /** What it says beside text and files. A message is never lost for content that is not understood. */
  content: MessageContent.optional().catch(undefined),
  /** True when it was found by catching up after a gap rather than seen live. */
  caught_up: z.boolean().optional(),
})
export type MessageEvent = z.infer<typeof MessageEvent>

/** WhatsApp's word on a message that we sent. -1 error, 0 pending, 1 server, 2 device, 3 read, 4 played. */
export const AckEvent = z.object({
  kind: z.literal('ack'),
  wa_id: WaId,
  chat_id: Jid,
  ack: z.int().min(-1).max(4),
})

/**
 * What became of a send command. `handed`: the page has taken it, acks follow. `failed`: it will not be sent, for this reason.
 * `unknown`: the bot cannot tell (it died while trying and the key is in neither chat after a re-pair).
 */
export const SendResultEvent = z.object({
  kind: z.literal('send_result'),
  message_id: z.uuid(),
  wa_id: WaId,
  outcome: z.enum(['handed', 'failed', 'unknown']),
  reason: FailureReason.optional(),
  detail: z.string().max(1000).optional(),
})

/** The key of a message as the bot names it: enough to find the one that its bytes belong to. */
export const MessageKey = z.object({ wa_id: WaId, chat_id: Jid, from_me: z.boolean(), sender: Jid })
export type MessageKey = z.infer<typeof MessageKey>

/** The bytes of a message's media will not come, and why. That they came is known from their arrival. */
export const MediaFailedEvent = MessageKey.extend({ kind: z.literal('media_failed'), reason: MediaFailure })
export type MediaFailedEvent = z.infer<typeof MediaFailedEvent>

/** Something was done to a message, by whomever; it may be told before the message itself is, or again. */
const changed = {
  target: MessageKey,
  /** The other name of the target's chat, when known. */
  alias_chat_id: Jid.nullable(),
  /** This account did it, here or on the phone. */
  from_me: z.boolean(),
  /** Who did it, as WhatsApp names them. */
  sender: Jid,
  /** WhatsApp's own time, Unix milliseconds: the newest counts, whenever it is told. */
  timestamp_ms: z.int().nonnegative(),
}

/** An emoji on a message; empty: taken back. One per person and message. */
export const ReactionEvent = z.object({ kind: z.literal('reaction'), ...changed, emoji: z.string().max(64) })
export type ReactionEvent = z.infer<typeof ReactionEvent>

/** The text of a message, or its file's caption, is another now. */
export const EditEvent = z.object({ kind: z.literal('edit'), ...changed, body: z.string().max(65_536) })
export type EditEvent = z.infer<typeof EditEvent>

/** Deleted for everyone, and for good. */
export const RevokeEvent = z.object({ kind: z.literal('revoke'), ...changed })
export type RevokeEvent = z.infer<typeof RevokeEvent>

/** What became of a command that changes a message. `done`: WhatsApp has it. */
export const ChangeResultEvent = z.object({
  kind: z.literal('change_result'),
  change_id: z.uuid(),
  outcome: z.enum(['done', 'failed']),
  reason: FailureReason.optional(),
  detail: z.string().max(1000).optional(),
})
export type ChangeResultEvent = z.infer<typeof ChangeResultEvent>

/** What the engine found in the page: reported after each load, so that a renamed module is known the same day. */
export const ProbeEvent = z.object({
  kind: z.literal('probe'),
  engine: z.string().max(32),
  engine_version: z.string().max(64),
  page_version: z.string().max(64).nullable(),
  missing: z.array(z.string().max(128)).max(500),
  /** How ids were read: under their own name, found by value under another name, or not found. */
  ids: z.enum(['named', 'by_value', 'not_found']),
})

export const BotEventBody = z.discriminatedUnion('kind', [
  QrEvent,
  PairingCodeEvent,
  StateEvent,
  MessageEvent,
  AckEvent,
  SendResultEvent,
  MediaFailedEvent,
  ReactionEvent,
  EditEvent,
  RevokeEvent,
  ChangeResultEvent,
  ProbeEvent,
])
export type BotEventBody = z.infer<typeof BotEventBody>

/** One event in a bot's outbox. */
export const BotEvent = z.object({
  /** Unique for ever: the control plane's second line against doubles. */
  event_id: z.uuid(),
  /** Position in this volume's outbox; grows, may have holes. */
  seq: z.int().positive(),
  /** The epoch under which it was seen; 0 when the bot had none. State, QR and codes of an old epoch are not believed; messages are. */
  epoch: Epoch,
  /** The bot's wall clock, ISO 8601. For people; never for order or due times. */
  at: z.iso.datetime(),
  body: BotEventBody,
})
export type BotEvent = z.infer<typeof BotEvent>

const KINDS: ReadonlySet<string> = new Set(BotEventBody.options.map((option) => option.shape.kind.value))

/** An event of a kind that only a newer bot knows: it is taken, so that it blocks nothing, and nothing comes of it. */
export const NewerEvent = BotEvent.extend({
  body: z.looseObject({ kind: z.string().max(64) }).refine(({ kind }) => !KINDS.has(kind), 'is an event of a known kind'),
})
