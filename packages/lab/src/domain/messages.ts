import { filehash, newSecret } from './ids.ts'
import { LabError } from './problem.ts'
import type { Account, Content, Conversation, Media, Message, MessageType, Quoted } from './types.ts'
import type { World } from './world.ts'

export type Draft = {
  id: string
  fromMe: boolean
  author: string | null
  type: MessageType
  body: string
  via: Message['via']
  name: string
  media: Media | null
  content: Content | null
  quoted: Quoted | null
  t?: number | undefined
  origin: string | null
}

/** Puts a message at its place in a conversation and tells everybody. */
export const post = (world: World, account: Account, conversation: Conversation, draft: Draft): Message => {
  const { origin, t, ...rest } = draft
  const me = conversation.chat.endsWith('@lid') ? `${account.lid}@lid` : `${account.number}@c.us`
  const message: Message = {
    ...rest,
    chat: conversation.chat,
    from: draft.fromMe ? me : conversation.chat,
    to: draft.fromMe ? conversation.chat : me,
    t: t ?? Math.floor(world.now() / 1000),
    ack: 1,
    copies: 1,
    seq: world.nextSeq(),
  }
  conversation.messages.push(message)
  if (message.fromMe) {
    if (message.via === 'phone') conversation.unread = 0
  } else conversation.unread += 1
  if (draft.fromMe && world.faults.holdAcks && draft.via === 'device') {
    world.heldAcks.set(message, { account: account.number, chat: conversation.chat })
  }
  world.changed({ type: 'message', account: account.number, chat: conversation.chat, message, origin })
  return message
}

/** Same person, whatever the id: a message sent to the phone's chat is found under the LID's too. */
export const findMessage = (world: World, account: Account, chat: string, id: string, fromMe?: boolean): Message | null => {
  for (const conversation of world.conversationsWith(account, chat)) {
    const found = conversation.messages.findLast((one) => one.id === id && (fromMe === undefined || one.fromMe === fromMe))
    if (found) return found
  }
  return null
}

/** Acks only grow; a refusal (−1) is not a stored message's. */
export const raiseAck = (world: World, account: Account, message: Message, ack: number): void => {
  if (message.ack >= ack) return
  message.ack = ack
  message.ackSeq = world.nextSeq()
  world.changed({ type: 'ack', account: account.number, chat: message.chat, id: message.id, ack })
}

/** What a device is told: 0 as long as the acks are held. */
export const visibleAck = (world: World, message: Message): number => (world.heldAcks.has(message) ? 0 : message.ack)

export const releaseAcks = (world: World): void => {
  const held = [...world.heldAcks]
  world.heldAcks.clear()
  for (const [message, { account, chat }] of held) {
    world.changed({ type: 'ack', account, chat, id: message.id, ack: message.ack })
  }
}

/** A contact's phone gets what waited for it. */
export const deliverToContact = (world: World, phone: string): void => {
  const contact = world.contact(phone)
  if (!contact.online) return
  for (const account of world.accounts.values()) {
    for (const conversation of account.conversations.filter((one) => one.contact === phone)) {
      for (const message of conversation.messages.filter((one) => one.fromMe))
        raiseAck(world, account, message, world.settings.autoRead ? 3 : 2)
    }
  }
}

/** The contact opens the chat: what the account wrote is read. */
export const readByContact = (world: World, account: Account, phone: string): void => {
  for (const conversation of account.conversations.filter((one) => one.contact === phone)) {
    for (const message of conversation.messages.filter((one) => one.fromMe)) raiseAck(world, account, message, 3)
  }
}

/** The owner, or a device of the owner's, opens the chat. */
export const readByAccount = (world: World, account: Account, chat: string): void => {
  for (const conversation of world.conversationsWith(account, chat)) {
    for (const message of conversation.messages.filter((one) => !one.fromMe)) raiseAck(world, account, message, 3)
    if (conversation.unread === 0) continue
    conversation.unread = 0
    world.changed({ type: 'unread', account: account.number, chat: conversation.chat, unread: 0 })
  }
}

/** The phone of the owner gets what waited for it. */
export const deliverToAccount = (world: World, account: Account): void => {
  for (const conversation of account.conversations) {
    for (const message of conversation.messages.filter((one) => !one.fromMe)) raiseAck(world, account, message, 2)
  }
}

/** The message that a reply points at. */
export const quote = (world: World, account: Account, chat: string, id: string): Quoted => {
  const message = findMessage(world, account, chat, id)
  if (!message) throw new LabError(`cannot quote ${id}: it is not in ${chat}`)
  return {
    id,
    body: message.body || textOf(message.content),
    fromMe: message.fromMe,
    author: message.author ?? message.from,
    type: message.type,
  }
}

/** The type of a message with such content. */
export const contentTypeOf = (content: Content): MessageType => {
  if (content.kind === 'location') return 'location'
  if (content.kind === 'poll') return 'poll_creation'
  return content.contacts.length === 1 ? 'vcard' : 'multi_vcard'
}

/** Content in words. */
export const textOf = (content: Content | null | undefined): string => {
  if (content === null || content === undefined) return ''
  switch (content.kind) {
    case 'location':
      return [content.name, content.address].filter(Boolean).join('\n') || `${content.latitude}, ${content.longitude}`
    case 'contacts':
      return content.contacts.map(({ name }) => name).join(', ')
    case 'poll':
      return content.question
    default:
      return content satisfies never
  }
}

export const mediaTypeOf = (mimetype: string): MessageType => {
  if (mimetype === 'image/webp') return 'sticker'
  const [kind = ''] = mimetype.split('/')
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document'
}

export const storeMedia = (world: World, bytes: Buffer, mimetype: string, filename: string | null): Media => {
  const id = newSecret()
  world.blobs.set(id, bytes)
  return { id, mimetype, size: bytes.length, filename, filehash: filehash(bytes), ...pngSize(bytes) }
}

/** Width and height stand in a PNG's first chunk; other kinds go without. */
const pngSize = (bytes: Buffer): { width: number | null; height: number | null } =>
  bytes.length > 24 && bytes.subarray(1, 4).toString('latin1') === 'PNG'
    ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
    : { width: null, height: null }
