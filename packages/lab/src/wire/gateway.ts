import { Linking } from '../domain/linking.ts'
import { raiseAck, visibleAck } from '../domain/messages.ts'
import { LabError } from '../domain/problem.ts'
import type { Account, Change, Device, Message } from '../domain/types.ts'
import type { World } from '../domain/world.ts'
import { Session } from './session.ts'
import type { Transport } from './session.ts'
import { wireChatHead, wireContact, wireMessage } from './views.ts'

export type ReportKind = 'unknown_module' | 'unsupported_module' | 'error'

/** All connections, whichever protocol; carries what changes in the world to them. */
export class Gateway {
  readonly world: World
  readonly linking: Linking
  readonly reports: Record<ReportKind, string[]> = { unknown_module: [], unsupported_module: [], error: [] }
  readonly #sessions = new Set<Session>()
  readonly #active = new Map<string, Session>()
  readonly #reordered = new Map<string, Message[]>()
  readonly #stopListening: () => void

  constructor(world: World) {
    this.world = world
    this.linking = new Linking(world)
    this.#stopListening = world.onChange((change) => this.#carry(change))
  }

  connect(transport: Transport, protocol: Device['protocol']): Session {
    const session = new Session(this, transport, protocol)
    this.#sessions.add(session)
    this.world.counters.connections += 1
    return session
  }

  disconnected(session: Session): void {
    session.closed()
    this.#sessions.delete(session)
    for (const [id, one] of this.#active) if (one === session) this.#active.delete(id)
    this.world.changed({ type: 'connections' })
  }

  /** One connection per device is live: the newest. */
  activate(session: Session, device: Device): void {
    const before = this.#active.get(device.id)
    this.#active.set(device.id, session)
    if (before && before !== session) before.replaced()
    this.world.changed({ type: 'connections' })
  }

  isConnected(device: Pick<Device, 'id'>): boolean {
    return this.#active.get(device.id)?.live ?? false
  }

  report(kind: ReportKind, name: string): void {
    this.reports[kind].push(name)
  }

  /** The link is gone: by the phone, by the device itself, by a ban. */
  remove(account: Account, device: Device, reason: 'phone' | 'banned' | null = null): void {
    account.devices = account.devices.filter((one) => one !== device)
    const session = this.#active.get(device.id)
    this.#active.delete(device.id)
    if (reason !== null) session?.logout(reason)
    this.world.changed({ type: 'devices', account: account.number })
  }

  ban(account: Account): void {
    for (const session of this.sessionsOf(account)) session.send({ type: 'banned' })
  }

  conflict(account: Account): void {
    const sessions = this.sessionsOf(account).filter((session) => session.live)
    if (sessions.length === 0) throw new LabError(`no device of ${account.number} is connected`)
    for (const session of sessions) session.replaced()
    this.world.changed({ type: 'connections' })
  }

  /** Of one account, or all; waiting ones too when no account is named. */
  drop(account: Account | null): void {
    for (const session of account ? this.sessionsOf(account) : this.#sessions) session.close()
  }

  reload(): void {
    for (const session of this.#sessions) session.send({ type: 'reload' })
  }

  expireQrs(): void {
    for (const session of this.#sessions) session.expireQr()
  }

  idle(): void {
    for (const session of this.#sessions) session.goIdle()
  }

  flush(): void {
    for (const session of this.#sessions) session.flush()
  }

  sessionsOf(account: Account): Session[] {
    return [...this.#sessions].filter((session) => session.account === account)
  }

  close(): void {
    this.#stopListening()
    for (const session of this.#sessions) {
      session.closed()
      session.close()
    }
  }

  #carry(change: Change): void {
    if (change.type === 'message') return this.#carryMessage(change.account, change.message, change.origin)
    if (change.type === 'changed') {
      const message = wireMessage(this.world, change.message)
      return this.#toAccount(change.account, (session) => session.send({ type: 'changed', message }))
    }
    if (change.type === 'ack') {
      const message = this.world
        .findConversation(this.world.account(change.account), change.chat)
        ?.messages.findLast((one) => one.id === change.id)
      // A contact's message has acks too, but those are the contact's to see.
      if (message?.fromMe && visibleAck(this.world, message) > 0) {
        return this.#toAccount(change.account, (session) =>
          session.send({ type: 'ack', chat: change.chat, id: change.id, ack: message.ack }),
        )
      }
    }
    if (change.type === 'unread') {
      return this.#toAccount(change.account, (session) => session.send({ type: 'unread', chat: change.chat, unread: change.unread }))
    }
    if (change.type === 'chatstate' && change.by === 'contact') {
      return this.#toAccount(change.account, (session) => session.send({ type: 'chatstate', chat: change.chat, state: change.state }))
    }
    if (change.type === 'contact') {
      const contact = wireContact(this.world, this.world.contact(change.contact))
      for (const account of this.world.accounts.values()) {
        if (!account.conversations.some((one) => one.contact === change.contact)) continue
        this.#toAccount(account.number, (session) => session.send({ type: 'contact', contact }))
      }
    }
  }

  #carryMessage(number: string, message: Message, origin: string | null): void {
    const account = this.world.account(number)
    const size = this.world.faults.reorder
    if (size > 1 && !message.fromMe) {
      const waiting = [...(this.#reordered.get(number) ?? []), message]
      this.#reordered.set(number, waiting.length < size ? waiting : [])
      if (waiting.length < size) return
      for (const one of waiting.toReversed()) this.#push(account, one, null)
      return
    }
    this.#push(account, message, origin)
  }

  #push(account: Account, message: Message, origin: string | null): void {
    const conversation = this.world.findConversation(account, message.chat)
    const unread = conversation?.unread ?? 0
    const isFirst = conversation?.messages.length === 1
    const person = this.world.personOf(message.chat)
    const copies = 1 + (message.fromMe ? 0 : this.world.faults.duplicates)
    let delivered = account.phoneOnline
    this.#toAccount(account.number, (session) => {
      if (session.device?.id === origin) return
      if (isFirst && person) session.send({ type: 'contact', contact: wireContact(this.world, person) })
      if (isFirst) session.send({ type: 'chat', chat: wireChatHead(conversation) })
      for (let n = 0; n < copies; n++) session.send({ type: 'message', message: wireMessage(this.world, message), unread })
      delivered = true
    })
    if (!message.fromMe && delivered) raiseAck(this.world, account, message, 2)
  }

  #toAccount(number: string, tell: (session: Session) => void): void {
    for (const session of this.#sessions) if (session.live && session.account?.number === number) tell(session)
  }
}
