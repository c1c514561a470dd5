import type { ColumnType, Generated, Insertable, Selectable, Transaction, Updateable } from 'kysely'
import type {
  AlertKind,
  Answering,
  BeatFrame,
  BotCommand,
  BotState,
  ChangeKind,
  ChangeStatus,
  DesiredState,
  EngineName,
  Expose,
  FailureReason,
  Flow,
  InstanceState,
  MediaFailure,
  MediaInfo,
  MessageContent,
  MediaKind,
  MediaState,
  MessageAuthor,
  MessageStatus,
  Pacing,
  Severity,
  SnapshotCause,
  SnapshotManifest,
  SnapshotState,
  StateReason,
  Subscription,
  Transport,
  WebhookAttempt,
  WebhookDeliveryStatus,
  WebhookDisabledReason,
  WebhookEventType,
  WebhookSubscription,
} from '@zaptria/contract'

/** The tables of store/sql, as Kysely sees them. bigint arrives as a string; timestamps as Date. */

/** jsonb: read as a value, written as text (pg would turn a JavaScript array into a PostgreSQL array). */
type Json<T> = ColumnType<T, string, string>
type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>
/** A timestamp that the database sets by itself. */
type Stamp = ColumnType<Date, Date | undefined, Date>
type StampOrNull = ColumnType<Date | null, Date | null | undefined, Date | null>
type BigInt_ = ColumnType<string, string | number | undefined, string | number>
type Maybe<T> = ColumnType<T | null, T | null | undefined, T | null>

export type ServersTable = {
  id: string
  name: string
  driver: string
  address: Maybe<string>
  region: Maybe<string>
  capacity: Generated<number>
  sealed_credentials: Maybe<Buffer>
  cordoned: Generated<boolean>
  embedded: Generated<boolean>
  settings: ColumnType<unknown, string | undefined, string>
  link_url: Maybe<string>
  failover: Generated<'automatic' | 'ask' | 'never'>
  state: Generated<'unheard' | 'well' | 'suspected' | 'given_up'>
  state_at: Stamp
  listened_at: StampOrNull
  heard_at: StampOrNull
  silent_since: StampOrNull
  well_since: StampOrNull
  trouble: Maybe<string>
  memory_bytes: ColumnType<string | null, number | null | undefined, number | null>
  memory_free_bytes: ColumnType<string | null, number | null | undefined, number | null>
  version: BigInt_
  proof_until: StampOrNull
  created_at: Stamp
}

/** Bots that may still run on a server that they were taken from. */
export type OustedBotsTable = {
  bot_id: string
  tenant_id: string
  server_id: string
  volume_id: Maybe<string>
  epoch: number
  ousted_at: Stamp
  gone_at: StampOrNull
  place: Generated<number>
  said_at: StampOrNull
  drained_at: StampOrNull
  revived_at: StampOrNull
}

export type TenantsTable = {
  id: string
  name: string
  external_id: Maybe<string>
  subscription: Subscription
  time_zone: Generated<string>
  quiet_hour: Generated<number>
  removed_at: StampOrNull
  version: BigInt_
  created_at: Stamp
  updated_at: Stamp
}

export type TenantKeysTable = { tenant_id: string; sealed_key: Buffer; master_key_id: string; created_at: Stamp }

export type BotsTable = {
  id: string
  tenant_id: string
  engine: Generated<EngineName>
  transport: Generated<Transport>
  desired: DesiredState
  generation: Generated<number>
  moves: Generated<number>
  server_id: string
  container_name: string
  expose: Generated<Expose>
  public_url: Maybe<string>
  pacing: Json<Pacing>
  token_version: Generated<number>
  token_hash: Buffer
  epoch: Generated<number>
  state: Generated<BotState>
  reason: Generated<StateReason>
  detail: Maybe<string>
  state_at: Stamp
  state_told_at: StampOrNull
  number: Maybe<string>
  wa_name: Maybe<string>
  qr_code: Maybe<string>
  qr_expires_at: StampOrNull
  pairing_code: Maybe<string>
  page_version: Maybe<string>
  probe: JsonOrNull<Record<string, unknown>>
  last_beat_at: StampOrNull
  beat: JsonOrNull<BeatFrame>
  link_replica: Maybe<string>
  link_id: Maybe<string>
  link_at: StampOrNull
  boot_id: Maybe<string>
  restore_from: Maybe<string>
  restore_wish: Maybe<string>
  wished_at: StampOrNull
  wished_boot: Maybe<string>
  instance_state: Generated<InstanceState>
  instance_generation: Maybe<number>
  instance_detail: Maybe<string>
  instance_restarts: Generated<number>
  instance_at: StampOrNull
  started_at: StampOrNull
  due_at: Stamp
  lease_until: StampOrNull
  attempts: Generated<number>
  version: BigInt_
  created_at: Stamp
  updated_at: Stamp
}

