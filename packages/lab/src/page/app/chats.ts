import type { WireChat, WireContact, WireMessage } from '../../wire/frames.ts'
import { Collection } from './collection.ts'
import type { Connection } from './connection.ts'
import { MsgKey, Wid } from './ids.ts'
import { ChatModel, ContactModel, GroupMetadata, MsgCollection } from './models.ts'
import type { MsgModel } from './models.ts'
import { msgOf, revokedOf } from './msg-of.ts'
import type { Reactions } from './reactions.ts'

/** The collections, and how they fill. */
export class Chats {
  readonly msgs = new MsgCollection()
  readonly chats = new Collection<ChatModel>()
  readonly contacts = new Collection<ContactModel>()
  readonly #connection: Connection
  readonly #reactions: Reactions
  readonly #lidToPhone = new Map<string, Wid>()
  readonly #phoneToLid = new Map<string, Wid>()
  readonly #byId = new Map<string, MsgModel>()

  constructor(connection: Connection, reactions: Reactions) {
    this.#connection = connection
    this.#reactions = reactions
    this.msgs.getMessagesById = async (ids) => {
      const found = await Promise.all(ids.map((id) => this.message(String(id))))
      return { messages: found.filter((one) => one !== null) }
    }
    this.msgs.search = async (query) => ({ messages: this.msgs.filter((msg) => (msg.caption ?? msg.body ?? '').includes(query)) })
  }

  phoneOf(wid: Wid): Wid | undefined {
    return wid.isLid() ? this.#lidToPhone.get(String(wid)) : wid
  }

  lidOf(wid: Wid): Wid | undefined {
    return wid.isLid() ? wid : this.#phoneToLid.get(String(wid))
  }

  /** The same person's other id. */
  alternate(wid: Wid): Wid | undefined {
    return wid.isLid() ? this.#lidToPhone.get(String(wid)) : this.#phoneToLid.get(String(wid))
  }

  putContact(contact: WireContact): ContactModel {
    const id = new Wid(contact.id)
    const phone = contact.phone === null ? undefined : new Wid(`${contact.phone}@c.us`)
    if (contact.lid !== null && phone) {
      const lid = new Wid(`${contact.lid}@lid`)
      this.#lidToPhone.set(String(lid), phone)
      this.#phoneToLid.set(String(phone), lid)
    }
    const attributes = { pushname: contact.name, phoneNumber: id.isLid() ? phone : undefined }
    const known = this.contacts.get(id)
    if (known) return known.set(attributes)
    const model = new ContactModel({
      id,
      name: undefined,
      type: 'in',
      isBusiness: false,
      isEnterprise: false,
      isContactBlocked: false,
      isMe: false,
      ...attributes,
    })
    this.contacts.add(model)
    return model
  }

  /** Asks the server when the page does not know; null: not on WhatsApp. */
  async findContact(id: string): Promise<ContactModel | null> {
    const known = this.contacts.get(id)
    if (known) return known
    const found = await this.#connection.ask<WireContact | null>({ type: 'exists', id })
    return found ? this.putContact(found) : null
  }

  putChat(wire: Omit<WireChat, 'last'>): ChatModel {
    const known = this.chats.get(wire.id)
    if (known) return known.set({ unreadCount: wire.unread, t: Math.max(wire.t, known.t) })
    const id = new Wid(wire.id)
    const chat = new ChatModel({
      id,
      name: wire.name,
      formattedTitle: wire.name,
      t: wire.t,
      unreadCount: wire.unread,
      archive: false,
      pin: undefined,
      isReadOnly: false,
      isLocked: false,
      muteExpiration: 0,
      mute: { expiration: 0 },
      lastReceivedKey: undefined,
      groupMetadata: id.isGroup() ? groupOf(id, wire) : undefined,
    })
    this.chats.add(chat)
    return chat
  }

  /** The chat that the person behind an id was last talked to in: the LID's, when the phone is asked for. */
  async findOrCreate(wid: Wid): Promise<{ chat: ChatModel; created: boolean }> {
    const other = this.alternate(wid)
    const known = [this.chats.get(wid), this.chats.get(other)].filter((one) => one !== undefined).toSorted((a, b) => b.t - a.t)
    if (known[0]) return { chat: known[0], created: false }
    const contact = await this.findContact(String(wid))
    const id = String(contact?.id ?? wid)
    const chat = this.chats.get(id)
    if (chat) return { chat, created: false }
    return { chat: this.putChat({ id, name: contact?.pushname ?? wid.user, unread: 0, t: 0, participants: [] }), created: true }
  }

