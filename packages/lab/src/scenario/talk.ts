import { z } from 'zod'
import { change } from '../domain/changes.ts'
import type { Deed } from '../domain/changes.ts'
import { newMessageId } from '../domain/ids.ts'
import { contentTypeOf, deliverToContact, mediaTypeOf, post, quote, readByAccount, readByContact, storeMedia } from '../domain/messages.ts'
import { LabError } from '../domain/problem.ts'
import type { Account, Contact, Conversation, Media, MessageType } from '../domain/types.ts'
import type { World } from '../domain/world.ts'
import { ContentFrame } from '../wire/frames.ts'
import { action, digits } from './action.ts'

const media = z.object({ data: z.string(), mimetype: z.string(), filename: z.string().optional(), voice: z.boolean().default(false) })

const content = {
  /** Text; with media, its caption. */
  body: z.string().default(''),
  /** `data` in base64. */
  media: media.optional(),
  /** Instead of text and media: a location, contact cards, a poll. */
  content: ContentFrame.optional(),
  /** The id of the message that this one answers. */
  quoted: z.string().optional(),
  /** The message's own id, to send the same twice or to know it beforehand. */
  id: z.string().optional(),
  /** Unix seconds; absent: now. */
  at: z.int().optional(),
}

/** The id of a person's phone, or of a group's chat. */
const other = { contact: digits.optional(), chat: z.string().optional() }

const conversationWith = (
  world: World,
  account: Account,
  to: { contact?: string | undefined; chat?: string | undefined },
): Conversation => {
  if (to.contact !== undefined) return world.conversation(account, world.contact(to.contact))
  const found = to.chat === undefined ? undefined : world.findConversation(account, to.chat)
  if (!found)
    throw new LabError(
      `${account.number} has no chat ${to.chat}; name a contact or one of: ${account.conversations.map((one) => one.chat).join(', ')}`,
    )
  return found
}

type Content = {
  body: string
  media?: z.output<typeof media> | undefined
  content?: z.output<typeof ContentFrame> | undefined
  quoted?: string | undefined
  at?: number | undefined
}

const draftOf = (world: World, account: Account, conversation: Conversation, input: Content) => {
  const stored: Media | null = input.media
    ? storeMedia(world, Buffer.from(input.media.data, 'base64'), input.media.mimetype, input.media.filename ?? null)
    : null
  const written: MessageType = input.content ? contentTypeOf(input.content) : 'chat'
  const type: MessageType = input.media?.voice ? 'ptt' : stored ? mediaTypeOf(stored.mimetype) : written
  const quoted = input.quoted === undefined ? null : quote(world, account, conversation.chat, input.quoted)
  return { body: input.body, type, media: stored, content: input.content ?? null, quoted, t: input.at, origin: null }
}

const authorIn = (world: World, conversation: Conversation, contact: Contact): string | null => {
  if (conversation.contact !== null) return null
  if (!conversation.participants.includes(contact.phone)) throw new LabError(`${contact.phone} is not in ${conversation.name}`)
  return world.chatIdOf(contact)
}

/** A message by its id, in the chat with a person, or in a group. With `contact` the contact does it, without the owner, on the phone. */
const target = { account: digits, chat: z.string().optional(), contact: digits.optional(), id: z.string() }
type Target = { account: string; chat?: string | undefined; contact?: string | undefined; id: string }

const deed = (world: World, { account: number, chat, contact, id }: Target, what: Deed) => {
  const account = world.account(number)
  const person = contact === undefined ? null : world.contact(contact)
  const all = chat === undefined ? account.conversations : [conversationWith(world, account, { chat })]
  const conversation = all.find((one) => one.messages.some((message) => message.id === id))
  if (!conversation) throw new LabError(`there is no message ${id}`)
  if (person === null && !account.phoneOnline) throw new LabError(`the phone of ${number} is offline`)
  const by = person === null ? { fromMe: true, sender: `${number}@c.us` } : { fromMe: false, sender: world.chatIdOf(person) }
  return change(world, account, { chat: conversation.chat, id }, by, what)
}

export const talk = {
  /** An emoji on a message; empty takes it back. */
  react: action(z.object({ ...target, emoji: z.string() }), ({ world }, { emoji, ...input }) =>
    deed(world, input, { kind: 'react', emoji }),
  ),

  /** Another text, by who wrote it. */
  edit: action(z.object({ ...target, body: z.string().min(1) }), ({ world }, { body, ...input }) =>
    deed(world, input, { kind: 'edit', body }),
  ),

  /** Deleted for everyone, by who wrote it. */
  revoke: action(z.object(target), ({ world }, input) => deed(world, input, { kind: 'revoke' })),

  /** A person writes: to the account, or into the group `chat`. */
  sendFromContact: action(z.object({ account: digits, contact: digits, chat: z.string().optional(), ...content }), ({ world }, input) => {
    const account = world.account(input.account)
    const contact = world.contact(input.contact)
    const conversation =
      input.chat === undefined ? world.conversation(account, contact) : conversationWith(world, account, { chat: input.chat })
    const author = authorIn(world, conversation, contact)
    const id = input.id ?? newMessageId('phone')
    return post(world, account, conversation, {
      ...draftOf(world, account, conversation, input),
      id,
      fromMe: false,
      author,
      via: 'contact',
      name: contact.name,
    })
  }),

  /** The owner writes on the phone: linked devices see it as from me. */
  sendFromPhone: action(z.object({ account: digits, ...other, ...content }), ({ world }, input) => {
    const account = world.account(input.account)
    const conversation = conversationWith(world, account, input)
    const author = conversation.contact === null ? `${account.number}@c.us` : null
    const id = input.id ?? newMessageId('phone')
    const draft = { ...draftOf(world, account, conversation, input), id, fromMe: true, author, via: 'phone' as const, name: account.name }
    if (!account.phoneOnline) throw new LabError(`the phone of ${account.number} is offline`)
    readByAccount(world, account, conversation.chat)
    const message = post(world, account, conversation, draft)
    if (conversation.contact !== null) deliverToContact(world, conversation.contact)
    return message
  }),

  /** The person opens the chat: blue ticks for what the account wrote. */
  readByContact: action(z.object({ account: digits, contact: digits }), ({ world }, { account, contact }) =>
    readByContact(world, world.account(account), contact),
  ),

  /** The owner opens the chat on the phone: the unread counter goes to 0 everywhere. */
  readOnPhone: action(z.object({ account: digits, ...other }), ({ world }, input) => {
    const account = world.account(input.account)
    readByAccount(world, account, conversationWith(world, account, input).chat)
  }),

  /** A person is typing to the account. */
  typing: action(
    z.object({ account: digits, contact: digits, state: z.enum(['typing', 'recording', 'paused']) }),
    ({ world }, { account, contact, state }) =>
      world.changed({ type: 'chatstate', account, chat: world.chatIdOf(world.contact(contact)), by: 'contact', state }),
  ),
}
