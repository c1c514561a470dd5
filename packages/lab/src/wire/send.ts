import { deliverToContact, findMessage, mediaTypeOf, post, quote, storeMedia } from '../domain/messages.ts'
import type { Account, Contact, Conversation, Device, Media, MessageType } from '../domain/types.ts'
import type { World } from '../domain/world.ts'
import type { Outgoing } from './frames.ts'

type Ack = (ack: { chat: string; id: string; ack: number }) => void

/** A device sends: dedupe by key, store, pass on, acknowledge. */
export const acceptSend = (world: World, account: Account, device: Device, outgoing: Outgoing, ack: Ack): void => {
  world.counters.sends += 1
  const answer = (value: number): void => ack({ chat: outgoing.chat, id: outgoing.id, ack: value })
  if (world.faults.rejectSends) return answer(-1)

  const known = findMessage(world, account, outgoing.chat, outgoing.id, true)
  if (known) {
    world.counters.duplicatesSent += 1
    if (!world.settings.recipientsDropDuplicates) known.copies += 1
    if (!world.heldAcks.has(known)) answer(known.ack)
    return
  }

  const conversation = recipient(world, account, outgoing.chat)
  if (!conversation) return answer(-1)
  const media = mediaOf(world, outgoing)
  if (media === 'missing') return answer(-1)
  const message = post(world, account, conversation, {
    id: outgoing.id,
    fromMe: true,
    author: conversation.contact === null ? `${account.number}@c.us` : null,
    type: (outgoing.type as MessageType | undefined) ?? (media ? mediaTypeOf(media.mimetype) : 'chat'),
    body: outgoing.body,
    via: 'device',
    name: account.name,
    media,
    content: outgoing.content ?? null,
    quoted: outgoing.quoted === undefined ? null : quote(world, account, outgoing.chat, outgoing.quoted),
    // The server stamps what it takes; a device with a wrong clock would bury its messages in the past.
    t: undefined,
    origin: device.id,
  })
  if (!world.heldAcks.has(message)) answer(1)
  if (conversation.contact !== null) deliverToContact(world, conversation.contact)
}

const recipient = (world: World, account: Account, chat: string): Conversation | null => {
  if (chat.endsWith('@g.us')) return world.findConversation(account, chat) ?? null
  const person = world.personOf(chat) ?? stranger(world, chat)
  return person ? (world.findConversation(account, chat) ?? world.conversation(account, person)) : null
}

const stranger = (world: World, chat: string): Contact | null => {
  const [user = ''] = chat.split('@')
  if (!world.settings.autoCreateContacts || !chat.endsWith('@c.us')) return null
  return world.createContact({ phone: user, name: user, addressing: 'pn', phoneKnown: true })
}

const mediaOf = (world: World, { media }: Outgoing): Media | null | 'missing' => {
  if (!media) return null
  const bytes = media.id === undefined ? Buffer.from(media.data ?? '', 'base64') : world.blobs.get(media.id)
  if (!bytes) return 'missing'
  const stored = storeMedia(world, bytes, media.mimetype, media.filename ?? null)
  if (media.id === undefined) return stored
  world.blobs.delete(stored.id)
  return { ...stored, id: media.id }
}
