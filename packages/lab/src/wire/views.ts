import { parseJid } from '../domain/ids.ts'
import { visibleAck } from '../domain/messages.ts'
import type { Account, Contact, Conversation, Device, Message } from '../domain/types.ts'
import type { World } from '../domain/world.ts'
import type { WireChat, WireContact, WireMe, WireMessage } from './frames.ts'

/** The world as a device may see it. */

export const wireMe = (account: Account): WireMe => ({
  id: `${account.number}@c.us`,
  lid: `${account.lid}@lid`,
  number: account.number,
  name: account.name,
})

export const wireContact = (world: World, contact: Contact): WireContact => ({
  id: world.chatIdOf(contact),
  phone: contact.addressing === 'pn' || contact.phoneKnown ? contact.phone : null,
  lid: contact.lid,
  name: contact.name,
  group: false,
})

export const wireMessage = (world: World, message: Message): WireMessage => {
  const { copies: _, ackSeq: __, ...rest } = message
  const person = message.chat.endsWith('@g.us') ? null : world.personOf(message.chat)
  return {
    ...rest,
    ack: visibleAck(world, message),
    phone: person ? wireContact(world, person).phone : parseJid(message.chat).server === 'c.us' ? parseJid(message.chat).user : null,
  }
}

const stored = (device: Device, conversation: Conversation): Message[] =>
  device.sinceSeq === 0 ? conversation.messages : conversation.messages.filter((one) => one.seq > device.sinceSeq)

export const wireChatHead = ({ chat, name, unread, participants, messages }: Conversation): Omit<WireChat, 'last'> => ({
  id: chat,
  name,
  unread,
  t: messages.at(-1)?.t ?? 0,
  participants,
})

const wireChat = (world: World, device: Device, conversation: Conversation): WireChat => {
  const last = stored(device, conversation).at(-1)
  return { ...wireChatHead(conversation), t: last?.t ?? 0, last: last ? wireMessage(world, last) : null }
}

export const wireChats = (world: World, account: Account, device: Device): WireChat[] =>
  account.conversations
    .filter((one) => stored(device, one).length > 0 || one.participants.length > 0)
    .map((one) => wireChat(world, device, one))

export const wireContacts = (world: World, account: Account): WireContact[] => {
  const phones = new Set(account.conversations.flatMap((one) => (one.contact === null ? one.participants : [one.contact])))
  return [...world.contacts.values()].filter((one) => phones.has(one.phone)).map((one) => wireContact(world, one))
}

/** Oldest first, all before the message named. */
export const wireHistory = (
  world: World,
  account: Account,
  device: Device,
  chat: string,
  before: string | null,
  limit: number,
): WireMessage[] => {
  const conversation = world.findConversation(account, chat)
  if (!conversation) return []
  const all = stored(device, conversation).toSorted((a, b) => a.t - b.t || a.seq - b.seq)
  const end = before === null ? all.length : all.findIndex((one) => one.id === before)
  return end <= 0 ? [] : all.slice(Math.max(0, end - limit), end).map((one) => wireMessage(world, one))
}