export type VolumesTable = {
  id: string
  tenant_id: string
  bot_id: string
  acked_seq: BigInt_
  first_seen_at: Stamp
  last_seen_at: Stamp
}

export type GrantsTable = {
  bot_id: string
  tenant_id: string
  epoch: number
  volume_id: string
  expires_at: Date
  session_open: Generated<boolean>
  boot_id: Maybe<string>
  opening_since: StampOrNull
  first_granted_at: Stamp
}

export type BotStatesTable = {
  id: ColumnType<string, never, never>
  tenant_id: string
  bot_id: string
  state: BotState
  reason: StateReason
  detail: Maybe<string>
  at: Stamp
}

export type PairingLinksTable = {
  tenant_id: string
  hash: Buffer
  expires_at: Date
  created_at: Stamp
}

export type BotCommandsTable = {
  id: string
  tenant_id: string
  bot_id: string
  command: Json<BotCommand>
  created_at: Stamp
  expires_at: Date
  handed_at: StampOrNull
  done_at: StampOrNull
  error: Maybe<string>
}

export type ContactsTable = {
  id: string
  tenant_id: string
  name: Maybe<string>
  push_name: Maybe<string>
  /** Both names without capitals and accents. */
  folded: ColumnType<string, never, never>
  variables: ColumnType<Record<string, string>, string | undefined, string>
  created_at: Stamp
  updated_at: Stamp
}

export type ContactAliasesTable = { bot_id: string; jid: string; tenant_id: string; contact_id: string }

export type FlowVersionsTable = {
  id: string
  tenant_id: string
  version: number
  flow: Json<Flow>
  active: Generated<boolean>
  created_at: Stamp
}

export type ConversationsTable = {
  id: string
  tenant_id: string
  bot_id: string
  contact_id: string
  chat_id: string
  alias_chat_id: Maybe<string>
  answering: Generated<Answering>
  answering_since: Stamp
  bot_resumes_at: StampOrNull
  stuck: Generated<boolean>
  pace: JsonOrNull<unknown>
  unread: Generated<number>
  last_body: Maybe<string>
  last_from_me: Maybe<boolean>
  last_type: Maybe<string>
  last_at: StampOrNull
  version: BigInt_
  created_at: Stamp
  updated_at: Stamp
  /** The minute of `updated_at`, made by the database. */
  listed_at: ColumnType<Date, never, never>
}

export type FlowRunsTable = {
  conversation_id: string
  tenant_id: string
  flow_version_id: string
  run: JsonOrNull<unknown>
  burst: JsonOrNull<unknown>
  due_at: StampOrNull
  expires_at: StampOrNull
  updated_at: Stamp
}

export type MessagesTable = {
  id: string
  seq: ColumnType<string, never, never>
  tenant_id: string
  bot_id: string
  conversation_id: string
  wa_id: Maybe<string>
  from_me: boolean
  sender: Maybe<string>
  sender_name: Maybe<string>
  author: MessageAuthor
  body: string
  type: Generated<string>
  status: MessageStatus
  failure_reason: Maybe<FailureReason>
  failure_detail: Maybe<string>
  media: JsonOrNull<MediaInfo>
  content: JsonOrNull<MessageContent>
  media_id: Maybe<string>
  quoted: Maybe<string>
  wa_at: Date
  edited_at: StampOrNull
  deleted_at: StampOrNull
  due_at: StampOrNull
  expires_at: StampOrNull
  attempt: Generated<number>
  priority: Generated<number>
  handed_at: StampOrNull
  page_at: StampOrNull
  created_at: Stamp
  updated_at: Stamp
}

export type MessageReactionsTable = {
  message_id: string
  tenant_id: string
  from_me: boolean
  sender: Generated<string>
  emoji: string
  at: Date
}

export type MessageTextsTable = { message_id: string; tenant_id: string; at: Date; body: string }

