import { z } from 'zod'
import { BotId, Epoch, TenantId } from './ids.ts'
import { faultIssue } from './problem.ts'
import {
  AlertKind,
  BotState,
  DesiredState,
  EngineName,
  Expose,
  InstanceState,
  Severity,
  StateReason,
  Subscription,
  Transport,
  UnderWay,
} from './vocabulary.ts'
import { Pacing } from './pacing.ts'
import { At } from './text.ts'

/** The public API's resources, version 1. Base path. */
export const API_BASE = '/api/v1'
/** ISO 8601 in UTC. */
export const Tenant = z.object({
  id: TenantId,
  name: z.string(),
  external_id: z
    .string()
    .nullable()
    .describe('The caller’s own id for it (an existing system’s tenant id, for example); unique. A bot of yours may name it by this too.'),
  subscription: Subscription,
  time_zone: z.string().describe('As in the IANA database: America/Sao_Paulo.'),
  quiet_hour: z
    .int()
    .describe(
      'The hour (0 to 23, in its time zone) in which, or the next, what holds its bot up for a moment is done: a snapshot of its session.',
    ),
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

function addressFault(text: string): ReturnType<typeof faultIssue> | null {
  if (!URL.canParse(text)) return faultIssue('not_an_address', 'is not an address, for example https://bot.example.com')
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    return faultIssue('https_required', 'must begin with https:// (http:// is for loopback)')
  if (username !== '' || password !== '' || search !== '' || hash !== '')
    return faultIssue('address_with_extras', 'takes no user, query or fragment')
  return null
}

const hours = {
  time_zone: z.string().min(1).max(64).optional(),
  quiet_hour: z.int().min(0).max(23).optional(),
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
    ...hours,
    ...place,
  })
  .superRefine(checkPlace)
export type TenantCreate = z.infer<typeof TenantCreate>

export const TenantUpdate = z
  .strictObject({
    name: z.string().trim().min(1).max(200).optional(),
    external_id: z.string().min(1).max(200).nullable().optional(),
    subscription: Subscription.optional(),
    ...hours,
    ...place,
  })
  .superRefine(checkPlace)
export type TenantUpdate = z.infer<typeof TenantUpdate>

export const Bot = z.object({
  id: BotId,
  tenant_id: TenantId,
  engine: EngineName,
  desired: DesiredState,
  state: z
    .object({ state: BotState, reason: StateReason, detail: z.string().nullable(), at: At })
    .describe('What the bot itself last said. `at` is when it said so.'),
  alive: z.boolean().describe('The link is up and beats.'),
  under_way: UnderWay.nullable().describe(
    'What somebody wished for and is not there yet, for five minutes at most: that it is not `alive` meanwhile is no failure.',
  ),
  last_beat_at: At.nullable(),
  instance: z.object({ state: InstanceState, detail: z.string().nullable(), at: At.nullable() }).describe('What the driver says.'),
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

export const Alert = z.object({
  id: z.uuid(),
  kind: AlertKind,
  severity: Severity,
  tenant_id: TenantId.nullable(),
  tenant_name: z.string().nullable(),
  detail: z.string().nullable().describe('One line of facts for the person who looks.'),
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
  actor: z
    .string()
    .describe(
      '`person:<id>`, `key:<id>`, `pairing_link` for who was sent one, `failover` for what is done by itself, or `anyone` for who did not get in.',
    ),
  actor_name: z.string().nullable().describe('The person’s email or the key’s name.'),
  action: z.string().describe('A stable word, noun first: `tenant.create`, `bot.restart`.'),
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
  noun: z.enum(['tenant', 'bot', 'conversation', 'message', 'alert', 'flow', 'webhook', 'server']),
  id: z
    .string()
    .describe('The changed thing. For `message`: its conversation’s id; for `webhook`, something is told or changed in: the tenant’s.'),
  tenant_id: z.string().nullable(),
  version: z.string(),
})
export type Hint = z.infer<typeof Hint>
