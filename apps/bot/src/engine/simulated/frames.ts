import { MessageContent } from '@zaptria/contract'
import { z } from 'zod'

/** The frames of the Lab's simulated device, as its README describes them: only what this client reads. */
const Me = z.object({ id: z.string(), number: z.string(), name: z.string() })
const Media = z.object({ id: z.string(), mimetype: z.string(), size: z.int(), filename: z.string().nullable(), filehash: z.string() })
export const WireMessage = z.object({
  id: z.string(),
  chat: z.string(),
  fromMe: z.boolean(),
  author: z.string().nullable(),
  type: z.string(),
  body: z.string(),
  t: z.int(),
  /** Order of arrival, over all chats. */
  seq: z.int(),
  ack: z.int(),
  name: z.string(),
  phone: z.string().nullable(),
  media: Media.nullable(),
  content: MessageContent.nullish(),
  quoted: z.object({ id: z.string() }).nullable(),
  reactions: z.array(z.object({ fromMe: z.boolean(), sender: z.string(), emoji: z.string(), at: z.int() })).optional(),
  editedAt: z.int().optional(),
  revokedAt: z.int().optional(),
})
export type WireMessage = z.infer<typeof WireMessage>
export const WireContact = z.object({ id: z.string(), phone: z.string().nullable(), lid: z.string().nullable() })
export type WireContact = z.infer<typeof WireContact>
const Chat = z.object({ id: z.string(), name: z.string(), t: z.int() })
export const Credentials = z.object({ device: z.string(), secret: z.string() })
export type Credentials = z.infer<typeof Credentials>

export const Down = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ref'), qr: z.string(), ttlMs: z.int() }),
  z.object({ type: z.literal('idle') }),
  z.object({ type: z.literal('pairing') }),
  z.object({ type: z.literal('passkey') }),
  z.object({ type: z.literal('paired'), credentials: Credentials }),
  z.object({
    type: z.literal('sync'),
    me: Me,
    contacts: z.array(WireContact),
    chats: z.array(Chat),
    /** Of the newest message then. */
    seq: z.int(),
  }),
  z.object({ type: z.literal('chat'), chat: Chat }),
  z.object({ type: z.literal('message'), message: WireMessage }),
  z.object({ type: z.literal('changed'), message: WireMessage }),
  z.object({ type: z.literal('ack'), chat: z.string(), id: z.string(), ack: z.int() }),
  z.object({ type: z.literal('contact'), contact: WireContact }),
  z.object({ type: z.literal('conflict') }),
  z.object({ type: z.literal('banned') }),
  z.object({ type: z.literal('logout'), reason: z.string() }),
  z.object({ type: z.literal('result'), request: z.int(), value: z.unknown() }),
  z.object({ type: z.literal('failure'), request: z.int(), error: z.string() }),
])
export type Down = z.infer<typeof Down>
