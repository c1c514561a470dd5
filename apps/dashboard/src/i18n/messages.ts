import { alerts } from './messages/alerts.ts'
import { bot } from './messages/bot.ts'
import { common } from './messages/common.ts'
import { connect } from './messages/connect.ts'
import { conversations } from './messages/conversations.ts'
import { details } from './messages/details.ts'
import { errors } from './messages/errors.ts'
import { flow } from './messages/flow.ts'
import { pairing } from './messages/pairing.ts'
import { quickReplies } from './messages/quick-replies.ts'
import { session } from './messages/session.ts'
import { settings } from './messages/settings.ts'
import { tenants } from './messages/tenants.ts'
import { webhooks } from './messages/webhooks.ts'

/** Every text of the dashboard. */
export const MESSAGES = {
  ...alerts,
  ...bot,
  ...common,
  ...connect,
  ...conversations,
  ...details,
  ...errors,
  ...flow,
  ...pairing,
  ...quickReplies,
  ...session,
  ...settings,
  ...tenants,
  ...webhooks,
}

export type MessageId = keyof typeof MESSAGES
