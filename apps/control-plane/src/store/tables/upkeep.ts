import type { ColumnType, Generated } from 'kysely'
import type {
  AlertKind,
  Severity,
  WebhookAttempt,
  WebhookDeliveryStatus,
  WebhookDisabledReason,
  WebhookEventType,
  WebhookSubscription,
} from '@zaptria/contract'
import type { Json, JsonOrNull, Stamp, StampOrNull, BigInt_, Maybe } from './columns.ts'

/** What has to do with people, programs and the installation: alerts, keys, the audit, webhooks. */

export type AlertsTable = {
  id: string
  fingerprint: string
  kind: AlertKind
  severity: Severity
  tenant_id: Maybe<string>
  detail: Maybe<string>
  count: Generated<number>
  raised_at: Stamp
  last_at: Stamp
  resolved_at: StampOrNull
}

export type ApiKeysTable = {
  id: string
  name: string
  prefix: string
  hash: Buffer
  created_at: Stamp
  last_used_at: StampOrNull
  revoked_at: StampOrNull
}

export type IdempotencyKeysTable = {
  scope: string
  key: string
  request_hash: Buffer
  status: Maybe<number>
  response: JsonOrNull<unknown>
  created_at: Stamp
}

export type AuditTable = {
  id: ColumnType<string, never, never>
  at: Stamp
  actor: string
  action: string
  tenant_id: Maybe<string>
  detail: JsonOrNull<unknown>
}

export type WebhookEndpointsTable = {
  id: string
  tenant_id: string
  url: string
  description: Generated<string>
  events: Maybe<WebhookSubscription[]>
  enabled: Generated<boolean>
  disabled_reason: Maybe<WebhookDisabledReason>
  disabled_at: StampOrNull
  sealed_secret: Buffer
  sealed_old_secret: Maybe<Buffer>
  old_secret_until: StampOrNull
  failures: Generated<number>
  failing_since: StampOrNull
  resumes_at: StampOrNull
  version: BigInt_
  created_at: Stamp
  updated_at: Stamp
}

export type WebhookEventsTable = {
  id: Generated<string>
  seq: ColumnType<string, never, never>
  tenant_id: string
  type: WebhookEventType
  about: Maybe<string>
  data: Json<unknown>
  at: Stamp
}

export type WebhookDeliveriesTable = {
  id: ColumnType<string, never, never>
  tenant_id: string
  endpoint_id: string
  event_id: string
  type: WebhookEventType
  about: Maybe<string>
  status: Generated<WebhookDeliveryStatus>
  due_at: Stamp
  taken_at: StampOrNull
  attempt: Generated<number>
  attempts: ColumnType<WebhookAttempt[], string | undefined, string>
  created_at: Stamp
  settled_at: StampOrNull
}
