import { createHash } from 'node:crypto'
import { Jid, MAX_VCARD, MediaInfo, StateReason, ZaptriaError, nameInVcard, textOfContent } from '@zaptria/contract'
import type { BotEvent, BotEventBody, BotState, MessageContent, SeedIncoming, SeedQr, SeedStatus } from '@zaptria/contract'
import { chatIdOf, isGroup, isLid, phoneOfJid } from '@zaptria/core'
import { ownKey } from '../store/messages.ts'
import { uuidv7 } from '../uuid.ts'

/** WhatsApp Web's first code of a page lasts a minute, the following ones 20 s. */
const QR_MS = 60_000

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What a bot posts by the seed's contract, in the words that the link uses, so that both end in one ingest(). Pure but for new ids. */
export function eventOfQr({ qr_code, timestamp, event_id }: SeedQr): BotEvent[] {
  return [
    event(event_id, timestamp, { kind: 'qr', qr_code, expires_in_ms: QR_MS }),
    event(undefined, timestamp, { kind: 'state', state: 'qr_ready', reason: 'waiting_for_scan' }),
  ]
}

export function eventOfStatus(status: SeedStatus): BotEvent[] {
  const { state, reason } = stateOf(status)
  const digits = status.number?.replaceAll(/\D/g, '')
  return [
    event(status.event_id, status.timestamp, {
      kind: 'state',
      state,
      reason,
      ...(status.reason == null ? {} : { detail: status.reason }),
      ...(digits === undefined || digits === '' ? {} : { number: digits }),
      ...(status.name == null ? {} : { name: status.name }),
    }),
  ]
}

export function eventOfIncoming(incoming: SeedIncoming): BotEvent[] {
  const from = jidOf(incoming.from, 'from')
  const chat = incoming.chat_id === undefined ? from : jidOf(incoming.chat_id, 'chat_id')
  const fromMe = incoming.from_me ?? false
  const media = incoming.media === undefined ? undefined : MediaInfo.safeParse(incoming.media).data
  const content = incoming.content ?? cardIn(incoming)
  // The contact's own names: the other side of a chat; in a group, and for the owner's messages, `from` is somebody else.
  const names = isGroup(chat) ? [] : fromMe ? [chat] : [from, chat]
  return [
    event(incoming.event_id, new Date(incoming.timestamp * 1000).toISOString(), {
      kind: 'message',
      wa_id: keyOf(incoming),
      chat_id: chat,
      from_me: fromMe,
      sender: from,
      phone: names.find((jid) => phoneOfJid(jid) !== null) ?? null,
      lid: names.find(isLid) ?? null,
      // A card's text is for programs.
      body: content !== undefined && (incoming.body === '' || isCard(incoming)) ? textOfContent(content) : incoming.body,
      timestamp: incoming.timestamp,
      type: incoming.type,
      ...(incoming.push_name === undefined ? {} : { push_name: incoming.push_name }),
      ...(incoming.quoted === undefined || incoming.quoted === '' ? {} : { quoted: ownKey(incoming.quoted) }),
      ...(media === undefined ? {} : { media }),
      ...(content === undefined ? {} : { content }),
    }),
  ]
}

/** As whatsapp-web.js has it: of one contact's card the body is the card. */
const isCard = ({ type, body }: SeedIncoming): boolean => type === 'vcard' && body.startsWith('BEGIN:VCARD')

function cardIn(incoming: SeedIncoming): MessageContent | undefined {
  if (!isCard(incoming) || incoming.body.length > MAX_VCARD) return undefined
  return { kind: 'contacts', contacts: [{ name: nameInVcard(incoming.body), vcard: incoming.body }] }
}

/**
 * What tells a message from its repetition. A bot that names neither message nor event may still post the same one twice; what it says is all
 * there is then, so that equal words of one person within one second count as one.
 */
function keyOf({ message_id, event_id, from, chat_id, timestamp, type, body }: SeedIncoming): string {
  if (message_id !== undefined && message_id !== '') return ownKey(message_id)
  if (event_id !== undefined && event_id !== '') return `event:${event_id}`
  return `said:${createHash('sha256')
    .update(JSON.stringify([from, chat_id ?? '', timestamp, type, body]))
    .digest('hex')
    .slice(0, 40)}`
}

function jidOf(text: string, path: string): string {
  const jid = chatIdOf(text) ?? Jid.safeParse(text).data
  if (jid === undefined)
    throw new ZaptriaError('validation_failed', { errors: [{ path, message: 'is not a WhatsApp id, for example 5511987654321@c.us' }] })
  return jid
}

/** whatsapp-web.js's words for a disconnection. */
const BY_WWEBJS: Readonly<Record<string, { state: BotState; reason: StateReason }>> = {
  LOGOUT: { state: 'logged_out', reason: 'logout_by_phone' },
  UNPAIRED: { state: 'logged_out', reason: 'logout_by_phone' },
  UNPAIRED_IDLE: { state: 'logged_out', reason: 'logout_by_phone' },
  NAVIGATION: { state: 'logged_out', reason: 'logout_by_phone' },
  CONFLICT: { state: 'conflict', reason: 'opened_elsewhere' },
  TOS_BLOCK: { state: 'banned', reason: 'account_banned' },
  SMB_TOS_BLOCK: { state: 'banned', reason: 'account_banned' },
}

/** A state's usual reason, for bots that name none of ours. */
const USUAL: Readonly<Record<BotState, StateReason>> = {
  starting: 'engine_starting',
  qr_ready: 'waiting_for_scan',
  pairing: 'scanned',
  passkey_required: 'passkey',
  syncing: 'history_sync',
  connected: 'ready',
  reconnecting: 'network_lost',
  conflict: 'opened_elsewhere',
  logged_out: 'logout_by_phone',
  banned: 'account_banned',
  failed: 'engine_incompatible',
}

function stateOf({ status, state, reason }: SeedStatus): { state: BotState; reason: StateReason } {
  const ours = StateReason.safeParse(reason)
  if (state !== undefined) return { state, reason: ours.success ? ours.data : USUAL[state] }
  if (status === 'connected') return { state: 'connected', reason: 'ready' }
  return BY_WWEBJS[reason ?? ''] ?? { state: 'reconnecting', reason: ours.success ? ours.data : 'network_lost' }
}

/** Foreign bots have no outbox positions and no epochs; ingest() does not ask for them. */
function event(id: string | undefined, timestamp: string, body: BotEventBody): BotEvent {
  return { event_id: id !== undefined && UUID.test(id) ? id : uuidv7(), seq: 1, epoch: 0, at: new Date(timestamp).toISOString(), body }
}
