import { z } from 'zod'
import { MessageContent, sendableContent } from './content.ts'
import { Jid, MediaInfo } from './events.ts'
import { Flow } from './flow.ts'
import { BotId, ConversationId, Epoch, FlowVersionId, MessageId, TenantId } from './ids.ts'
import {
  AlertKind,
  Answering,
  BotState,
  ChangeKind,
  ChangeStatus,
  DesiredState,
  EngineName,
  Expose,
  FailureReason,
  InstanceState,
  MediaFailure,
  MediaKind,
  MediaState,
  MessageAuthor,
  MessageStatus,
  Severity,
  StateReason,
  Subscription,
  Transport,
} from './vocabulary.ts'
import { Pacing } from './link.ts'
import { filled } from './text.ts'

/** The public API's resources, version 1. Base path. */
export const API_BASE = '/api/v1'
/** ISO 8601 in UTC. */
const At = z.iso.datetime()

export const Tenant = z.object({
  id: TenantId,
  name: z.string(),
  /** The caller's own id for it (an existing system's tenant id, for example); unique. It also works in the seed's webhook paths. */
  external_id: z.string().nullable(),
  subscription: Subscription,
  created_at: At,
  updated_at: At,
})
export type Tenant = z.infer<typeof Tenant>

/** A host that only this machine can mean: there plain http is nobody else's to read. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)

/** A foreign bot's base address; its `POST /send` is below it. The token travels there, hence https. */
export const BotAddress = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    const fault = addressFault(text)
    if (fault !== null) context.addIssue(fault)
  })

function addressFault(text: string): string | null {
  if (!URL.canParse(text)) return 'is not an address, for example https://bot.example.com'
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) return 'must begin with https:// (http:// is for loopback)'
  if (username !== '' || password !== '' || search !== '' || hash !== '') return 'takes no user, query or fragment'
  return null
}

/** Where the bot is, said when it is made. */
const place = {
  transport: Transport.optional().describe('`link` (the default): we run the bot. `http`: it is a bot of yours, at `public_url`.'),
  public_url: BotAddress.optional().describe('The base address of a bot of yours: messages are posted to `{public_url}/send`.'),
}
type Place = { transport?: Transport | undefined; public_url?: string | undefined; subscription?: Subscription | undefined }

function checkPlace({ transport, public_url, subscription }: Place, context: z.core.$RefinementCtx): void {
  const fault = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
  if (transport === 'http' && public_url === undefined) fault('public_url', 'is needed with transport "http"')
  if (transport !== 'http' && public_url !== undefined) fault('public_url', 'goes with transport "http" only')
  if (transport === 'http' && subscription !== 'paid') fault('transport', 'is said when the bot is made: together with subscription "paid"')
}

export const TenantCreate = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    external_id: z.string().min(1).max(200).optional(),
    subscription: Subscription.default('past_due'),
    ...place,
  })
  .superRefine(checkPlace)
export type TenantCreate = z.infer<typeof TenantCreate>

export const TenantUpdate = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    external_id: z.string().min(1).max(200).nullable().optional(),
    subscription: Subscription.optional(),
    ...place,
  })
  .superRefine(checkPlace)
export type TenantUpdate = z.infer<typeof TenantUpdate>

export const Bot = z.object({
  id: BotId,
  tenant_id: TenantId,
  engine: EngineName,
  desired: DesiredState,
  /** What the bot itself last said. `at` is when it said so. */
  state: z.object({ state: BotState, reason: StateReason, detail: z.string().nullable(), at: At }),
  /** The link is up and beats. */
  alive: z.boolean(),
  last_beat_at: At.nullable(),
  /** What the driver says. */
  instance: z.object({ state: InstanceState, detail: z.string().nullable(), at: At.nullable() }),
  number: z.string().nullable(),
  name: z.string().nullable(),
  epoch: Epoch,
  container_name: z.string(),
  server: z.string(),
  expose: Expose,
  public_url: z.string().nullable(),
  pacing: Pacing,
  transport: Transport,
  page_version: z.string().nullable(),
  created_at: At,
  updated_at: At,
})
export type Bot = z.infer<typeof Bot>

/** What people may set. What is stored may be older and beyond it. */
export const PacingUpdate = z
  .strictObject({
    enabled: z.boolean(),
    min_gap_ms: z.int().min(0).max(60_000),
    jitter_ms: z.int().min(0).max(60_000),
    per_minute: z.int().min(1).max(600),
    typing_max_ms: z.int().min(0).max(30_000),
  })
  .partial()
export const BotUpdate = z.strictObject({
  expose: Expose.optional(),
  pacing: PacingUpdate.optional(),
  transport: Transport.optional().describe('To `http`: our instance goes, its volume stays. Back to `link`: it comes back.'),
  public_url: BotAddress.optional().describe('The base address of a bot of yours; needed when `transport` becomes `http`.'),
})
export type BotUpdate = z.infer<typeof BotUpdate>

/** The live QR. `qr_code` is the raw string to draw; null with the state that says why there is none. */
export const BotQr = z.object({
  qr_code: z.string().nullable(),
  expires_at: At.nullable(),
  pairing_code: z.string().nullable(),
  state: BotState,
  reason: StateReason,
})
export type BotQr = z.infer<typeof BotQr>

