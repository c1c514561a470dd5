import { alerts } from './messages/alerts.ts'
import { apiReference } from './messages/api-reference.ts'
import { bot } from './messages/bot.ts'
import { common } from './messages/common.ts'
import { connect } from './messages/connect.ts'
import { conversations } from './messages/conversations.ts'
import { design } from './messages/design.ts'
import { details } from './messages/details.ts'
import { errors } from './messages/errors.ts'
import { faults } from './messages/faults.ts'
import { flow } from './messages/flow.ts'
import { flowChanges } from './messages/flow-changes.ts'
import { flowEditor } from './messages/flow-editor.ts'
import { flowPicture } from './messages/flow-picture.ts'
import { overview } from './messages/overview.ts'
import { pairing } from './messages/pairing.ts'
import { palette } from './messages/palette.ts'
import { quickReplies } from './messages/quick-replies.ts'
import { session } from './messages/session.ts'
import { settings } from './messages/settings.ts'
import { snapshots } from './messages/snapshots.ts'
import { tenants } from './messages/tenants.ts'
import { timeline } from './messages/timeline.ts'
import { webhooks } from './messages/webhooks.ts'

/** Every text of the dashboard. */
export const MESSAGES = {
  ...alerts,
  ...apiReference,
  ...bot,
  ...common,
  ...connect,
  ...conversations,
  ...design,
  ...details,
  ...errors,
  ...faults,
  ...flow,
  ...flowChanges,
  ...flowEditor,
  ...flowPicture,
  ...overview,
  ...pairing,
  ...palette,
  ...quickReplies,
  ...session,
  ...settings,
  ...snapshots,
  ...tenants,
  ...timeline,
  ...webhooks,
}

export type MessageId = keyof typeof MESSAGES
