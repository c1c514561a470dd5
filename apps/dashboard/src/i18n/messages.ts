import { alerts } from './messages/alerts.ts'
import { bot } from './messages/bot.ts'
import { common } from './messages/common.ts'
import { connect } from './messages/connect.ts'
import { conversations } from './messages/conversations.ts'
import { design } from './messages/design.ts'
import { details } from './messages/details.ts'
import { errors } from './messages/errors.ts'
import { flow } from './messages/flow.ts'
import { pairing } from './messages/pairing.ts'
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
  ...design,
  ...details,
  ...errors,
  ...flow,
  ...pairing,
  ...session,
  ...settings,
  ...tenants,
  ...webhooks,
}

export type MessageId = keyof typeof MESSAGES