export const BotPair = z.strictObject({ phone: z.string().optional() })
/** Shown once. */
export const BotToken = z.object({ bot_token: z.string(), version: z.int() })
export const StateHistoryEntry = z.object({
  id: z.string(),
  state: BotState,
  reason: StateReason,
  detail: z.string().nullable(),
  at: At,
})
export type StateHistoryEntry = z.infer<typeof StateHistoryEntry>
export const BotStats = z.object({
  memory_bytes: z.int().nullable(),
  cpu_ratio: z.number().nullable(),
  processes: z.int().nullable(),
  uptime_s: z.number().nullable(),
  at: At,
})
export type BotStats = z.infer<typeof BotStats>
export const LogLine = z.object({ at: At.nullable(), line: z.string() })
export type LogLine = z.infer<typeof LogLine>

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
  /** Set when the bot comes back by itself. */
  bot_resumes_at: At.nullable(),
  stuck: z.boolean(),
  unread: z.int(),
  last_message: z.object({ body: z.string(), from_me: z.boolean(), at: At, type: z.string() }).nullable(),
  updated_at: At,
})
export type Conversation = z.infer<typeof Conversation>

/** Media of a message: what is known of it, and whether its bytes can be had at GET …/messages/{id}/media. */
export const MessageMedia = MediaInfo.extend({
  kind: MediaKind,
  state: MediaState,
  failure: MediaFailure.nullable(),
  /** Its bytes are not what they were said to be: they are offered for download alone. */
  mismatch: z.boolean(),
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
  /** Its first 300 characters. */
  body: z.string(),
  type: z.string(),
})
export type QuotedMessage = z.infer<typeof QuotedMessage>

/** Somebody's emoji on a message. */
export const MessageReaction = z.object({
  emoji: z.string(),
  /** Of this number, whoever sent it: a person here, a program, the owner on the phone. */
  from_me: z.boolean(),
  /** In a group, who: as WhatsApp names them. Null between two. */
  sender: Jid.nullable(),
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
  /** WhatsApp's own time for it; for an outgoing one, when it was written. */
  at: At,
  /** One per person at most. */
  reactions: z.array(MessageReaction),
  /** When its text became what it is now. */
  edited_at: At.nullable(),
  /** When it was deleted for everyone: what it held is shown no more. */
  deleted_at: At.nullable(),
  change: MessageChange.nullable(),
  /** When a scheduled one goes into the queue. */
  send_at: At.nullable(),
  /** An outgoing one that has not left by then is not sent any more. */
  expires_at: At.nullable(),
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
const file = {
  ...sending,
  type: MediaKind,
  media_id: z.uuid().describe('Of a file that was uploaded with POST …/media.'),
  caption: z.string().max(65_536).optional(),
}
const location = { ...sendableContent.location, ...sending }
const contact = { ...sendableContent.contact, ...sending }
const poll = { ...sendableContent.poll, ...sending }
const to = z.string().min(3).max(256)
export const MessageSend = z.discriminatedUnion('type', [
  z.strictObject(text),
  z.strictObject(file),
  z.strictObject(location),
  z.strictObject(contact),
  z.strictObject(poll),
])
export type MessageSend = z.infer<typeof MessageSend>
/** To a phone number or JID, making the conversation when it is new. */
export const MessageSendTo = z.discriminatedUnion('type', [
  z.strictObject({ to, ...text }),
  z.strictObject({ to, ...file }),
  z.strictObject({ to, ...location }),
  z.strictObject({ to, ...contact }),
  z.strictObject({ to, ...poll }),
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

export const FlowVersion = z.object({
  id: FlowVersionId,
  version: z.int().positive(),
  active: z.boolean(),
  flow: Flow,
  created_at: At,
})
export type FlowVersion = z.infer<typeof FlowVersion>

export const Alert = z.object({
  id: z.uuid(),
  kind: AlertKind,
  severity: Severity,
  tenant_id: TenantId.nullable(),
  tenant_name: z.string().nullable(),
  /** One line of facts for the person who looks. */
  detail: z.string().nullable(),
  count: z.int().positive(),
  raised_at: At,
  last_at: At,
  resolved_at: At.nullable(),
})
export type Alert = z.infer<typeof Alert>

/** Who did what through the API, and when. Never a secret, never a message's words. */
export const AuditEntry = z.object({
  id: z.string(),
  at: At,
  /** `person:<id>`, `key:<id>`, or `anyone` for who did not get in. */
  actor: z.string(),
  /** The person's email or the key's name. */
  actor_name: z.string().nullable(),
  /** A stable word, noun first: `tenant.create`, `bot.restart`. */
  action: z.string(),
  tenant_id: TenantId.nullable(),
  tenant_name: z.string().nullable(),
  detail: z.record(z.string(), z.unknown()),
})
export type AuditEntry = z.infer<typeof AuditEntry>

export const ApiKey = z.object({ id: z.uuid(), name: z.string(), prefix: z.string(), created_at: At, last_used_at: At.nullable() })
export type ApiKey = z.infer<typeof ApiKey>
export const ApiKeyCreate = z.strictObject({ name: z.string().trim().min(1).max(100) })
/** The key itself is shown once, here. */
export const ApiKeyCreated = ApiKey.extend({ key: z.string() })

/** Cursor pagination: pass `next` back as `cursor`; null = the end. */
export const page = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next: z.string().nullable() })
export type Page<T> = { items: T[]; next: string | null }
export const PageQuery = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})

/** A live hint: "this changed, fetch it again". Sent as SSE `event: hint`. Versions only grow; on reconnect the client refetches what it shows. */
export const Hint = z.object({
  noun: z.enum(['tenant', 'bot', 'conversation', 'message', 'alert', 'flow', 'webhook']),
  /** The changed thing. For `message`: its conversation's id; for `webhook`, something is told or changed in: the tenant's. */
  id: z.string(),
  tenant_id: z.string().nullable(),
  version: z.string(),
})
export type Hint = z.infer<typeof Hint>
