import type { Down } from '../../wire/frames.ts'
import type { Page } from './page.ts'
import { demandPasskey, show } from './screen.ts'
import type { Credentials, Store } from './store.ts'

type Sync = Extract<Down, { type: 'sync' }>

/** What the page does with what the server says: the states that a client sees. */
export class PageSession {
  readonly #page: Page
  readonly #store: Store
  readonly #onSynced: () => void
  credentials: Credentials | null
  /** Of what the page has seen, in this load; null before the first sync. */
  #seq: number | null = null

  constructor(page: Page, store: Store, credentials: Credentials | null, onSynced: () => void) {
    this.#page = page
    this.#store = store
    this.credentials = credentials
    this.#onSynced = onSynced
    page.socket.set({ state: 'UNLAUNCHED', hasSynced: false })
    page.socket.logout = () => this.#logoutHere()
    page.socket.takeover = () => page.connection.send({ type: 'takeover' })
  }

  get resume(): { resume: number } | Record<string, never> {
    return this.#seq === null ? {} : { resume: this.#seq }
  }

  opening(): void {
    this.#page.socket.set({ state: 'OPENING' })
  }

  /** Only a session that was open can time out; before, the page goes on opening. */
  lost(): void {
    this.#page.socket.set({ state: this.#seq === null ? 'OPENING' : 'TIMEOUT' })
  }

  handle(frame: Down): void {
    const { socket, conn, chats, counter, outbox, config } = this.#page
    switch (frame.type) {
      case 'ref':
        if (config.spuriousQr) conn.set({ ref: undefined })
        conn.set({ ref: frame.ref })
        socket.set({ state: 'UNPAIRED' })
        return show('Scan to log in', 'qr')
      case 'idle':
        socket.set({ state: 'UNPAIRED_IDLE' })
        return show('Click to reload QR code', 'idle')
      case 'pairing':
        if (config.spuriousQr) conn.set({ ref: undefined })
        socket.set({ state: 'PAIRING' })
        return show('Logging in', 'pairing')
      case 'passkey':
        socket.set({ state: 'PAIRING' })
        return demandPasskey()
      case 'paired':
        void this.#paired(frame.credentials)
        return
      case 'sync':
        return this.#sync(frame)
      case 'message':
        this.#seq = Math.max(this.#seq ?? 0, frame.message.seq)
        counter.count()
        // The same again comes only from a fault: the client hears of it again.
        if (chats.known(frame.message)) chats.msgs.trigger('add', chats.putMessage(frame.message, true))
        else chats.putMessage(frame.message, true)
        chats.chats.get(frame.message.chat)?.set({ unreadCount: frame.unread })
        return
      case 'changed':
        this.#seq = Math.max(this.#seq ?? 0, frame.message.changedSeq ?? 0)
        // Of one that is not in memory the page has nothing to tell: it is read as it is, when it is read.
        if (chats.known(frame.message)) chats.putMessage(frame.message, false)
        return
      case 'ack':
        return outbox.acknowledged(frame.id, frame.ack)
      case 'unread':
        chats.chats.get(frame.chat)?.set({ unreadCount: frame.unread })
        return
      case 'chat':
        chats.putChat(frame.chat)
        return
      case 'contact':
        chats.putContact(frame.contact)
        return
      case 'conflict':
        socket.set({ state: 'CONFLICT' })
        return show('WhatsApp is open in another window', 'conflict')
      case 'banned':
        socket.set({ state: 'TOS_BLOCK' })
        return show('This account is not allowed to use WhatsApp', 'banned')
      case 'reload':
        return location.reload()
      case 'logout':
        void this.#leave('logout_from_bridge')
        return
      // Nobody looks at what contacts type; answers went to whoever asked.
      case 'chatstate':
      case 'result':
      case 'failure':
        return
    }
  }

  async #paired(credentials: Credentials): Promise<void> {
    await this.#store.saveCredentials(credentials)
    this.credentials = credentials
    this.#page.connection.reopen()
  }

  #sync(frame: Sync): void {
    const { socket, conn, chats, outbox, cmd, config } = this.#page
    this.#page.me = frame.me
    // As the real page does: what has its own id there, and its keys, takes itself for linked.
    localStorage.setItem('last-wid-md', JSON.stringify(`${frame.me.id.split('@')[0]}:1@c.us`))
    conn.set({ pushname: frame.me.name, platform: 'android', me: frame.me.id })
    for (const contact of frame.contacts) chats.putContact(contact)
    // Before any client listens, or silently: what waited is in the collections, but nobody is told that it is new.
    for (const wire of frame.missed ?? []) chats.putMessage(wire, !frame.silent)
    for (const { last, ...wire } of frame.chats) {
      chats.putChat(wire)
      if (last) chats.putMessage(last, false)
    }
    for (const { id, ack } of frame.acks) outbox.acknowledged(id, ack)
    this.#seq = frame.seq
    outbox.resend()
    socket.set({ state: 'CONNECTED' })
    cmd.trigger('offline_progress_update_from_bridge')
    show('WhatsApp', 'chats')
    if (!socket.hasSynced && !config.neverSync) void this.#announceSync()
  }

  async #announceSync(): Promise<void> {
    const { socket, chats, config } = this.#page
    if (!config.fastSync) await socket.heard('change:hasSynced')
    socket.set({ hasSynced: true })
    this.#onSynced()
    if (!config.doubleReady) return
    // Two at once would make the library trip over itself: the second comes when it has dealt with the first.
    await chats.msgs.heard('add')
    socket.trigger('change:hasSynced', socket, true, true)
  }

  async #logoutHere(): Promise<void> {
    await this.#page.connection.ask({ type: 'logout' })
    await this.#leave('logout')
  }

  /** As the real page: everything forgotten, then a fresh load that says why. */
  async #leave(command: 'logout' | 'logout_from_bridge'): Promise<void> {
    this.#page.connection.stop()
    await this.#store.forget()
    localStorage.removeItem('last-wid-md')
    if (document.readyState !== 'complete') await new Promise((resolve) => addEventListener('load', resolve, { once: true }))
    this.#page.cmd.trigger(command)
    // A moment for the client's own handler, which the real page's shutdown takes too.
    setTimeout(() => location.replace('/?post_logout=1'), 50)
  }
}
