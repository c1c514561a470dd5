import { randomUUID } from 'node:crypto'
import { cpSync } from 'node:fs'
import { typeOfContent, type BotState, type StateReason } from '@zaptria/contract'
import { pause, withDeadline } from '../deadline.ts'
import { EngineError } from '../error.ts'
import { inOrder } from '../in-order.ts'
import { MediaGoneError } from '../port.ts'
import type {
  ChangeOutcome,
  ChangeRequest,
  Engine,
  EngineChange,
  EngineMessage,
  EngineOptions,
  KeyLookup,
  MessageRef,
  SendOutcome,
  SendRequest,
  SessionCopy,
} from '../port.ts'
import { Connection, RefusedError } from './connection.ts'
import { WireMessage, type Down, type WireContact } from './frames.ts'
import { toEngineMessage } from './messages.ts'
import { Store, type Outgoing } from './store.ts'

export type SimulatedConfig = { labUrl: string }

const cameBefore = (one: WireMessage, other: WireMessage): boolean => (one.t === other.t ? one.seq < other.seq : one.t < other.t)

const OVERLAP_S = 300
const PAGE = 100

/** The Lab's plain device, without a browser: for load tests only, where fifty browsers would measure the machine. */
export class SimulatedEngine implements Engine {
  readonly name = 'simulated'
  readonly #config: SimulatedConfig
  readonly #options: EngineOptions
  readonly #connection: Connection
  readonly #gone = new AbortController()
  readonly #ours = new Set<string>()
  readonly #seen = new Set<string>()
  readonly #chats = new Map<string, number>()
  readonly #contacts = new Map<string, WireContact>()
  /** Of chats. */
  readonly #names = new Map<string, string>()
  /** The Lab's ids of messages that have a stand-in. */
  readonly #labIds = new Map<string, string>()
  readonly #files = new Map<string, NonNullable<Outgoing['media']>>()
  #store: Store | null = null
  #me = ''
  /** Of the newest message that the Lab has told of. */
  #newest = 0
  #live = false
  #everLive = false
  #opened = false
  #over = false
  #logoutAsked = false

  constructor(config: SimulatedConfig, options: EngineOptions) {
    this.#config = config
    this.#options = options
    this.#connection = new Connection(config.labUrl, {
      hello: () => ({ type: 'hello', protocol: 1, credentials: this.#device().credentials }),
      frame: (frame) => this.#onFrame(frame),
      lost: () => this.#onLost(),
    })
  }

