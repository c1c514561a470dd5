import { z } from 'zod'
import { ReportedContent } from './content.ts'
import { filled } from './text.ts'
import { BotState } from './vocabulary.ts'

/** The seed's HTTP contract between a bot and a dashboard. Fields stay as they are; we only add. */
export const SEED_TOKEN_HEADER = 'x-bot-token'
export const seedPath = (tenant: string, what: 'qr' | 'status' | 'incoming'): string =>
  `/api/tenants/${encodeURIComponent(tenant)}/whatsapp/${what}`

const added = { event_id: z.string().max(128).optional() }

/** Body limit of the seed's endpoints. */
export const SEED_MAX_BODY_BYTES = 1024 * 1024

export const SeedQr = z.object({ qr_code: z.string().min(1).max(4096), timestamp: z.iso.datetime({ offset: true }), ...added })
export type SeedQr = z.infer<typeof SeedQr>

/** `connected` or `disconnected`, on entering or leaving connected. */
export const SeedStatus = z.object({
  status: z.enum(['connected', 'disconnected']),
  number: z.string().max(32).nullish(),
  name: z.string().max(256).nullish(),
  reason: z.string().max(1000).nullish(),
  timestamp: z.iso.datetime({ offset: true }),
  state: BotState.optional(),
  ...added,
})
export type SeedStatus = z.infer<typeof SeedStatus>

export const SeedIncoming = z.object({
  /** `<number>@c.us`; LIDs resolved when known. */
  from: z.string().min(3).max(256),
  body: z.string().max(65_536),
  /** Integer Unix seconds, before the year 2100: milliseconds are a mistake that is often made. */
  timestamp: z.int().nonnegative().max(4_102_444_800, 'is in Unix seconds, not in milliseconds'),
  /** whatsapp-web.js's types. */
  type: z.string().max(64),
  message_id: z.string().max(256).optional(),
  chat_id: z.string().max(256).optional(),
  push_name: z.string().max(256).optional(),
  from_me: z.boolean().optional(),
  quoted: z.string().max(256).optional(),
  media: z.looseObject({ mimetype: z.string() }).optional(),
  /** A location, contact cards or a poll, in our words. */
  content: ReportedContent.optional(),
  ...added,
})
export type SeedIncoming = z.infer<typeof SeedIncoming>

/** The bot's own `POST /send`. `to`: digits, `<digits>@c.us`, `…@lid` or `…@g.us`. */
export const SeedSend = z.object({
  token: z.string().min(1).max(1024),
  to: z.string().min(3).max(256),
  message: filled(65_536),
})
export type SeedSend = z.infer<typeof SeedSend>

/** The bot's own `POST /pair`. With `phone` (digits) a pairing code is asked for instead of a QR. */
export const SeedPair = z.object({
  token: z.string().min(1).max(1024),
  phone: z
    .string()
    .regex(/^\d{6,20}$/)
    .optional(),
})
export type SeedPair = z.infer<typeof SeedPair>

/** `GET /health`. 200 healthy once the engine's process is up, waiting for a scan included; 503 starting before. */
export const SeedHealth = z.object({ status: z.enum(['healthy', 'starting']), uptime: z.number(), timestamp: z.iso.datetime() })
export type SeedHealth = z.infer<typeof SeedHealth>
