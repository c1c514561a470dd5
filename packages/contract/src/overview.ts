import { z } from 'zod'
import { Bot, Tenant } from './api.ts'

/* What an operator sees of all tenants at once: little of each, so that hundreds are one answer. */

/** Enough of a bot to say how it stands. */
export const OverviewBot = Bot.pick({
  id: true,
  desired: true,
  state: true,
  alive: true,
  under_way: true,
  last_beat_at: true,
  instance: true,
  number: true,
  name: true,
  transport: true,
})
export type OverviewBot = z.infer<typeof OverviewBot>

/** Who answers first: an active flow, a program that is told of what comes in (by a webhook, or because the bot is its own), or people alone. */
export const AnsweredBy = z.enum(['flow', 'program', 'people'])
export type AnsweredBy = z.infer<typeof AnsweredBy>

export const OverviewTenant = Tenant.pick({ id: true, name: true, external_id: true, subscription: true }).extend({
  /** Null when it has none. */
  bot: OverviewBot.nullable(),
  answered_by: AnsweredBy.describe(
    'Who answers first: an active `flow`, a `program` that is told of incoming messages by a webhook, or `people` alone: nothing answers by itself.',
  ),
  unread: z.int().describe('Conversations with something unread, of the 20 last spoken in.'),
  waiting: z.int().describe('Those of them in which a person answers, and not the bot.'),
})
export type OverviewTenant = z.infer<typeof OverviewTenant>

/** So many conversations of each tenant are looked at: 20 unread ones may be more. */
export const OVERVIEW_CONVERSATIONS = 20
/** At most so many tenants can be asked for by their ids. */
export const OVERVIEW_IDS = 100

export const OverviewQuery = z.object({
  tenants: z
    .string()
    .max(OVERVIEW_IDS * 37)
    .optional()
    .describe(`Only these: ids with commas between, at most ${OVERVIEW_IDS}. Who is not in the answer is not there any more.`),
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(2000),
})
