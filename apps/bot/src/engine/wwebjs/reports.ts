import { z } from 'zod'

/** Cut to the wire's sizes later, for every engine. */
const PageContent = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('location'),
    latitude: z.number(),
    longitude: z.number(),
    name: z.string().optional(),
    address: z.string().optional(),
  }),
  z.object({ kind: z.literal('contacts'), contacts: z.array(z.object({ name: z.string(), vcard: z.string() })) }),
  z.object({ kind: z.literal('poll'), question: z.string(), options: z.array(z.string()), max_choices: z.int() }),
])

/** What the page says, parsed at the border: its objects are another program's. */
export const PageMessage = z.object({
  waId: z.string().min(1).max(256),
  chatId: z.string().min(3).max(256),
  fromMe: z.boolean(),
  sender: z.string().min(3).max(256),
  phone: z.string().nullable(),
  lid: z.string().nullable(),
  body: z.string().transform((body) => body.slice(0, 65_536)),
  timestamp: z.int().nonnegative(),
  rowId: z.int().nullable(),
  receivedMs: z.int().nullable(),
  type: z.string().transform((type) => type.slice(0, 64)),
  ack: z.int(),
  pushName: z
    .string()
    .transform((name) => name.slice(0, 256))
    .nullable(),
  subject: z
    .string()
    .transform((subject) => subject.slice(0, 256))
    .nullable(),
  quoted: z.string().nullable(),
  media: z
    .object({
      mimetype: z.string().transform((type) => type.slice(0, 256)),
      filename: z
        .string()
        .transform((name) => name.slice(0, 512))
        .nullable(),
      size: z.int().nonnegative().nullable(),
      filehash: z.string().nullable(),
    })
    .nullable(),
  // Without its place the message is still a message.
  content: PageContent.nullable().catch(null),
})
export type PageMessage = z.infer<typeof PageMessage>

const about = {
  target: z.object({
    waId: z.string().min(1).max(256),
    chatId: z.string().min(3).max(256),
    fromMe: z.boolean(),
    sender: z.string().min(3).max(256),
  }),
  aliasChatId: z.string().nullable(),
  fromMe: z.boolean(),
  sender: z.string().min(3).max(256),
  timestampMs: z.int().nonnegative(),
}
export const PageChange = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('reaction'), ...about, emoji: z.string().max(64) }),
  z.object({ kind: z.literal('edit'), ...about, body: z.string().transform((body) => body.slice(0, 65_536)) }),
  z.object({ kind: z.literal('revoke'), ...about }),
])
export type PageChange = z.infer<typeof PageChange>

export const Report = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('socket'), state: z.string() }),
  z.object({ kind: z.literal('logout') }),
  z.object({ kind: z.literal('passkey') }),
  z.object({ kind: z.literal('unreadable'), type: z.string() }),
  z.object({ kind: z.literal('message'), message: PageMessage }),
  z.object({ kind: z.literal('change'), change: PageChange }),
  z.object({ kind: z.literal('ack'), waId: z.string().min(1), chatId: z.string().min(3), ack: z.int().min(-1).max(4) }),
])
export type Report = z.infer<typeof Report>
