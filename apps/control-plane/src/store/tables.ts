import type { Insertable, Selectable, Transaction, Updateable } from 'kysely'
import type {
  ErasuresTable,
  ServersTable,
  VolumesToEraseTable,
  OustedBotsTable,
  TenantsTable,
  TenantKeysTable,
  BotsTable,
  VolumesTable,
  GrantsTable,
  BotStatesTable,
  PairingLinksTable,
  BotCommandsTable,
  SnapshotsTable,
  SnapshotPartsTable,
} from './tables/bots.ts'
import type {
  ContactsTable,
  ContactAliasesTable,
  FlowVersionsTable,
  ConversationsTable,
  FlowRunsTable,
  MessagesTable,
  MessageReactionsTable,
  MessageTextsTable,
  MergedConversationsTable,
  QuickRepliesTable,
  EarlyChangesTable,
  MessageChangesTable,
  MediaTable,
  MessageKeysTable,
  EventsSetAsideTable,
} from './tables/messages.ts'
import type {
  AlertsTable,
  ApiKeysTable,
  IdempotencyKeysTable,
  AuditTable,
  WebhookEndpointsTable,
  WebhookEventsTable,
  WebhookDeliveriesTable,
} from './tables/upkeep.ts'

/** The tables of store/sql, as Kysely sees them. bigint arrives as a string; timestamps as Date. */
export type Tables = {
  servers: ServersTable
  tenants: TenantsTable
  tenant_keys: TenantKeysTable
  bots: BotsTable
  volumes: VolumesTable
  grants: GrantsTable
  ousted_bots: OustedBotsTable
  erasures: ErasuresTable
  volumes_to_erase: VolumesToEraseTable
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
