import {
  MAX_CONTACTS,
  MAX_POLL_OPTIONS,
  MAX_VCARD,
  MessageContent,
  nameInVcard,
  textOfContent,
  type BotEventBody,
  type MediaInfo,
} from '@zaptria/contract'
import type { EngineChange, EngineEvent, EngineMessage } from '../engine/port.ts'
import { waIdOf } from '../engine/wa-id.ts'

const cut = (text: string, max: number): string => {
  if (text.length <= max) return text
  // Not through the middle of an emoji: half a surrogate pair is no text.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(max - 1)) ? max - 1 : max
  return text.slice(0, end)
}

const cutContent = (content: MessageContent): MessageContent => {
  switch (content.kind) {
    case 'location': {
      const { name, address, ...place } = content
      return {
        ...place,
        ...(name === undefined ? {} : { name: cut(name, 1000) }),
        ...(address === undefined ? {} : { address: cut(address, 1000) }),
      }
    }
    case 'contacts':
      return {
        kind: 'contacts',
        contacts: content.contacts
          .slice(0, MAX_CONTACTS)
          // Half a card is none; what is longer carries a picture.
          .map(({ name, vcard }) => ({ name: cut(name || nameInVcard(vcard), 256), vcard: vcard.length > MAX_VCARD ? '' : vcard })),
      }
    case 'poll': {
      const options = content.options.slice(0, MAX_POLL_OPTIONS).map((option) => cut(option, 256))
      return { kind: 'poll', question: cut(content.question, 1000), options, max_choices: Math.min(content.max_choices, MAX_POLL_OPTIONS) }
    }
    default:
      return content satisfies never
  }
}

/** Content, and the words for it, cut to the wire's limits. What is no content even so is left out: a message must not be lost for it. */
const contentOf = (message: EngineMessage): { content?: MessageContent; body?: string } => {
  if (message.content === undefined) return {}
  const parsed = MessageContent.safeParse(cutContent(message.content))
  return parsed.success ? { content: parsed.data, body: message.body === '' ? textOfContent(parsed.data) : cut(message.body, 65_536) } : {}
}

const cutMedia = ({ mimetype, filename, ...rest }: MediaInfo): MediaInfo => ({
  ...rest,
  mimetype: cut(mimetype, 256),
  ...(filename === undefined ? {} : { filename: cut(filename, 512) }),
})

/** An engine's message as the wire names it, cut to the wire's limits: a message that is too long must not be lost for it. */
export const messageEvent = (message: EngineMessage): Extract<BotEventBody, { kind: 'message' }> => ({
  kind: 'message',
  wa_id: waIdOf(message.waId),
  chat_id: message.chatId,
  from_me: message.fromMe,
  sender: message.sender,
  phone: message.phone,
  lid: message.lid,
  body: cut(message.body, 65_536),
  timestamp: Math.max(0, Math.floor(message.timestamp)),
  type: cut(message.type, 64),
  ...(message.pushName === undefined ? {} : { push_name: cut(message.pushName, 256) }),
  ...(message.subject === undefined ? {} : { subject: cut(message.subject, 256) }),
  ...(message.quoted === undefined || message.quoted === '' ? {} : { quoted: waIdOf(message.quoted) }),
  ...(message.media === undefined ? {} : { media: cutMedia(message.media) }),
  ...contentOf(message),
  ...(message.caughtUp === true ? { caught_up: true } : {}),
})

/** What was done to a message, as the wire names it. */
const changeEvent = (change: EngineChange): BotEventBody => {
  const { waId, chatId, fromMe, sender } = change.target
  const shared = {
    target: { wa_id: waIdOf(waId), chat_id: chatId, from_me: fromMe, sender },
    alias_chat_id: change.aliasChatId,
    from_me: change.fromMe,
    sender: change.sender,
    timestamp_ms: Math.max(0, Math.floor(change.timestampMs)),
  }
  switch (change.kind) {
    case 'reaction':
      return { kind: 'reaction', ...shared, emoji: cut(change.emoji, 64) }
    case 'edit':
      return { kind: 'edit', ...shared, body: cut(change.body, 65_536) }
    case 'revoke':
      return { kind: 'revoke', ...shared }
    default:
      return change satisfies never
  }
}

/** What the session passes on as it is. States, messages and endings it handles itself. */
export const plainEvent = (
  event: Exclude<EngineEvent, { kind: 'state' | 'message' | 'unreadable' | 'ended' }>,
  engine: string,
): BotEventBody => {
  switch (event.kind) {
    case 'qr':
      return {
        kind: 'qr',
        qr_code: event.qr,
        ...(event.expiresInMs === undefined ? {} : { expires_in_ms: Math.max(1, Math.floor(event.expiresInMs)) }),
      }
    case 'pairing_code':
      return { kind: 'pairing_code', code: event.code }
    case 'ack':
      return { kind: 'ack', wa_id: event.waId, chat_id: event.chatId, ack: event.ack }
    case 'change':
      return changeEvent(event.change)
    case 'probe':
      return {
        kind: 'probe',
        engine: cut(engine, 32),
        engine_version: cut(event.engineVersion, 64),
        page_version: event.pageVersion === null ? null : cut(event.pageVersion, 64),
        missing: event.missing.slice(0, 500).map((name) => cut(name, 128)),
        ids: event.ids,
      }
    default:
      return event satisfies never
  }
}

export const detailOf = (text: string | undefined): { detail?: string } => (text === undefined ? {} : { detail: cut(text, 1000) })
