import { z } from 'zod'

/** What a message says beside text and files: a place, people's cards, a question to choose an answer of. */

const Latitude = z.number().min(-90).max(90)
const Longitude = z.number().min(-180).max(180)
const line = (max: number) => z.string().trim().min(1).max(max)

/** WhatsApp's own limits. */
export const MAX_POLL_OPTIONS = 12
export const MAX_CONTACTS = 50
export const MAX_VCARD = 16_384

export const LocationContent = z.object({
  kind: z.literal('location'),
  latitude: Latitude,
  longitude: Longitude,
  name: z.string().max(1000).optional(),
  address: z.string().max(1000).optional(),
})
export type LocationContent = z.infer<typeof LocationContent>

export const ContactsContent = z.object({
  kind: z.literal('contacts'),
  contacts: z
    .array(z.object({ name: z.string().max(256), vcard: z.string().max(MAX_VCARD) }))
    .min(1)
    .max(MAX_CONTACTS),
})
export type ContactsContent = z.infer<typeof ContactsContent>

export const PollContent = z.object({
  kind: z.literal('poll'),
  question: z.string().max(1000),
  options: z.array(z.string().max(256)).max(MAX_POLL_OPTIONS),
  /** How many options one person may choose. */
  max_choices: z.int().min(1).max(MAX_POLL_OPTIONS),
})
export type PollContent = z.infer<typeof PollContent>

export const MessageContent = z.discriminatedUnion('kind', [LocationContent, ContactsContent, PollContent])
export type MessageContent = z.infer<typeof MessageContent>

const KINDS: ReadonlySet<unknown> = new Set(MessageContent.options.map((option) => option.shape.kind.value))
const isNewer = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string' && !KINDS.has(value.kind)

/** Content as somebody reports it: of a kind that only a newer side knows, the message is taken without it. */
export const ReportedContent = z.preprocess((value) => (isNewer(value) ? undefined : value), MessageContent.optional())

/** Content in words, for whoever looks at the body alone: lists, flows, older programs. */
export const textOfContent = (content: MessageContent): string => {
  switch (content.kind) {
    case 'location':
      return [content.name, content.address].filter(Boolean).join('\n')
    case 'contacts':
      return content.contacts.map(({ name }) => name).join(', ')
    case 'poll':
      return content.question
    default:
      return content satisfies never
  }
}

/** whatsapp-web.js's type of a message with such content. */
export const typeOfContent = (content: MessageContent): 'location' | 'vcard' | 'multi_vcard' | 'poll_creation' => {
  switch (content.kind) {
    case 'location':
      return 'location'
    case 'contacts':
      return content.contacts.length === 1 ? 'vcard' : 'multi_vcard'
    case 'poll':
      return 'poll_creation'
    default:
      return content satisfies never
  }
}

// What people send.

const vcard = z
  .string()
  .max(MAX_VCARD)
  .refine(
    (text) => /^\s*BEGIN:VCARD\r?\n/i.test(text) && /\r?\nEND:VCARD\s*$/i.test(text),
    'is not a vCard: it begins with BEGIN:VCARD and ends with END:VCARD',
  )
  .refine((text) => (text.match(/^BEGIN:VCARD\s*$/gim) ?? []).length < 2, 'holds more than one card: send each as a contact of its own')

const ContactToSend = z.union(
  [
    z.strictObject({
      name: line(256),
      phone: z.string().regex(/^\+?\d{6,20}$/, 'is digits with country code, for example 5511987654321'),
    }),
    z.strictObject({ vcard }),
  ],
  'is {"name", "phone"} or {"vcard"}',
)

export const sendableContent = {
  location: {
    type: z.literal('location'),
    latitude: Latitude,
    longitude: Longitude,
    name: line(1000).optional(),
    address: line(1000).optional(),
  },
  contact: { type: z.literal('contact'), contacts: z.array(ContactToSend).min(1).max(MAX_CONTACTS) },
  poll: {
    type: z.literal('poll'),
    question: line(255),
    options: z
      .array(line(100))
      .min(2)
      .max(MAX_POLL_OPTIONS)
      .refine((options) => new Set(options).size === options.length, 'names an option twice'),
    max_choices: z.int().min(1).max(MAX_POLL_OPTIONS).optional().describe('How many options one person may choose. Default: 1.'),
  },
} as const

/** A poll lets nobody choose more options than there are. */
export const pollFits = ({ options, max_choices = 1 }: { options: readonly string[]; max_choices?: number | undefined }): boolean =>
  max_choices <= options.length
export const POLL_MISFIT = { path: ['max_choices'], message: 'is more than there are options' }

type ToSend =
  | z.infer<z.ZodObject<(typeof sendableContent)['location']>>
  | z.infer<z.ZodObject<(typeof sendableContent)['contact']>>
  | z.infer<z.ZodObject<(typeof sendableContent)['poll']>>

/** What was asked to be sent, as content. */
export const contentToSend = (asked: ToSend): MessageContent => {
  switch (asked.type) {
    case 'location': {
      const { latitude, longitude, name, address } = asked
      return {
        kind: 'location',
        latitude,
        longitude,
        ...(name === undefined ? {} : { name }),
        ...(address === undefined ? {} : { address }),
      }
    }
    case 'contact':
      return {
        kind: 'contacts',
        contacts: asked.contacts.map((one) =>
          'vcard' in one ? { name: nameInVcard(one.vcard), vcard: one.vcard.trim() } : { name: one.name, vcard: vcardOf(one) },
        ),
      }
    case 'poll': {
      const { question, options, max_choices = 1 } = asked
      return { kind: 'poll', question, options, max_choices }
    }
    default:
      return asked satisfies never
  }
}

/** A vCard as phones write it; WhatsApp knows the person by `waid`. */
export const vcardOf = ({ name, phone }: { name: string; phone: string }): string => {
  const text = name.replaceAll(/[\\,;]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ')
  const digits = phone.replaceAll(/\D/g, '')
  return ['BEGIN:VCARD', 'VERSION:3.0', `N:;${text};;;`, `FN:${text}`, `TEL;type=CELL;waid=${digits}:+${digits}`, 'END:VCARD'].join('\n')
}

const unescaped = (text: string): string => text.replaceAll(/\\n/gi, ' ').replaceAll(/\\([\\,;:])/g, '$1')
/** Lines that were folded are whole again. */
const linesOf = (card: string): string[] => card.replaceAll(/\r?\n[ \t]/g, '').split(/\r?\n/)

/** Whose card it is; empty when it does not say. */
export const nameInVcard = (card: string): string => {
  const value = linesOf(card).find((each) => /^(?:[\w-]+\.)?FN[;:]/i.test(each))
  return value === undefined
    ? ''
    : unescaped(value.slice(value.indexOf(':') + 1))
        .trim()
        .slice(0, 256)
}

/** The phone numbers of a card, as they are written there. */
export const phonesInVcard = (card: string): string[] =>
  linesOf(card)
    .filter((each) => /^(?:[\w-]+\.)?TEL[;:]/i.test(each))
    .map((each) => each.slice(each.indexOf(':') + 1).trim())
    .filter((phone) => phone !== '')
