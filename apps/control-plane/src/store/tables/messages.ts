import type { ColumnType, Generated } from 'kysely'
import type {
  Answering,
  ChangeKind,
  ChangeStatus,
  FailureReason,
  Flow,
  MediaFailure,
  MediaInfo,
  MessageContent,
  MediaKind,
  MediaState,
  MessageAuthor,
  MessageStatus,
} from '@zaptria/contract'
import type { Json, JsonOrNull, Stamp, StampOrNull, BigInt_, Maybe } from './columns.ts'

/** Contacts, conversations, messages, and what flows do with them. */

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
