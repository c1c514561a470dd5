import { z } from 'zod'

/**
 * What a bot says of its WhatsApp session.
 *
 * - `starting`: the process is up, the engine is not yet.
 * - `qr_ready`: a QR waits to be scanned. Healthy.
 * - `pairing`: scanned or code entered; the phone and the page settle the link.
 * - `passkey_required`: the account asks for a passkey while linking; the customer has to act.
 * - `syncing`: linked, history is loading.
 * - `connected`: messages flow.
 * - `reconnecting`: was connected, tries again by itself. Healthy.
 * - `conflict`: another browser took the session over.
 * - `logged_out`: the link was removed; a new scan is needed.
 * - `banned`: WhatsApp blocked the number.
 * - `failed`: cannot go on without help; the reason says why.
 */
export const BotState = z.enum([
  'starting',
  'qr_ready',
  'pairing',
  'passkey_required',
  'syncing',
  'connected',
  'reconnecting',
  'conflict',
  'logged_out',
  'banned',
  'failed',
])
export type BotState = z.infer<typeof BotState>

/** Why a bot is in its state: fixed, so that people get a sentence in their language and rules can match. */
export const StateReason = z.enum([
  'boot',
  'waiting_for_grant',
  'restoring',
  'engine_starting',
  'waiting_for_scan',
  'qr_paused',
  'pairing_code_requested',
  'scanned',
  'passkey',
  'history_sync',
  'ready',
  'network_lost',
  'phone_offline',
  'page_unreachable',
  'page_timeout',
  'browser_crashed',
  'renderer_crashed',
  'renderer_frozen',
  'memory_reload',
  'opened_elsewhere',
  'logout_by_phone',
  'logout_by_command',
  'account_banned',
  'engine_incompatible',
  'browser_missing',
  'sandbox_unavailable',
  'volume_locked',
  'disk_full',
  'grant_denied',
  'stopped',
])
export type StateReason = z.infer<typeof StateReason>

/** What should be: set by people and by the subscription, never by what was observed. */
export const DesiredState = z.enum(['running', 'stopped', 'removed'])
export type DesiredState = z.infer<typeof DesiredState>

/**
 * What somebody wished for, and is not there yet. `start`: its instance is started, or made afresh. `restore`: and its session is to come back from a
 * snapshot. What fails on the way is no part of it.
 */
export const UnderWay = z.enum(['start', 'restore'])
export type UnderWay = z.infer<typeof UnderWay>

/** What the driver says of the process or container. An orchestrator's word is not life: a bot lives when it holds its link and beats. */
export const InstanceState = z.enum(['absent', 'creating', 'running', 'exited', 'unknown'])
export type InstanceState = z.infer<typeof InstanceState>

export const Subscription = z.enum(['paid', 'past_due', 'cancelled'])
export type Subscription = z.infer<typeof Subscription>

/** Where a bot's own HTTP listener can be reached from. Our bots dial out and need `none`. */
export const Expose = z.enum(['none', 'host', 'domain'])
export type Expose = z.infer<typeof Expose>

/** `link` = our own bot; `http` = a foreign bot: it posts to the seed's endpoints, and takes `POST /send` at its own address. */
export const Transport = z.enum(['link', 'http'])
export type Transport = z.infer<typeof Transport>

export const EngineName = z.enum(['wwebjs', 'simulated'])
export type EngineName = z.infer<typeof EngineName>

/**
 * An outgoing message's way: `scheduled` (until its time) → `queued` → `handed` (to the bot) → `accepted` (ack ≥ 1) → `delivered` → `read`;
 * or `failed`, `expired`, `cancelled`; `unknown` until it is settled by key. An incoming one is `received`.
 */
export const MessageStatus = z.enum([
  'received',
  'scheduled',
  'queued',
  'handed',
  'accepted',
  'delivered',
  'read',
  'failed',
  'expired',
  'cancelled',
  'unknown',
])
export type MessageStatus = z.infer<typeof MessageStatus>

export const FailureReason = z.enum([
  'not_on_whatsapp',
  'rejected_by_whatsapp',
  'engine_error',
  'too_large',
  'unsupported',
  'expired',
  /** Of a change: the message that it was about never left. */
  'message_not_sent',
  /** Of one whose status is `unknown`: nobody can tell. */
  'unconfirmed',
])
export type FailureReason = z.infer<typeof FailureReason>

/** What is done to a message that was sent: an emoji on it, another text, deleted for everyone. */
export const ChangeKind = z.enum(['react', 'edit', 'revoke'])
export type ChangeKind = z.infer<typeof ChangeKind>

/** A change's way: `queued` → `handed` (to the bot) → `done`; or `failed`, `expired`. */
export const ChangeStatus = z.enum(['queued', 'handed', 'done', 'failed', 'expired'])
export type ChangeStatus = z.infer<typeof ChangeStatus>

/** What a file is to WhatsApp. */
export const MediaKind = z.enum(['image', 'video', 'audio', 'document', 'sticker'])
export type MediaKind = z.infer<typeof MediaKind>

/** `pending`: the bytes are on their way to us. `stored`: they are here. `failed`: they will not come. `expired`: they are not kept any more. */
export const MediaState = z.enum(['pending', 'stored', 'failed', 'expired'])
export type MediaState = z.infer<typeof MediaState>

/** Why bytes will not come. `gone`: WhatsApp has them no more. `unsupported`: this bot hands no files over. */
export const MediaFailure = z.enum(['gone', 'too_large', 'engine_error', 'unsupported'])
export type MediaFailure = z.infer<typeof MediaFailure>

/** Who wrote an outgoing message. `owner`: typed on the owner's own phone. */
export const MessageAuthor = z.enum(['contact', 'flow', 'person', 'api', 'owner'])
export type MessageAuthor = z.infer<typeof MessageAuthor>

/** Who answers in a conversation. */
export const Answering = z.enum(['bot', 'person'])
export type Answering = z.infer<typeof Answering>

export const Severity = z.enum(['info', 'warning', 'critical'])
export type Severity = z.infer<typeof Severity>

/** What an alert says, one word per cause; people get its sentence from the dashboard's catalogue. */
export const AlertKind = z.enum([
  'bot_not_beating',
  'bot_restarted',
  'bot_not_made',
  'bot_needs_scan',
  'bot_conflict',
  'bot_banned',
  'bot_passkey_required',
  'bot_failed',
  'bot_engine_incompatible',
  'outbox_backlog',
  'outbox_set_aside',
  'sink_paused',
  'conversation_stuck',
  'conversation_loop',
  'number_shared',
  'orphan_found',
  'server_unreachable',
  'server_silent',
  'bot_moved',
  'disk_low',
  'webhook_disabled',
  'snapshot_overdue',
  'snapshot_unproven',
  'snapshot_damaged',
  'backup_overdue',
])
export type AlertKind = z.infer<typeof AlertKind>
