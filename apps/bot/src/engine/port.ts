import type { BotState, FailureReason, MediaInfo, MediaKind, MessageContent, SnapshotManifest, StateReason } from '@zaptria/contract'

/** What an engine reports. Jids and ids are plain strings here, whatever the page calls them. */
export type EngineEvent =
  | { kind: 'qr'; qr: string | null; expiresInMs?: number }
  | { kind: 'pairing_code'; code: string | null }
  | { kind: 'state'; state: BotState; reason: StateReason; detail?: string; number?: string; name?: string }
  | { kind: 'message'; message: EngineMessage }
  /** A message came of which the engine can make nothing: it is lost, and somebody has to know. */
  | { kind: 'unreadable'; what: string }
  | { kind: 'ack'; waId: string; chatId: string; ack: number }
  | { kind: 'change'; change: EngineChange }
  | { kind: 'probe'; engineVersion: string; pageVersion: string | null; missing: string[]; ids: 'named' | 'by_value' | 'not_found' }
  /**
   * The session is over and cannot go on in this engine instance: the session layer closes it and, by reason, opens a fresh one or waits.
   * Said once, never after `close()`; an `open()` that fails rejects as well, with an `EngineError` of the same reason.
   */
  | { kind: 'ended'; state: BotState; reason: StateReason; detail?: string }

export type EngineMessage = {
  /** By `waIdOf`. */
  waId: string
  chatId: string
  fromMe: boolean
  sender: string
  /** The contact's phone jid (`<digits>@c.us`) when known. */
  phone: string | null
  lid: string | null
  body: string
  /** Unix seconds. */
  timestamp: number
  type: string
  /** What whoever wrote it calls themselves. */
  pushName?: string
  /** A group's. */
  subject?: string
  quoted?: string
  media?: MediaInfo
  /** As WhatsApp says it, whatever its sizes. */
  content?: MessageContent
  caughtUp?: boolean
}

/** A message as the page names it. */
export type MessageRef = { waId: string; chatId: string; fromMe: boolean; /** In groups the key holds it. */ sender: string }

/** Something was done to a message, by anybody, this account included. It may come before the message, or twice. */
export type EngineChange = {
  target: MessageRef
  /** The other name of the target's chat, when known. */
  aliasChatId: string | null
  fromMe: boolean
  sender: string
  /** WhatsApp's own time. */
  timestampMs: number
} & ({ kind: 'reaction'; /** Empty: taken back. */ emoji: string } | { kind: 'edit'; body: string } | { kind: 'revoke' })

/** What is to be done to a message. The same again does nothing more. */
export type ChangeRequest = { target: MessageRef; aliasChatId: string | null } & (
  | { kind: 'react'; emoji: string }
  | { kind: 'edit'; body: string }
  | { kind: 'revoke' }
)
/** `done`: WhatsApp has it. `rejected`: it never will. Throwing means: nobody knows; ask again. */
export type ChangeOutcome = { outcome: 'done' } | { outcome: 'rejected'; reason: FailureReason; detail?: string }

/** WhatsApp has the bytes of a message's media no more, or never had them. To be asked for again: now and then it gets them from the phone. */
export class MediaGoneError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'MediaGoneError'
  }
}

/** A file to send, in the engine's hands already (`stageMedia`). */
export type SendFile = { handle: string; kind: MediaKind }

export type SendRequest = {
  /** The key's own part, chosen by the caller; every attempt uses it. */
  waId: string
  chatId: string
  aliasChatId: string | null
  /** With a file its caption. */
  text: string
  file?: SendFile
  /** Instead of text and file. */
  content?: MessageContent
  /** The message that this one answers, under any of the chat's names. Where WhatsApp does not have it, this one is sent without. */
  quoted?: MessageRef
  /** Show "typing…" for so long first. */
  typingMs: number
}
/** `handed`: the page took it and owns it; acks follow. `rejected`: it was certainly not sent. Throwing means: nobody knows; settle by key. */
export type SendOutcome = { outcome: 'handed'; chatId: string } | { outcome: 'rejected'; reason: FailureReason; detail?: string }

