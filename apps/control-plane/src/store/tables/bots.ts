import type { ColumnType, Generated } from 'kysely'
import type {
  BeatFrame,
  BotCommand,
  BotState,
  DesiredState,
  EngineName,
  Expose,
  InstanceState,
  Pacing,
  SnapshotCause,
  SnapshotManifest,
  SnapshotState,
  StateReason,
  Subscription,
  Transport,
} from '@zaptria/contract'
import type { Json, JsonOrNull, Stamp, StampOrNull, BigInt_, Maybe } from './columns.ts'

/** Servers, tenants, bots and their sessions. */

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

export type ErasuresTable = {
  tenant_id: string
  asked_at: Stamp
  due_at: StampOrNull
  erased_at: StampOrNull
}

export type VolumesToEraseTable = {
  tenant_id: string
  server_id: string
  container_name: string
  moves: number
  due_at: Stamp
  trouble: Maybe<string>
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
  restore_asked_at: StampOrNull
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
  void_damaged: Generated<boolean>
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