  async open(signal: AbortSignal): Promise<void> {
    if (this.#opened || this.#over) throw new EngineError('stopped', 'an engine is opened once')
    this.#opened = true
    this.#state('starting', 'engine_starting')
    this.#store = new Store(this.#options.profileDir)
    const aborted = Promise.withResolvers<never>()
    const stop = () => aborted.reject(new EngineError('stopped', 'the start was called off'))
    signal.addEventListener('abort', stop, { once: true })
    this.#gone.signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      await withDeadline(Promise.race([this.#connection.open(), aborted.promise]), 10_000, 'connecting', 'page_unreachable')
    } catch (error) {
      if (error instanceof EngineError && error.reason !== 'stopped') this.#end('reconnecting', error.reason, error.message)
      await this.close()
      throw error
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  async close(): Promise<void> {
    this.#over = true
    this.#gone.abort(new EngineError('stopped', 'the session is closed'))
    this.#connection.stop()
  }

  #onFrame(frame: Exclude<Down, { type: 'result' | 'failure' }>): void {
    if (this.#over) return
    const { emit, pairWithPhone } = this.#options
    switch (frame.type) {
      case 'ref':
        if (pairWithPhone !== undefined) return void this.requestPairingCode(pairWithPhone).catch(() => {})
        this.#state('qr_ready', 'waiting_for_scan')
        return emit({ kind: 'qr', qr: frame.qr, expiresInMs: frame.ttlMs })
      case 'idle':
        emit({ kind: 'qr', qr: null })
        return void this.#connection.send({ type: 'refresh_qr' })
      case 'pairing':
        this.#state('pairing', 'scanned')
        return emit({ kind: 'qr', qr: null })
      case 'passkey':
        this.#state('passkey_required', 'passkey')
        return emit({ kind: 'qr', qr: null })
      case 'paired':
        return this.#device().link(frame.credentials)
      case 'sync':
        return this.#onSync(frame)
      case 'chat':
        return void this.#names.set(frame.chat.id, frame.chat.name)
      case 'message':
        return this.#onMessage(frame.message)
      case 'changed':
        return this.#tellChanges(frame.message)
      case 'ack':
        this.#device().settle(frame.id)
        return emit({ kind: 'ack', waId: frame.id, chatId: frame.chat, ack: frame.ack })
      case 'contact':
        return void this.#contacts.set(frame.contact.id, frame.contact)
      case 'conflict':
        return this.#end('conflict', 'opened_elsewhere')
      case 'banned':
        return this.#end('banned', 'account_banned')
      case 'logout':
        if (frame.reason === 'banned') return this.#end('banned', 'account_banned')
        return this.#end('logged_out', this.#logoutAsked ? 'logout_by_command' : 'logout_by_phone')
    }
  }

  #onSync(frame: Extract<Down, { type: 'sync' }>): void {
    this.#me = frame.me.id
    this.#newest = Math.max(this.#newest, frame.seq)
    for (const contact of frame.contacts) this.#contacts.set(contact.id, contact)
    for (const chat of frame.chats) {
      this.#chats.set(chat.id, Math.max(chat.t, this.#chats.get(chat.id) ?? 0))
      this.#names.set(chat.id, chat.name)
    }
    for (const message of this.#device().pending) this.#connection.send({ type: 'send', message })
    if (!this.#everLive) this.#state('syncing', 'history_sync')
    this.#live = true
    this.#everLive = true
    this.#options.emit({ kind: 'state', state: 'connected', reason: 'ready', number: frame.me.number, name: frame.me.name })
    this.#options.emit({ kind: 'probe', engineVersion: 'simulated', pageVersion: null, missing: [], ids: 'named' })
  }

  #onMessage(message: WireMessage): void {
    this.#newest = Math.max(this.#newest, message.seq)
    this.#chats.set(message.chat, Math.max(message.t, this.#chats.get(message.chat) ?? 0))
    const key = `${message.fromMe}_${message.chat}_${message.author}_${message.id}`
    if ((message.fromMe && this.#ours.has(message.id)) || this.#seen.has(key)) return
    this.#seen.add(key)
    this.#options.emit({ kind: 'message', message: this.#toMessage(message) })
  }

  /** Whatever was done to a message and was not told yet. */
  #tellChanges(message: WireMessage): void {
    const { waId, chatId, fromMe, sender, phone, lid } = this.#toMessage(message)
    const about = {
      target: { waId, chatId, fromMe, sender },
      aliasChatId: [phone, lid].find((jid) => jid !== null && jid !== chatId) ?? null,
    }
    const changes: EngineChange[] = (message.reactions ?? []).map((one) => ({
      kind: 'reaction',
      ...about,
      fromMe: one.fromMe,
      sender: one.sender,
      timestampMs: one.at,
      emoji: one.emoji,
    }))
    if (message.editedAt !== undefined && message.type !== 'revoked')
      changes.push({ kind: 'edit', ...about, fromMe, sender, timestampMs: message.editedAt, body: message.body })
    if (message.revokedAt !== undefined) changes.push({ kind: 'revoke', ...about, fromMe, sender, timestampMs: message.revokedAt })
    for (const change of changes) {
      const key = JSON.stringify(change)
      if (this.#seen.has(key)) continue
      this.#seen.add(key)
      this.#options.emit({ kind: 'change', change })
    }
  }

  #onLost(): void {
    if (this.#over) return
    if (this.#live) this.#state('reconnecting', 'network_lost')
    this.#live = false
  }

  async send(request: SendRequest, signal: AbortSignal): Promise<SendOutcome> {
    this.#check()
    signal.throwIfAborted()
    const chat = [request.chatId, request.aliasChatId].find((id) => id !== null && this.#chats.has(id)) ?? request.chatId
    if (!this.#chats.has(chat) && chat.endsWith('@c.us') && (await this.#connection.ask({ type: 'exists', id: chat })) === null)
      return { outcome: 'rejected', reason: 'not_on_whatsapp' }
    if (request.typingMs > 0) {
      this.#connection.send({ type: 'chatstate', chat, state: 'typing' })
      await pause(request.typingMs, AbortSignal.any([signal, this.#gone.signal]))
    }
    this.#ours.add(request.waId)
    const file = request.file === undefined ? {} : { type: request.file.kind, media: this.#staged(request.file.handle) }
    const { content } = request
    const outgoing: Outgoing = {
      id: request.waId,
      chat,
      body: content === undefined ? request.text : '',
      t: Math.trunc(Date.now() / 1000),
      ...file,
      ...(content === undefined ? {} : { type: typeOfContent(content), content }),
      ...(await this.#quoteOf(chat, request.quoted)),
    }
    // On disk first, as the real page does: it is sent again after a restart until it is acknowledged.
    this.#device().add(outgoing)
    this.#connection.send({ type: 'send', message: outgoing })
    return { outcome: 'handed', chatId: chat }
  }

  async change({ target, aliasChatId, ...deed }: ChangeRequest, signal: AbortSignal): Promise<ChangeOutcome> {
    this.#check()
    signal.throwIfAborted()
    const { waId, fromMe } = target
    for (const chat of [target.chatId, ...(aliasChatId === null ? [] : [aliasChatId])]) {
      const found = await this.#find(chat, waId)
      if (found === null || found.fromMe !== fromMe) continue
      try {
        await this.#connection.ask({ type: 'change', chat, id: found.id, fromMe, deed })
        return { outcome: 'done' }
      } catch (error) {
        if (error instanceof RefusedError) return { outcome: 'rejected', reason: 'rejected_by_whatsapp', detail: error.message }
        throw error
      }
    }
    return { outcome: 'rejected', reason: 'engine_error', detail: 'The page does not have the message.' }
  }

  async #quoteOf(chat: string, quoted: MessageRef | undefined): Promise<{ quoted?: string }> {
    const found = quoted === undefined ? null : await this.#find(chat, quoted.waId)
    return found === null || found.fromMe !== quoted?.fromMe ? {} : { quoted: found.id }
  }

  async lookup(waId: string, chatIds: string[]): Promise<KeyLookup> {
    this.#check()
    const waiting = this.#device().pending.find((one) => one.id === waId)
    if (waiting) return { found: true, ack: 0, chatId: waiting.chat }
    for (const chat of chatIds) {
      const found = await this.#find(chat, waId)
      if (found?.fromMe) return { found: true, ack: found.ack, chatId: found.chat }
    }
    return { found: false }
  }

  async *downloadMedia({ waId, chatId }: MessageRef, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.#check()
    const found = await this.#find(chatId, waId)
    if (!found?.media) throw new MediaGoneError('the Lab has no such message with media')
    const answer = await fetch(new URL(`/api/media/${found.media.id}`, this.#config.labUrl.replace(/^ws/, 'http')), {
      signal: AbortSignal.any([signal, this.#gone.signal]),
    })
    if (!answer.ok || answer.body === null) throw new MediaGoneError(`the Lab answers ${answer.status}`)
    yield* answer.body
  }

  async stageMedia(file: { mimetype: string; filename: string | null }, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.#check()
    const chunks: Uint8Array[] = []
    for await (const chunk of bytes) {
      signal.throwIfAborted()
      chunks.push(chunk)
    }
    const handle = randomUUID()
    this.#files.set(handle, { ...file, data: Buffer.concat(chunks).toString('base64') })
    return { handle, release: async () => void this.#files.delete(handle) }
  }

  #staged(handle: string): NonNullable<Outgoing['media']> {
    const file = this.#files.get(handle)
    if (file === undefined) throw new Error(`no file ${handle} is held`)
    return file
  }

  async *catchUp(watermarks: ReadonlyMap<string, number>, floor: number, signal: AbortSignal): AsyncIterable<EngineMessage> {
    this.#check()
    for (const chats of this.#contactsChats()) {
      signal.throwIfAborted()
      // What comes between the reading of one chat and the next is told live, after all of this.
      const newest = this.#newest
      const found: WireMessage[][] = []
      for (const chat of chats) {
        const mark = watermarks.get(chat)
        const since = mark === undefined ? floor : Math.max(mark - OVERLAP_S, floor)
        if ((this.#chats.get(chat) ?? 0) >= since) found.push(await this.#historySince(chat, since))
      }
      for (const message of inOrder(found, cameBefore)) {
        if (message.fromMe && message.ack !== 0)
          this.#options.emit({ kind: 'ack', waId: message.id, chatId: message.chat, ack: message.ack })
        this.#tellChanges(message)
        if (message.seq > newest) continue
        if (message.type === 'revoked' || (message.fromMe && this.#ours.has(message.id))) continue
        this.#seen.add(`${message.fromMe}_${message.chat}_${message.author}_${message.id}`)
        yield { ...this.#toMessage(message), caughtUp: true }
      }
    }
  }

  /** Those of one person together. */
  #contactsChats(): Iterable<string[]> {
    const others = new Map<string, string>()
    for (const { phone, lid } of this.#contacts.values()) if (phone !== null && lid !== null) others.set(`${phone}@c.us`, `${lid}@lid`)
    const ofContact = new Map<string, string[]>()
    for (const chat of this.#chats.keys()) {
      const name = others.get(chat) ?? chat
      ofContact.set(name, [...(ofContact.get(name) ?? []), chat])
    }
    return ofContact.values()
  }

  async #historySince(chat: string, since: number): Promise<WireMessage[]> {
    const found: WireMessage[] = []
    for (;;) {
      const before = found[0]?.id
      const page = WireMessage.array().parse(
        await this.#connection.ask({ type: 'history', chat, limit: PAGE, ...(before === undefined ? {} : { before }) }),
      )
      found.unshift(...page)
      if (page.length < PAGE || (page[0]?.t ?? 0) < since) break
    }
    return found.filter((message) => message.t >= since)
  }

  async requestPairingCode(phone: string): Promise<string> {
    this.#check(false)
    const code = String(await this.#connection.ask({ type: 'pairing_code', phone }))
    this.#state('qr_ready', 'pairing_code_requested')
    this.#options.emit({ kind: 'pairing_code', code })
    return code
  }

  async logout(): Promise<void> {
    this.#check()
    this.#logoutAsked = true
    await this.#connection.ask({ type: 'logout' })
    this.#end('logged_out', 'logout_by_command')
  }

  async ping(): Promise<void> {
    this.#check(false)
  }

  async copySession(into: string): Promise<SessionCopy> {
    this.#check()
    // At once: nothing is written meanwhile.
    cpSync(this.#options.profileDir, into, { recursive: true })
    return { heldMs: 0, versions: { page_version: null, browser_version: null }, marks: [] }
  }

  async memory(): Promise<number | null> {
    return null
  }

  #toMessage(message: WireMessage): EngineMessage {
    const known = { me: this.#me, contact: this.#contacts.get(message.chat), subject: this.#names.get(message.chat) }
    const described = toEngineMessage(message, known)
    if (described.waId !== message.id) this.#labIds.set(described.waId, message.id)
    return described
  }

  async #find(chat: string, waId: string): Promise<WireMessage | null> {
    const id = this.#labIds.get(waId) ?? waId
    return WireMessage.nullable().parse(await this.#connection.ask({ type: 'lookup', chat, id }))
  }

  #device(): Store {
    this.#store ??= new Store(this.#options.profileDir)
    return this.#store
  }

  #check(live = true): void {
    if (this.#over) throw this.#gone.signal.reason
    if (live ? !this.#everLive : !this.#opened) throw new EngineError('engine_starting', 'not connected')
  }

  #state(state: BotState, reason: StateReason): void {
    this.#options.emit({ kind: 'state', state, reason })
  }

  #end(state: BotState, reason: StateReason, detail?: string): void {
    if (this.#over) return
    this.#over = true
    this.#gone.abort(new EngineError(reason, detail ?? reason))
    this.#connection.stop()
    if (state === 'logged_out') this.#device().forget()
    this.#options.emit({ kind: 'ended', state, reason, ...(detail === undefined ? {} : { detail }) })
  }
}
