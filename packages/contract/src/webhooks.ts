import { z } from 'zod'
import { Conversation, Message, MessageReaction } from './conversations.ts'
import { BotId, TenantId } from './ids.ts'
import { faultIssue } from './problem.ts'
import { BotState, StateReason } from './vocabulary.ts'

/**
 * What a webhook can tell.
 *
 * - `message.received`: a contact (or somebody in a group) wrote.
 * - `message.queued`: a flow, a person or the API wrote; it waits to be sent, or, `scheduled`, for its time.
 * - `message.sent`: WhatsApp has a message of this number, or the owner wrote it on the phone. `data.status` says how far it is.
 * - `message.status`: a message of this number came further (`delivered`, `read`), or will not be sent (`failed`, `expired`, `cancelled`), or
 *   nobody knows (`unknown`).
 * - `message.reaction`: somebody put an emoji on a message, changed it, or took it back. `data.reaction` is that one (`emoji` empty: taken
 *   back), `data.reactions` are all.
 * - `message.edited`: a message has another text.
 * - `message.deleted`: a message was deleted for everyone. What it held is not told.
 * - `message.media`: the file of a message has come (`data.media.state` is `stored`), or will not (`failed`).
 * - `conversation.answering`: from now on the bot answers, or a person does.
 * - `bot.state`: the bot's state or its reason changed.
 * - `webhook.test`: somebody pressed the button. Goes to that endpoint only, whatever it listens to.
 */
export const WebhookEventType = z.enum([
  'message.received',
  'message.queued',
  'message.sent',
  'message.status',
  'message.reaction',
  'message.edited',
  'message.deleted',
  'message.media',
  'conversation.answering',
  'bot.state',
  'webhook.test',
])
export type WebhookEventType = z.infer<typeof WebhookEventType>
export const WebhookSubscription = WebhookEventType.exclude(['webhook.test'])
export type WebhookSubscription = z.infer<typeof WebhookSubscription>

/** A message as the API shows it, and whose conversation it is in. */
export const WebhookMessage = Message.extend({ contact: Conversation.shape.contact })
export const WebhookBotState = z.object({
  bot_id: BotId,
  state: BotState,
  reason: StateReason,
  detail: z.string().nullable(),
  number: z.string().nullable(),
  name: z.string().nullable(),
  at: z.iso.datetime(),
})

const told = <T extends string, D extends z.ZodType>(type: T, data: D) =>
  z.object({ type: z.literal(type), timestamp: z.iso.datetime().describe('When it happened.'), tenant_id: TenantId, data })

/** The body of a webhook. More types and fields may come: ignore what you do not know. */
export const WebhookPayload = z.discriminatedUnion('type', [
  told('message.received', WebhookMessage),
  told('message.queued', WebhookMessage),
  told('message.sent', WebhookMessage),
  told('message.status', WebhookMessage),
  told('message.reaction', WebhookMessage.extend({ reaction: MessageReaction })),
  told('message.edited', WebhookMessage),
  told('message.deleted', WebhookMessage),
  told('message.media', WebhookMessage),
  told('conversation.answering', Conversation.omit({ unsent: true })),
  told('bot.state', WebhookBotState),
  told('webhook.test', z.object({ message: z.string() })),
])
export type WebhookPayload = z.infer<typeof WebhookPayload>

/** The headers of Standard Webhooks 1.0.0. */
export const WEBHOOK_HEADERS = { id: 'webhook-id', timestamp: 'webhook-timestamp', signature: 'webhook-signature' } as const
/** After a rotation the old secret signs as well for so long. */
export const WEBHOOK_OVERLAP_HOURS = 24
export const MAX_WEBHOOKS_PER_TENANT = 20

/** Why an endpoint gets nothing: somebody said so; it answered 410; nothing succeeded for five days. */
export const WebhookDisabledReason = z.enum(['by_request', 'gone', 'failing'])
export type WebhookDisabledReason = z.infer<typeof WebhookDisabledReason>

/** Https; which hosts and whether plain http to this machine are allowed is the installation's to say. */
export const WebhookUrl = z
  .string()
  .max(2000)
  .superRefine((text, context) => {
    if (!URL.canParse(text))
      return context.addIssue(faultIssue('not_an_address', 'is not an address, for example https://app.example.com/webhooks'))
    const { protocol, username, password, hash } = new URL(text)
    if (protocol !== 'https:' && protocol !== 'http:') return context.addIssue(faultIssue('https_required', 'must begin with https://'))
    if (username !== '' || password !== '' || hash !== '')
      return context.addIssue(faultIssue('address_with_extras', 'takes no user and no fragment'))
    return undefined
  })

export const WebhookEndpoint = z.object({
  id: z.uuid(),
  url: z.string(),
  description: z.string(),
  events: z.array(WebhookSubscription).nullable().describe('What it is told; null: everything, also what a later version adds.'),
  enabled: z.boolean(),
  disabled: z.object({ reason: WebhookDisabledReason, at: z.iso.datetime() }).nullable(),
  failing_since: z.iso.datetime().nullable().describe('The first failure since the last success.'),
  old_secret_until: z.iso.datetime().nullable().describe('Until then the secret before the last rotation signs as well.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>

const description = z.string().trim().max(200)
const events = z
  .array(WebhookSubscription)
  .min(1)
  .refine((list) => new Set(list).size === list.length, 'names one twice')
  .nullable()

export const WebhookCreate = z.strictObject({ url: WebhookUrl, description: description.default(''), events: events.default(null) })
export type WebhookCreate = z.infer<typeof WebhookCreate>
export const WebhookUpdate = z.strictObject({
  url: WebhookUrl.optional(),
  description: description.optional(),
  events: events.optional(),
  enabled: z.boolean().optional(),
})
export type WebhookUpdate = z.infer<typeof WebhookUpdate>
/** The secret, `whsec_…`, is shown once: here. */
export const WebhookWithSecret = WebhookEndpoint.extend({ secret: z.string() })

export const WebhookDeliveryStatus = z.enum(['pending', 'succeeded', 'failed'])
export type WebhookDeliveryStatus = z.infer<typeof WebhookDeliveryStatus>

export const WebhookAttempt = z.object({
  at: z.iso.datetime(),
  status: z.int().nullable().describe('The HTTP status; null when there was no answer.'),
  duration_ms: z.int().nonnegative(),
  error: z.string().nullable().describe('Why it does not count; null when it does.'),
  response: z.string().nullable().describe('How the answer’s body begins.'),
})
export type WebhookAttempt = z.infer<typeof WebhookAttempt>

/** One event's way to one endpoint. */
export const WebhookDelivery = z.object({
  id: z.string(),
  event_id: z.uuid().describe('The webhook-id header.'),
  type: WebhookEventType,
  status: WebhookDeliveryStatus,
  due_at: z.iso.datetime().nullable().describe('When the next attempt is due; null when there is none to come.'),
  attempts: z.array(WebhookAttempt).describe('The latest ones, oldest first.'),
  created_at: z.iso.datetime(),
})
export type WebhookDelivery = z.infer<typeof WebhookDelivery>
export const WebhookDeliveryWithPayload = WebhookDelivery.extend({ payload: WebhookPayload })
export const WebhookReplay = z.strictObject({ since: z.iso.datetime({ offset: true }).describe('Of what was told since then.') })
export const WebhookReplayed = z.object({ replayed: z.int().nonnegative() })
