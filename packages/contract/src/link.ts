import { z } from 'zod'
import { ContactsContent, LocationContent, PollContent } from './content.ts'
import { BotEvent, Jid, MessageKey, NewerEvent, Sha256, WaId } from './events.ts'
import { Epoch, VolumeId } from './ids.ts'
import { MediaLimits } from './media.ts'
import { Pacing } from './pacing.ts'
import { SnapshotOffer } from './snapshots.ts'
import { BotState, EngineName, MediaKind, StateReason } from './vocabulary.ts'

/** The link's protocol. N and N−1 are served; unknown fields are ignored; an unknown frame type from the other side is ignored with a log line. */
export const LINK_PROTOCOL = 1
export const LINK_PATH = '/api/bots/link'
/** A frame is one WebSocket text message of JSON, at most this many bytes. */
export const LINK_MAX_FRAME_BYTES = 4 * 1024 * 1024

/** Grants last 45 s and are renewed every 15 s. A new epoch waits for the old grant's end and 15 s more. Counted on monotonic clocks. */
export const GRANT_TTL_MS = 45_000
export const GRANT_RENEW_MS = 15_000
export const GRANT_GUARD_MS = 15_000
export const BEAT_EVERY_MS = 15_000

/** WebSocket close codes that mean something; anything else: reconnect with backoff and jitter. */
export const LinkClose = {
  /** Wrong token, unknown tenant: pause, try rarely, raise an alarm. */
  unauthorized: 4401,
  /** A newer link of the same bot and volume took over: do not fight. */
  replaced: 4409,
  /** The bot is not wanted any more: deliver nothing, stop. */
  gone: 4410,
  /** The frame could not be understood. */
  bad_frame: 4400,
  protocol: 4426,
} as const

// Up: bot → control plane. The handshake carries `Authorization: Bearer <BOT_TOKEN>` and `X-Tenant-Id: <TENANT_ID>`.

export const HelloFrame = z.object({
  type: z.literal('hello'),
  protocol: z.int().positive(),
  bot_version: z.string().max(64),
  engine: EngineName,
  volume_id: VolumeId,
  /** A fresh UUID per process: tells a reconnect from a restart. */
  boot_id: z.uuid(),
  /** The last grant's epoch that this volume ran under; 0 = none. */
  epoch: Epoch,
  /** True while the WhatsApp session is open right now (so that an open one is renewed, not queued behind a storm of new ones). */
  session_open: z.boolean(),
  state: BotState,
  reason: StateReason,
  /** How often the bot had been moved to another server when this instance was made. Absent: of an older bot. */
  place: z.int().nonnegative().optional(),
})

/** Asks for permission to open the session (or renews it: sent every GRANT_RENEW_MS while wanted). */
export const GrantRequestFrame = z.object({
  type: z.literal('grant_request'),
  volume_id: VolumeId,
  session_open: z.boolean(),
  /** `none`: this volume has never been linked, so that a session may be restored into it. Absent: an older bot, which restores none. */
  session: z.enum(['none', 'present']).optional(),
  /** When it asks, in milliseconds of a clock of its own: comes back with the grant. */
  asked_ms: z.number().nonnegative().optional(),
})

export const EventsFrame = z.object({
  type: z.literal('events'),
  /** In outbox order; sent again from the last acknowledged one after a reconnect. */
  events: z
    .array(z.union([BotEvent, NewerEvent]))
    .min(1)
    .max(500),
})

/** Every BEAT_EVERY_MS: "my event loop turns". */
export const BeatFrame = z.object({
  type: z.literal('beat'),
  uptime_s: z.number().nonnegative(),
  loop_lag_ms: z.number().nonnegative(),
  rss_bytes: z.int().nonnegative(),
  browser_rss_bytes: z.int().nonnegative().nullable(),
  outbox_pending: z.int().nonnegative(),
  /** Events that a sink refused for good and that wait for a person. */
  outbox_set_aside: z.int().nonnegative(),
  /** For how long the oldest of the pending ones has waited; null when none does. */
  outbox_oldest_ms: z.int().nonnegative().nullish(),
  disk_free_bytes: z.int().nonnegative().nullable(),
  /** The container's memory, less the pages of files that the kernel can drop, and its limit; null outside one. */
  memory_bytes: z.int().nonnegative().nullish(),
  memory_limit_bytes: z.int().nonnegative().nullish(),
  /** What the volume holds and may hold. */
  volume_bytes: z.int().nonnegative().nullish(),
  volume_limit_bytes: z.int().nonnegative().nullish(),
  state: BotState,
  reason: StateReason,
})
export type BeatFrame = z.infer<typeof BeatFrame>

/** The command was taken on (written to disk where it must outlive the process), or refused. What comes of it arrives as events. */
export const CommandReplyFrame = z.object({
  type: z.literal('command_reply'),
  id: z.uuid(),
  ok: z.boolean(),
  error: z.string().max(1000).optional(),
})

export const UpFrame = z.discriminatedUnion('type', [HelloFrame, GrantRequestFrame, EventsFrame, BeatFrame, CommandReplyFrame])
export type UpFrame = z.infer<typeof UpFrame>

// Down: control plane → bot.

export const WelcomeFrame = z.object({
  type: z.literal('welcome'),
  protocol: z.int().positive(),
  /** Highest seq of this volume that is stored already; everything up to it may be forgotten. */
  acked_seq: z.int().nonnegative(),
  pacing: Pacing,
  /** Chats' watermarks for catching up when the volume is new or restored: newest stored WhatsApp time per chat, Unix seconds. */
  watermarks: z.record(z.string(), z.int()).optional(),
  /** This control plane takes the bytes of media, up to these sizes. Absent: it does not, and they are left where they are. */
  media: MediaLimits.optional(),
})

