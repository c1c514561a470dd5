import { z } from 'zod'
import { At } from './text.ts'
import { AlertKind, BotState, Severity, StateReason } from './vocabulary.ts'

/** What people do that shows in a bot's timeline; the words are the audit's. */
export const TimelineAction = z.enum([
  'tenant.create',
  'tenant.change',
  'bot.start',
  'bot.stop',
  'bot.restart',
  'snapshot.restore',
  'bot.pair',
  'bot.logout',
  'bot.remove',
  'bot.change',
  'bot.token.rotate',
  'pairing_link.create',
  'pairing_link.pair',
  'pairing_link.remove',
  'flow.publish',
  'flow.activate',
  'flow.deactivate',
])
export type TimelineAction = z.infer<typeof TimelineAction>

const entry = { id: z.string(), at: At }

/** One thing that happened to a tenant's bot: what it said of itself, what people asked for, what was wrong. */
export const TimelineEntry = z.discriminatedUnion('kind', [
  z.object({ ...entry, kind: z.literal('state'), state: BotState, reason: StateReason, detail: z.string().nullable() }),
  z.object({
    ...entry,
    kind: z.literal('asked'),
    action: TimelineAction,
    /** `person:<id>`, `key:<id>` or `pairing_link`. */
    actor: z.string(),
    /** The person's email or the key's name. */
    actor_name: z.string().nullable(),
  }),
  z.object({
    ...entry,
    kind: z.literal('alert'),
    alert: AlertKind,
    severity: Severity,
    detail: z.string().nullable(),
    count: z.int().positive(),
    resolved_at: At.nullable(),
  }),
])
export type TimelineEntry = z.infer<typeof TimelineEntry>

/** How a bot did between `from` and `to`. */
export const BotNumbers = z.object({
  from: At,
  to: At,
  /** The part of the time in which it was connected and beat, of a new bot since it was first connected; 0 to 1. Null before that. */
  uptime: z.number().min(0).max(1).nullable(),
  /** Since when it is connected; null when it is not. */
  connected_since: At.nullable(),
  /** From contacts. */
  received: z.int().nonnegative(),
  /** That WhatsApp took; what the owner typed on the phone is not among them. */
  sent: z.int().nonnegative(),
  /** Failed, or not sent in time. */
  failed: z.int().nonnegative(),
  /** Not yet at WhatsApp, or not known whether. */
  waiting: z.int().nonnegative(),
  /** From a contact's message being stored to the flow's reply being at WhatsApp, milliseconds; null when the flow answered nothing. */
  answer_ms: z.object({ p50: z.number().nonnegative(), p95: z.number().nonnegative() }).nullable(),
  /** The time in equal parts, oldest first. */
  parts: z.array(z.object({ at: At, received: z.int().nonnegative(), sent: z.int().nonnegative() })),
  /** What it said of itself, oldest first, each until the next. */
  states: z.array(z.object({ state: BotState, reason: StateReason, at: At })),
})
export type BotNumbers = z.infer<typeof BotNumbers>

/** `hours` back from now. */
export const NumbersQuery = z.object({ hours: z.coerce.number().int().min(1).max(168).default(24) })