/** Of what the copy was taken, where there is a page and a browser. */
export type SessionCopy = {
  heldMs: number
  versions: { page_version: string | null; browser_version: string | null }
  /** What was in the page's storage before and after alike; empty where there is none, or it could not be read. */
  marks: SnapshotManifest['marks']
}

/** What the page knows of a key: its newest ack (−1…4), or absent from both chats. */
export type KeyLookup = { found: true; ack: number; chatId: string } | { found: false }

export type EngineOptions = {
  /** Directory on the volume that holds the session; the engine owns everything below. */
  profileDir: string
  /** For caches and downloads: on the volume as well (tmpfs counts into the container's memory). */
  scratchDir: string
  emit: (event: EngineEvent) => void
  log: { debug: LogFn; info: LogFn; warn: LogFn; error: LogFn }
  /** Ask for a code for this phone (digits) instead of showing a QR. */
  pairWithPhone?: string
}
type LogFn = (fields: object, message: string) => void

/**
 * One WhatsApp session in one place. An instance is opened once and closed once; a fresh session is a fresh instance (reference: always a fresh browser).
 * All methods reject with an `Error` when the session is gone; none hangs: each has a deadline of its own.
 */
export interface Engine {
  readonly name: string
  /** Resolves when the engine's process is up (a browser runs and its page loads), not when WhatsApp is ready. */
  open(signal: AbortSignal): Promise<void>
  /** Ends browser and page; resolves when nothing of it runs any more; safe at any time, any number of times. */
  close(): Promise<void>
  send(request: SendRequest, signal: AbortSignal): Promise<SendOutcome>
  /** Reacts to a message, edits it, or deletes it for everyone. As `lookup`, not before `catchUp` has read. */
  change(request: ChangeRequest, signal: AbortSignal): Promise<ChangeOutcome>
  /**
   * What WhatsApp knows of a message of ours. As `downloadMedia`, not before `catchUp` has read: a page that was asked for a single message may
   * take it for the oldest that it holds, and read on from there, past others.
   */
  lookup(waId: string, chatIds: string[]): Promise<KeyLookup>
  /**
   * The bytes of a message's media, in chunks: never all of them in this process. Rejects with a MediaGoneError when WhatsApp does not have them,
   * and with any other when it may work later. Whoever stops reading lets go of what the page holds.
   */
  downloadMedia(message: MessageRef, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Takes a file for `send`, in chunks. It is held until it is released, or the session ends. */
  stageMedia(
    file: { mimetype: string; filename: string | null },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<{ handle: string; release: () => Promise<void> }>
  /**
   * Messages newer than each chat's watermark (Unix seconds) less the overlap; nothing older than `floor`, the time of pairing. What came in
   * one contact's chats, under the phone and under the LID, is told oldest first, as if they were one, and so is each group's; contacts follow
   * each other in any order. Of two messages of one second the one that WhatsApp had first comes first, where it says which that was. Each
   * chat's own order holds in any case: after any message its chat's watermark may be raised. A second call tells the same again. To be called at each `connected`: what came in a gap is announced by nothing else.
   */
  catchUp(watermarks: ReadonlyMap<string, number>, floor: number, signal: AbortSignal): AsyncIterable<EngineMessage>
  /** A code for "link with phone number". */
  requestPairingCode(phone: string): Promise<string>
  /** Unlinks from the account. The session layer then closes the engine and wipes the profile. */
  logout(): Promise<void>
  /** Rejects when the page does not answer: the heartbeat. */
  ping(): Promise<void>
  /**
   * Copies what the session needs, as it was at one instant, into a directory that is not there yet: put below the `profileDir` of a fresh
   * instance, it opens the same session. Nothing is handled for `heldMs` meanwhile. What was copied when it rejects is of no use.
   */
  copySession(into: string, number: string): Promise<SessionCopy>
  /** Bytes of the browser's processes, null without one. */
  memory(): Promise<number | null>
}

export type EngineFactory = (options: EngineOptions) => Engine
