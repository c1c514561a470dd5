import type { Outgoing } from '../../wire/frames.ts'
import type { Chats } from './chats.ts'
import { contentAttributes, contentOf } from './content.ts'
import type { Connection } from './connection.ts'
import type { Counter } from './counter.ts'
import { MsgKey, Wid } from './ids.ts'
import { MediaData, MsgModel } from './models.ts'
import type { ChatModel } from './models.ts'
import type { Attributes } from './model.ts'
import type { Pending, Store } from './store.ts'

type SendResult = { messageSendResult: 'OK' | 'ERROR_UNKNOWN'; t: number }

/**
 * Messages on their way. They are in the local store before anything is sent, survive a reload, and are sent again with the same key
 * whenever the connection comes back: the page owns what has ack 0.
 */
export class Outbox {
  readonly #store: Store
  readonly #chats: Chats
  readonly #connection: Connection
  readonly #counter: Counter
  readonly #pending = new Map<string, Pending>()
  readonly #settle = new Map<string, (result: SendResult) => void>()

  constructor(store: Store, chats: Chats, connection: Connection, counter: Counter) {
    this.#store = store
    this.#chats = chats
    this.#connection = connection
    this.#counter = counter
  }

  async load(): Promise<void> {
    for (const pending of await this.#store.pending()) this.#pending.set(pending.id, pending)
  }

  /** As `addAndSendMsgToChat`: the first promise settles at the local store, the second at the server's answer. */
  add(chat: ChatModel, attributes: Attributes): [Promise<MsgModel>, Promise<SendResult>] {
    const msg = new MsgModel({ ...attributes })
    if (!(msg.id instanceof MsgKey)) throw new Error('MsgKey error: id is not a message key')
    const pending: Pending = { id: msg.id.id, outgoing: outgoingOf(chat, msg), failed: false }
    if (pending.outgoing.media) msg.set({ mediaData: new MediaData({ type: msg.type, mediaStage: 'RESOLVED' }) })
    this.#pending.set(pending.id, pending)
    const result = new Promise<SendResult>((resolve) => this.#settle.set(pending.id, resolve))
    this.#chats.place(chat, msg)
    this.#counter.count()
    const stored = this.#store.savePending(pending).then(() => {
      this.#connection.send({ type: 'send', message: pending.outgoing })
      return msg
    })
    return [stored, result]
  }

  /** After a reload the messages come back first, then go out again. */
  resend(): void {
    for (const { outgoing, failed } of this.#pending.values()) {
      this.#restore(outgoing, failed)
      if (!failed) this.#connection.send({ type: 'send', message: outgoing })
    }
  }

  acknowledged(id: string, ack: number): void {
    const msg = this.#chats.byId(id, true)
    if (msg && (ack > msg.ack || (ack < 0 && msg.ack === 0))) msg.set({ ack })
    const pending = this.#pending.get(id)
    if (!pending) return
    if (ack < 0) {
      pending.failed = true
      void this.#store.savePending(pending)
    } else {
      this.#pending.delete(id)
      void this.#store.settlePending(id)
    }
    this.#settle.get(id)?.({ messageSendResult: ack < 0 ? 'ERROR_UNKNOWN' : 'OK', t: pending.outgoing.t ?? 0 })
    this.#settle.delete(id)
  }

  #restore(outgoing: Outgoing, failed: boolean): void {
    if (this.#chats.byId(outgoing.id, true)) return
    const to = new Wid(outgoing.chat)
    const chat = this.#chats.chats.get(to) ?? this.#chats.putChat({ id: outgoing.chat, name: to.user, unread: 0, t: 0, participants: [] })
    const id = new MsgKey({ fromMe: true, remote: to, id: outgoing.id })
    const attributes = {
      id,
      type: outgoing.type ?? 'chat',
      body: outgoing.body,
      t: outgoing.t ?? 0,
      from: to,
      to,
      self: 'out',
      isNewMsg: false,
      ...contentAttributes(outgoing.content),
    }
    this.#chats.place(chat, new MsgModel({ ...attributes, ack: failed ? -1 : 0 }))
  }
}

const outgoingOf = (chat: ChatModel, msg: MsgModel): Outgoing => {
  const content = contentOf(msg)
  const mediaId = msg.directPath?.split('/').at(-1)
  // Of a sticker nobody says the type: there is one.
  const mimetype = msg.mimetype ?? (msg.type === 'sticker' ? 'image/webp' : '')
  const media = mediaId === undefined ? undefined : { id: mediaId, mimetype, filename: msg.filename ?? null }
  return {
    id: msg.id.id,
    chat: String(chat.id),
    body: content.content ? '' : ((media ? msg.caption : msg.body) ?? ''),
    type: msg.type,
    t: msg.t,
    ...(msg.quotedStanzaID === undefined ? {} : { quoted: msg.quotedStanzaID }),
    ...content,
    ...(media ? { media } : {}),
  }
}
