import { ERRORS } from '@zaptria/contract'
import type { ErrorCode } from '@zaptria/contract'
import { NOT_FOUND_BY_PARAMETER } from '../problems.ts'

/** What any request can be answered with, whatever it asks. */
export const ANYWHERE: readonly ErrorCode[] = [
  'bad_request',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'request_timeout',
  'payload_too_large',
  'unsupported_media_type',
  'internal',
  'unavailable',
]

const NO_BOT: readonly ErrorCode[] = ['bot_not_found']
const RUNNING: readonly ErrorCode[] = ['bot_not_found', 'bot_not_running', 'conflict']
const SEND: readonly ErrorCode[] = [
  'bot_not_found',
  'bot_not_running',
  'media_not_found',
  'media_too_large',
  'media_type_mismatch',
  'quoted_not_found',
]
const CHANGE: readonly ErrorCode[] = ['bot_not_running', 'change_unsupported', 'message_deleted', 'message_not_sent']

/** What an operation can be answered with beside what follows from its parameters, its body and who may ask. */
const SPECIAL: Readonly<Record<string, readonly ErrorCode[]>> = {
  postSession: ['unauthorized', 'rate_limited'],
  postSessionLink: ['unauthorized', 'rate_limited'],
  postTenants: ['conflict'],
  patchTenantsOne: ['conflict'],
  postSnapshotsPrune: ['tenant_not_found'],
  postTenantsErase: ['tenant_not_removed'],
  getTenantsBot: NO_BOT,
  patchTenantsBot: NO_BOT,
  deleteTenantsBot: NO_BOT,
  postTenantsBotStart: [...NO_BOT, 'subscription_not_paid'],
  postTenantsBotStop: NO_BOT,
  postTenantsBotRestart: RUNNING,
  postTenantsBotPair: [...RUNNING, 'invalid_phone'],
  postTenantsBotLogout: RUNNING,
  getTenantsBotQr: NO_BOT,
  getTenantsBotStates: NO_BOT,
  getTenantsBotStats: [...NO_BOT, 'bot_not_running'],
  getTenantsBotLogs: NO_BOT,
  getTenantsNumbers: NO_BOT,
  postTenantsBotToken: NO_BOT,
  postTenantsBotSnapshots: [...RUNNING, 'bot_not_connected'],
  postTenantsBotSnapshotsExport: ['conflict'],
  postTenantsBotSnapshotsImport: ['bot_not_found', 'conflict', 'media_too_large', 'number_linked_elsewhere', 'transfer_refused'],
  postTenantsBotPairingLink: RUNNING,
  getTenantsBotPairingLink: ['pairing_link_not_found'],
  postPairing: ['pairing_link_not_found', 'bot_not_found', 'rate_limited'],
  postPairingAsk: ['pairing_link_not_found', 'bot_not_found', 'bot_not_running', 'invalid_phone', 'rate_limited'],
  postTenantsConversationsMessages: SEND,
  postTenantsMessages: [...SEND, 'invalid_phone'],
  putTenantsConversationsMessagesReaction: CHANGE,
  deleteTenantsConversationsMessagesReaction: CHANGE,
  patchTenantsConversationsMessagesOne: [...CHANGE, 'edit_too_late', 'not_editable'],
  deleteTenantsConversationsMessagesOne: [...CHANGE, 'delete_too_late', 'not_cancellable', 'not_deletable'],
  getTenantsMessagesMedia: ['media_not_found'],
  postTenantsMedia: ['media_too_large', 'media_type_mismatch'],
  getTenantsFlow: ['flow_version_not_found'],
  postTenantsFlowVersions: ['flow_invalid'],
  postTenantsQuickReplies: ['quick_reply_exists', 'too_many_quick_replies'],
  patchTenantsQuickRepliesOne: ['quick_reply_exists'],
  postTenantsWebhooks: ['too_many_webhooks'],
  postTenantsWebhooksTest: ['webhook_disabled'],
  postTenantsWebhooksReplay: ['webhook_disabled'],
  postTenantsWebhooksDeliveriesReplay: ['webhook_disabled'],
  postServers: ['conflict', 'server_unusable'],
  patchServersOne: ['conflict', 'server_embedded', 'server_unusable'],
  postServersGiveUp: ['conflict'],
  deleteServersOne: ['server_embedded', 'server_not_empty'],
  getReadyz: ['unavailable'],
}

/** In the catalogue and answered by no operation now: kept for whoever goes by them. */
export const UNUSED: readonly ErrorCode[] = []

export type Asked = {
  operationId: string
  pathParameters: readonly string[]
  /** Something of it is checked: a body, a query. */
  checked: boolean
  idempotent: boolean
  /** `none`: anyone may ask. */
  by: 'apiKey' | 'session' | 'botToken' | 'none'
}

/** The codes that an operation answers with, by status: of those that any request can get, only those that are about who asks. */
export function errorsOf({ operationId, pathParameters, checked, idempotent, by }: Asked): Map<number, ErrorCode[]> {
  const notFound = pathParameters.flatMap((name) => NOT_FOUND_BY_PARAMETER[name] ?? [])
  const codes = new Set<ErrorCode>([
    ...(checked ? (['validation_failed'] as const) : []),
    ...(by === 'botToken' ? (['bot_token_invalid', 'gone', 'rate_limited'] as const) : []),
    ...(by === 'apiKey' ? (['unauthorized', 'rate_limited'] as const) : []),
    ...(by === 'session' ? (['unauthorized'] as const) : []),
    ...notFound,
    ...(idempotent ? (['idempotency_key_reused'] as const) : []),
    ...(SPECIAL[operationId] ?? []),
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of [...codes].toSorted((a, b) => ERRORS[a][0] - ERRORS[b][0])) {
    const [status] = ERRORS[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return byStatus
}
