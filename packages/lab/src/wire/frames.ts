import { z } from 'zod'
import type { Content, MessageType, Reaction } from '../domain/types.ts'

/** The frames between a client (page or simulated device) and the Lab; packages/lab/README.md describes them. */

const ChatStateFrame = z.enum(['typing', 'recording', 'paused'])

const text = (max: number) => z.string().min(1).max(max)

/** What WhatsApp takes, and no more. */
export const ContentFrame = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('location'),
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: text(1000).optional(),
    address: text(1000).optional(),
  }),
  z.object({
    kind: z.literal('contacts'),
    contacts: z
      .array(z.object({ name: z.string(), vcard: z.string().regex(/^BEGIN:VCARD\r?\n[^]*\nEND:VCARD\s*$/, 'is not a vCard') }))
      .min(1)
      .max(257),
  }),
  z
    .object({
      kind: z.literal('poll'),
      question: text(255),
      options: z.array(text(100)).min(2).max(12),
      max_choices: z.int().min(1),
    })
    .refine(({ options }) => new Set(options).size === options.length, 'an option is there twice')
    .refine(({ options, max_choices }) => max_choices <= options.length, 'more choices than options'),
])

export const Outgoing = z.object({
  id: z.string().min(8),
  chat: z.string(),
  body: z.string(),
  type: z.string().optional(),
  content: ContentFrame.optional(),
  quoted: z.string().optional(),
  /** The device's own clock, Unix seconds: for its own list of what is pending. The server stamps messages by its own. */
  t: z.number().optional(),
  media: z
    .object({ id: z.string().optional(), data: z.string().optional(), mimetype: z.string(), filename: z.string().nullish() })
    .optional(),
})
export type Outgoing = z.infer<typeof Outgoing>

export const Keys = z.object({ noise: z.string(), identity: z.string(), adv: z.string(), platform: z.string() })
export type Keys = z.infer<typeof Keys>

export const Credentials = z.object({ device: z.string(), secret: z.string() })
export type Credentials = z.infer<typeof Credentials>

const request = z.int()

export const Up = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.literal(1),
    credentials: Credentials.nullable(),
    keys: Keys.optional(),
    name: z.string().optional(),
    /** How many messages its local store has counted. */
    counter: z.int().optional(),
    /** The page was already synced in this load: what it missed comes as messages. */
    resume: z.int().optional(),
  }),
  /** As many messages are counted in its local store now. */
  z.object({ type: z.literal('counted'), counter: z.int() }),
  z.object({ type: z.literal('refresh_qr') }),
  z.object({ type: z.literal('pairing_code'), request, phone: z.string() }),
  z.object({ type: z.literal('send'), message: Outgoing }),
  z.object({ type: z.literal('seen'), chat: z.string() }),
  z.object({ type: z.literal('chatstate'), chat: z.string(), state: ChatStateFrame }),
  z.object({ type: z.literal('history'), request, chat: z.string(), before: z.string().nullish(), limit: z.int().min(1).max(500) }),
  z.object({ type: z.literal('lookup'), request, chat: z.string(), id: z.string() }),
  z.object({
    type: z.literal('change'),
    request,
    chat: z.string(),
    id: z.string(),
    fromMe: z.boolean(),
    deed: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('react'), emoji: z.string() }),
      z.object({ kind: z.literal('edit'), body: z.string().min(1) }),
      z.object({ kind: z.literal('revoke') }),
    ]),
  }),
  z.object({ type: z.literal('exists'), request, id: z.string() }),
  z.object({ type: z.literal('logout'), request }),
  z.object({ type: z.literal('takeover') }),
  z.object({ type: z.literal('report'), kind: z.enum(['unknown_module', 'unsupported_module', 'error']), name: z.string() }),
])
export type Up = z.infer<typeof Up>

/** How far a message of the account's came. */
export type WireAck = { chat: string; id: string; ack: number }
export type WireMe = { id: string; lid: string; number: string; name: string }
export type WireContact = { id: string; phone: string | null; lid: string | null; name: string; group: boolean }
export type WireMedia = {
  id: string
  mimetype: string
  size: number
  filename: string | null
  filehash: string
  width: number | null
  height: number | null
}
export type WireMessage = {
  id: string
  chat: string
  fromMe: boolean
  author: string | null
  from: string
  to: string
  type: MessageType
  body: string
  t: number
  ack: number
  via: 'contact' | 'phone' | 'device'
  name: string
  phone: string | null
  media: WireMedia | null
  content: Content | null
  quoted: { id: string; body: string; fromMe: boolean; author: string; type: MessageType } | null
  seq: number
  changedSeq?: number
  reactions?: Reaction[]
  editedAt?: number
  revokedAt?: number
}
export type WireChat = { id: string; name: string; unread: number; t: number; participants: string[]; last: WireMessage | null }
export type LogoutReason = 'phone' | 'command' | 'unknown_device' | 'banned'

export type Down =
  | { type: 'ref'; ref: string; qr: string; ttlMs: number }
  | { type: 'idle' }
  | { type: 'pairing' }
  | { type: 'passkey' }
  | { type: 'paired'; credentials: Credentials; me: WireMe }
  | {
      type: 'sync'
      me: WireMe
      contacts: WireContact[]
      chats: WireChat[]
      seq: number
      missed: WireMessage[] | null
      acks: WireAck[]
      silent: boolean
    }
  | { type: 'chat'; chat: Omit<WireChat, 'last'> }
  | { type: 'message'; message: WireMessage; unread: number }
  /** The whole message, as it is now. */
  | { type: 'changed'; message: WireMessage }
  | { type: 'ack'; chat: string; id: string; ack: number }
  | { type: 'unread'; chat: string; unread: number }
  | { type: 'contact'; contact: WireContact }
  | { type: 'chatstate'; chat: string; state: 'typing' | 'recording' | 'paused' }
  | { type: 'conflict' }
  | { type: 'banned' }
  | { type: 'reload' }
  | { type: 'logout'; reason: LogoutReason }
  | { type: 'result'; request: number; value: unknown }
  | { type: 'failure'; request: number; error: string }