export type MergedConversationsTable = { id: string; tenant_id: string; into_id: string }

export type QuickRepliesTable = {
  id: string
  tenant_id: string
  shortcut: string
  body: string
  created_at: Stamp
  updated_at: Stamp
}

export type SnapshotsTable = {
  id: string
  tenant_id: string
  bot_id: string
  cause: SnapshotCause
  state: Generated<SnapshotState>
  asked_at: Stamp
  taken_at: StampOrNull
  due_at: StampOrNull
  manifest: JsonOrNull<SnapshotManifest>
  epoch: Maybe<number>
  stored_at: StampOrNull
  size_bytes: Maybe<string>
  failure: Maybe<string>
  verified_at: StampOrNull
  restored_at: StampOrNull
  void_at: StampOrNull
  void_reason: Maybe<string>
  proved_at: StampOrNull
  proof_ms: Maybe<number>
  proof_fault: Maybe<string>
  proof_tried_at: StampOrNull
  proof_error: Maybe<string>
  restore_failed_at: StampOrNull
}

export type SnapshotPartsTable = {
  snapshot_id: string
  nr: number
  tenant_id: string
  sha256: string
  sealed_bytes: string | number
  size_bytes: string | number
}

export type EarlyChangesTable = {
  bot_id: string
  chat_id: string
  from_me: boolean
  sender: string
  wa_id: string
  kind: string
  by_me: boolean
  by_whom: string
  tenant_id: string
  at: Date
  event: Json<unknown>
  heard_at: Stamp
}

export type MessageChangesTable = {
  id: string
  seq: ColumnType<string, never, never>
  tenant_id: string
  bot_id: string
  conversation_id: string
  message_id: string
  kind: ChangeKind
  content: Generated<string>
  status: Generated<ChangeStatus>
  failure_reason: Maybe<FailureReason>
  failure_detail: Maybe<string>
  asked_by: string
  expires_at: Date
  handed_at: StampOrNull
  created_at: Stamp
  updated_at: Stamp
}

export type MediaTable = {
  id: string
  tenant_id: string
  kind: MediaKind
  state: MediaState
  failure: Maybe<MediaFailure>
  mimetype: string
  mismatch: Generated<boolean>
  filename: Maybe<string>
  size_bytes: ColumnType<string | null, number | null | undefined, number | null>
  sha256: Maybe<string>
  created_at: Stamp
  updated_at: Stamp
}

export type MessageKeysTable = {
  bot_id: string
  conversation_id: string
  from_me: boolean
  sender: Generated<string>
  wa_id: string
  tenant_id: string
  message_id: string
}

export type EventsSetAsideTable = {
  event_id: string
  bot_id: string
  tenant_id: string
  volume_id: Maybe<string>
  event: Buffer
  error: string
  at: Stamp
}

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

export type Tables = {
  servers: ServersTable
  tenants: TenantsTable
  tenant_keys: TenantKeysTable
  bots: BotsTable
  volumes: VolumesTable
  grants: GrantsTable
  ousted_bots: OustedBotsTable
  bot_states: BotStatesTable
  bot_commands: BotCommandsTable
  contacts: ContactsTable
  contact_aliases: ContactAliasesTable
  flow_versions: FlowVersionsTable
  conversations: ConversationsTable
  flow_runs: FlowRunsTable
  messages: MessagesTable
  message_keys: MessageKeysTable
  message_reactions: MessageReactionsTable
  message_texts: MessageTextsTable
  merged_conversations: MergedConversationsTable
  pairing_links: PairingLinksTable
  quick_replies: QuickRepliesTable
  snapshots: SnapshotsTable
  snapshot_parts: SnapshotPartsTable
  early_changes: EarlyChangesTable
  message_changes: MessageChangesTable
  media: MediaTable
  events_set_aside: EventsSetAsideTable
  alerts: AlertsTable
  api_keys: ApiKeysTable
  idempotency_keys: IdempotencyKeysTable
  audit: AuditTable
  webhook_endpoints: WebhookEndpointsTable
  webhook_events: WebhookEventsTable
  webhook_deliveries: WebhookDeliveriesTable
}

export type Row<T extends keyof Tables> = Selectable<Tables[T]>
export type NewRow<T extends keyof Tables> = Insertable<Tables[T]>
export type RowUpdate<T extends keyof Tables> = Updateable<Tables[T]>
export type Trx = Transaction<Tables>