  /** Puts a message into the collections; `isNew` is what clients listen for. */
  putMessage(wire: WireMessage, isNew: boolean, at: 'start' | 'end' = 'end'): MsgModel {
    const known = this.known(wire)
    if (known) {
      if (wire.ack > known.ack) known.set({ ack: wire.ack })
      this.#update(known, wire)
      return known
    }
    const chat = this.chats.get(wire.chat) ?? this.putChat({ id: wire.chat, name: wire.name, unread: 0, t: wire.t, participants: [] })
    const msg = this.place(chat, msgOf(wire, isNew), at)
    if (wire.reactions) this.#reactions.hold(msg, wire.reactions)
    return msg
  }

  /** What was done to a message that is here already, as the page tells its clients. */
  #update(msg: MsgModel, wire: WireMessage): void {
    if (wire.type === 'revoked' && msg.type !== 'revoked')
      msg.set({ ...revokedOf(wire), type: 'revoked', body: '', caption: undefined, directPath: undefined, mediaData: undefined })
    else if (wire.editedAt !== undefined && wire.editedAt !== msg.latestEditSenderTimestampMs)
      msg.set({ latestEditMsgKey: msg.id, latestEditSenderTimestampMs: wire.editedAt, body: wire.body })
    this.#reactions.update(msg, wire.reactions ?? [])
  }

  place(chat: ChatModel, msg: MsgModel, at: 'start' | 'end' = 'end'): MsgModel {
    if (msg.t > chat.t) chat.set({ t: msg.t })
    if (at === 'end') chat.set({ lastReceivedKey: msg.id })
    chat.msgs.add(msg, { at })
    this.#byId.set(`${msg.id.fromMe}_${msg.id.id}`, msg)
    this.msgs.add(msg)
    return msg
  }

  /** The message as it is here already. */
  known({ id, fromMe, chat, author }: WireMessage): MsgModel | undefined {
    // Ours is the same whatever the chat is called now; others choose ids as they like.
    return fromMe ? this.byId(id, true) : this.msgs.get([fromMe, chat, id, author ?? []].flat().join('_'))
  }

  /** The last one of this id. */
  byId(id: string, fromMe: boolean): MsgModel | undefined {
    return this.#byId.get(`${fromMe}_${id}`)
  }

  async message(key: string): Promise<MsgModel | null> {
    const known = this.msgs.get(key)
    if (known) return known
    const { remote, id } = MsgKey.fromString(key)
    const found = await this.#connection.ask<WireMessage | null>({ type: 'lookup', chat: String(remote), id })
    return found ? this.putMessage(found, false, 'start') : null
  }

  /** Answers with what was not here before; none: there is nothing older. */
  async loadEarlier(chat: ChatModel): Promise<MsgModel[]> {
    while (!chat.complete) {
      const oldest = chat.msgs.getModelsArray()[0]
      const before = oldest?.id.id ?? null
      const wires = await this.#connection.ask<WireMessage[]>({ type: 'history', chat: String(chat.id), before, limit: 20 })
      if (wires.length < 20) chat.complete = true
      const loaded = wires.toReversed().flatMap((wire) => {
        const known = this.known(wire) !== undefined
        const msg = this.putMessage(wire, false, 'start')
        // What came back from the outbox stood at the end: reading on would begin behind it for ever.
        chat.msgs.moveToStart(msg)
        return known ? [] : [msg]
      })
      if (loaded.length > 0) return loaded.toReversed()
    }
    return []
  }
}

const groupOf = (id: Wid, wire: Omit<WireChat, 'last'>): GroupMetadata =>
  new GroupMetadata({
    id,
    subject: wire.name,
    announce: false,
    isLidAddressingMode: false,
    participants: wire.participants.map((phone) => ({ id: new Wid(`${phone}@c.us`), isAdmin: false, isSuperAdmin: false })),
  })