export const GrantFrame = z.object({
  type: z.literal('grant'),
  epoch: Epoch,
  volume_id: VolumeId,
  /** From `asked_ms` on: the answer may have been long on the way. */
  ttl_ms: z.int().positive(),
  /** As the request said. Absent: of an older control plane, and counted from its arrival. */
  asked_ms: z.number().nonnegative().optional(),
  /** The session to put into the empty volume before it is opened. */
  restore: SnapshotOffer.optional(),
})

/** Not now: another volume holds the grant, or the server starts enough bots at once. Ask again after `retry_after_ms`. */
export const GrantDeniedFrame = z.object({
  type: z.literal('grant_denied'),
  reason: z.enum(['held_elsewhere', 'admission', 'not_wanted']),
  retry_after_ms: z.int().positive(),
})

export const EventsAckFrame = z.object({ type: z.literal('events_ack'), seq: z.int().nonnegative() })

/** A file to send. Its bytes are fetched from the control plane by `media_id` when its turn has come. */
export const SendMedia = z.object({
  type: MediaKind,
  media_id: z.uuid(),
  mimetype: z.string().min(1).max(256),
  filename: z.string().max(512).optional(),
  size_bytes: z.int().nonnegative(),
  sha256: Sha256,
  caption: z.string().max(65_536).optional(),
})
export type SendMedia = z.infer<typeof SendMedia>

export const SendLocation = LocationContent.omit({ kind: true }).extend({ type: z.literal('location') })
export const SendContacts = ContactsContent.omit({ kind: true }).extend({ type: z.literal('contact') })
export const SendPoll = PollContent.omit({ kind: true }).extend({ type: z.literal('poll') })
/** A place, cards or a poll to send. */
export const SendCard = z.discriminatedUnion('type', [SendLocation, SendContacts, SendPoll])
export type SendCard = z.infer<typeof SendCard>

/** What to send. A type that a bot does not know is refused by it, and the message has failed. */
export const SendContent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), body: z.string().min(1).max(65_536) }),
  SendMedia,
  SendLocation,
  SendContacts,
  SendPoll,
])
export type SendContent = z.infer<typeof SendContent>

export const SendCommand = z.object({
  kind: z.literal('send'),
  /** The message row; also the command's identity: safe to repeat. */
  message_id: z.uuid(),
  /** The key chosen by the control plane before the first attempt. Every attempt uses it. */
  wa_id: WaId,
  /** Where to: a phone JID or a LID, as the conversation was last seen. */
  chat_id: Jid,
  /** The other name of the same chat, when known: the key is looked up under both. */
  alias_chat_id: Jid.nullable(),
  message: SendContent,
  /** The message that this one answers. Where WhatsApp has it no more, and by a bot that does not know of this, it is sent without. */
  quoted: MessageKey.optional(),
  /** Milliseconds left before it must not be sent any more. */
  expires_in_ms: z.int().positive(),
  /** Which attempt: > 1 means settle by key first. */
  attempt: z.int().positive(),
  /** A person's answer goes before a flow's. Higher first. */
  priority: z.int(),
})
export type SendCommand = z.infer<typeof SendCommand>

/** A change of a message that WhatsApp has. Each may be repeated: it asks for a state, not for a step. */
const change = {
  /** The row that says what is wanted; also the command's identity. */
  change_id: z.uuid(),
  target: MessageKey,
  /** The other name of the target's chat, when known: the message is looked for under both. */
  alias_chat_id: Jid.nullable(),
  /** Milliseconds left before it must not be done any more. */
  expires_in_ms: z.int().positive(),
}
export const ChangeCommand = z.discriminatedUnion('kind', [
  /** Empty: take this account's reaction back. */
  z.object({ kind: z.literal('react'), ...change, emoji: z.string().max(64) }),
  z.object({ kind: z.literal('edit'), ...change, body: z.string().min(1).max(65_536) }),
  /** Delete it for everyone. */
  z.object({ kind: z.literal('revoke'), ...change }),
])
export type ChangeCommand = z.infer<typeof ChangeCommand>

export const BotCommand = z.discriminatedUnion('kind', [
  SendCommand,
  ...ChangeCommand.options,
  /** Start pairing again: a fresh QR, or a code when a phone number is given (digits, with country code). Also "somebody looks at the QR". */
  z.object({
    kind: z.literal('pair'),
    phone: z
      .string()
      .regex(/^\d{6,20}$/)
      .optional(),
    look: z.boolean().optional(),
  }),
  /** Unlink from the account and forget the session; the bot then waits for a new scan. */
  z.object({ kind: z.literal('logout') }),
  /** Copy the session and bring the copy (snapshots.ts). Again for the same one: nothing more is done than is left to do. */
  z.object({ kind: z.literal('snapshot'), snapshot_id: z.uuid() }),
  /** Close the session cleanly and exit. */
  z.object({ kind: z.literal('stop') }),
])
export type BotCommand = z.infer<typeof BotCommand>

/** How a bot refuses a command that it cannot read. */
export const UNKNOWN_COMMAND = 'This bot does not know such a command.'

export const CommandFrame = z.object({ type: z.literal('command'), id: z.uuid(), command: BotCommand })
export const SettingsFrame = z.object({ type: z.literal('settings'), pacing: Pacing })

export const DownFrame = z.discriminatedUnion('type', [
  WelcomeFrame,
  GrantFrame,
  GrantDeniedFrame,
  EventsAckFrame,
  CommandFrame,
  SettingsFrame,
])
export type DownFrame = z.infer<typeof DownFrame>
