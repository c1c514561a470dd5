import type { FieldMistake, Problem } from './problem.ts'

/** One catalogue of what the API can answer in error: code, status, message, hint. Messages are English; the dashboard translates by code. */
export const ERRORS = {
  bad_request: [400, 'The request could not be read.', 'Send JSON with Content-Type: application/json.'],
  validation_failed: [400, 'Some fields are not as they should be.', 'See `errors`: each names the field and what is wrong with it.'],
  unauthorized: [401, 'You are not signed in, or the key is not valid.', 'Send `Authorization: Bearer <API key>` or sign in.'],
  bot_token_invalid: [
    401,
    'The bot token is not valid for this tenant.',
    'Send the tenant’s current token in X-Bot-Token; rotating makes the old one invalid.',
  ],
  forbidden: [403, 'This account may not do that.', 'Ask an operator.'],
  not_found: [404, 'There is nothing at this address.', 'Check the path and the id.'],
  tenant_not_found: [404, 'There is no such tenant.', 'List tenants with GET /api/v1/tenants.'],
  tenant_not_removed: [
    409,
    'The tenant is not removed.',
    'Remove it first, with DELETE /api/v1/tenants/{tenant}; then its data can be erased.',
  ],
  number_linked_elsewhere: [
    409,
    'Another tenant of this installation is linked to this number.',
    'Two bots on one number throw each other out. When it is meant, as from one tenant to another, ask again with `force=true`.',
  ],
  bot_not_found: [404, 'This tenant has no bot.', 'Set its subscription to `paid`: a bot is made for it.'],
  conversation_not_found: [404, 'There is no such conversation.', 'List them with GET /api/v1/tenants/{tenant}/conversations.'],
  pairing_link_not_found: [404, 'This pairing link is not valid.', 'It was used, has expired or was replaced: ask for a new one.'],
  snapshot_not_found: [404, 'There is no such snapshot.', 'List them with GET /api/v1/tenants/{tenant}/bot/snapshots.'],
  quick_reply_not_found: [404, 'There is no such quick reply.', 'List them with GET /api/v1/tenants/{tenant}/quick-replies.'],
  message_not_found: [404, 'There is no such message.', 'List them with GET …/conversations/{id}/messages.'],
  quoted_not_found: [422, 'There is no such message to reply to.', 'Give `reply_to` the id of a message of the same conversation.'],
  media_not_found: [
    404,
    'There is no such file.',
    'It may not have arrived yet, or not be kept any more: see `media.state` of the message.',
  ],
  flow_version_not_found: [404, 'There is no such version of the flow.', 'List them with GET /api/v1/tenants/{tenant}/flow/versions.'],
  api_key_not_found: [404, 'There is no such API key.', 'List them with GET /api/v1/api-keys.'],
  server_not_found: [404, 'There is no such server.', 'List them with GET /api/v1/servers.'],
  alert_not_found: [404, 'There is no such alert.', 'List them with GET /api/v1/alerts.'],
  webhook_not_found: [404, 'There is no such webhook.', 'List them with GET /api/v1/tenants/{tenant}/webhooks.'],
  webhook_delivery_not_found: [
    404,
    'There is no such delivery.',
    'List them with GET …/webhooks/{webhook}/deliveries; old ones are forgotten.',
  ],
  method_not_allowed: [405, 'This address does not take that method.', 'See the `Allow` header and /api/docs.'],
  gone: [410, 'This bot is not wanted any more.', 'Stop it: its subscription was cancelled or its tenant removed.'],
  conflict: [409, 'That clashes with what is there already.', 'See `detail`.'],
  idempotency_key_reused: [409, 'This Idempotency-Key was used for another request.', 'Use a new key for a new request.'],
  bot_not_running: [409, 'The bot is not running.', 'Start it with POST …/bot/start, then try again.'],
  bot_not_connected: [409, 'The bot is not connected to WhatsApp.', 'Pair it first: GET …/bot/qr.'],
  subscription_not_paid: [409, 'The tenant’s subscription is not paid.', 'Set it to `paid` first.'],
  not_cancellable: [
    409,
    'The message was not sent: there is nothing to cancel.',
    'A queued or scheduled message can be cancelled, and one that WhatsApp has can be deleted.',
  ],
  not_editable: [409, 'This message cannot be edited.', 'Only a text message of this number can be.'],
  edit_too_late: [
    409,
    'WhatsApp takes no edit of this message any more.',
    'It does for 15 minutes after it was sent. Send another message.',
  ],
  not_deletable: [409, 'This message cannot be deleted for everyone.', 'Only one of this number can be.'],
  delete_too_late: [
    409,
    'WhatsApp does not delete this message for everyone any more.',
    'It does for two days after it was sent. It can still be deleted on each phone.',
  ],
  message_not_sent: [409, 'The message was not sent.', 'Only one that WhatsApp has, or will get, can be changed.'],
  message_deleted: [409, 'The message was deleted.', 'Nothing can be done to it any more.'],
  change_unsupported: [409, 'This bot sends messages and cannot change them.', 'Only a bot of ours can: set `transport` to `link`.'],
  server_unusable: [422, 'No bot could run on this server as it is given.', 'See `detail`: it says what was tried and how to mend it.'],
  server_embedded: [
    409,
    'This server is the one that the installation’s settings name.',
    'Change the settings (ZAPTRIA_DRIVER, ZAPTRIA_DOCKER_HOST, …). Name, region, capacity and failover can be changed here.',
  ],
  server_not_empty: [409, 'Bots are on this server.', 'See `detail`. Cordon it, and remove or move its bots first.'],
  webhook_disabled: [409, 'The webhook is switched off.', 'Switch it on with PATCH …/webhooks/{webhook} {"enabled":true}.'],
  quick_reply_exists: [409, 'There is a quick reply with this shortcut.', 'Choose another shortcut, or change the one that is there.'],
  too_many_quick_replies: [409, 'The tenant has as many quick replies as it may.', 'Remove one first: at most 200 per tenant.'],
  too_many_webhooks: [409, 'The tenant has as many webhooks as it may.', 'Remove one first: at most 20 per tenant.'],
  unsupported_media_type: [415, 'Only JSON is taken here.', 'Send Content-Type: application/json.'],
  media_too_large: [413, 'The file is too large.', 'See `detail` for how large it may be.'],
  media_type_mismatch: [422, 'The file is not what it claims to be.', 'Send it as a document, or under its real type.'],
  request_timeout: [
    408,
    'The request took too long to arrive.',
    'Send it again. A large file may take its time, as long as any of it comes.',
  ],
  payload_too_large: [413, 'The request is too large.', 'At most 1 MiB here.'],
  transfer_refused: [422, 'The file cannot be imported.', 'Is it the whole file, and the key the one of its export? Nothing was changed.'],
  invalid_phone: [422, 'That is not a phone number that WhatsApp could know.', 'Digits with country code, for example 5511987654321.'],
  flow_invalid: [422, 'The flow has mistakes.', 'See `errors`: each points at its place in the document.'],
  rate_limited: [429, 'Too many requests.', 'Wait as long as Retry-After says.'],
  internal: [500, 'Something went wrong on our side.', 'Try again; if it stays, look in the log for the request id.'],
  unavailable: [503, 'The service cannot answer right now.', 'Try again shortly; nothing was lost.'],
} as const satisfies Record<string, readonly [status: number, message: string, hint: string]>

export type ErrorCode = keyof typeof ERRORS

/** An error with a place in the catalogue. Throw it anywhere; the HTTP edge turns it into a Problem. */
export class ZaptriaError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly hint: string
  readonly errors: FieldMistake[] | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, options: { detail?: string; errors?: FieldMistake[]; retryAfterMs?: number; cause?: unknown } = {}) {
    super(options.detail ?? ERRORS[code][1], { cause: options.cause })
    this.name = 'ZaptriaError'
    this.code = code
    this.status = ERRORS[code][0]
    this.hint = ERRORS[code][2]
    this.errors = options.errors
    this.retryAfterMs = options.retryAfterMs
  }

  toProblem(instance?: string): Problem {
    return {
      type: `https://zaptria.com/errors/${this.code}`,
      title: ERRORS[this.code][1],
      status: this.status,
      code: this.code,
      ...(this.message === ERRORS[this.code][1] ? {} : { detail: this.message }),
      hint: this.hint,
      ...(instance === undefined ? {} : { instance }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    }
  }
}
