import { isDeepStrictEqual } from 'node:util'
import { change } from '../domain/changes.ts'
import { newRef, newSecret } from '../domain/ids.ts'
import { qrOf } from '../domain/linking.ts'
import type { Candidate } from '../domain/linking.ts'
import { deliverToAccount, findMessage, readByAccount } from '../domain/messages.ts'
import { LabError } from '../domain/problem.ts'
import type { Account, Device, DeviceKeys } from '../domain/types.ts'
import type { Gateway } from './gateway.ts'
import { Up } from './frames.ts'
import type { Credentials, Down, LogoutReason } from './frames.ts'
import { acceptSend } from './send.ts'
import { wireChats, wireContact, wireContacts, wireHistory, wireMe, wireMessage } from './views.ts'

type Hello = Extract<Up, { type: 'hello' }>

export type Transport = { send(text: string): void; close(): void }

const keysOfSimulated = (): DeviceKeys => ({ noise: newSecret(), identity: newSecret(), adv: newSecret(), platform: '1' })

/** One connection of a page or of a simulated device, from `hello` to its end. */
export class Session {
  readonly protocol: Device['protocol']
  readonly #gateway: Gateway
  readonly #transport: Transport
  #candidate: Candidate | null = null
  #ref: string | null = null
  #rotation: NodeJS.Timeout | null = null
  #linked: { account: Account; device: Device } | null = null
  #muted = false
  #mutedAt = 0
  #heldIn: string[] = []
  #heldOut: string[] = []

  constructor(gateway: Gateway, transport: Transport, protocol: Device['protocol']) {
    this.#gateway = gateway
    this.#transport = transport
    this.protocol = protocol
  }

  get account(): Account | null {
    return this.#linked?.account ?? null
  }

  get device(): Device | null {
    return this.#linked?.device ?? null
  }

  /** Gets what happens to its account. */
  get live(): boolean {
    return this.#linked !== null && !this.#muted
  }

  send(frame: Down): void {
    const text = JSON.stringify(frame)
    if (this.#gateway.world.faults.stall) this.#heldOut.push(text)
    else this.#transport.send(text)
  }

  receive(text: string): void {
    if (this.#gateway.world.faults.stall) this.#heldIn.push(text)
    else this.#handle(Up.parse(JSON.parse(text)))
  }

  /** The stall is over. */
  flush(): void {
    for (const text of this.#heldOut.splice(0)) this.#transport.send(text)
    for (const text of this.#heldIn.splice(0)) this.#handle(Up.parse(JSON.parse(text)))
  }

  close(): void {
    this.#transport.close()
  }

  closed(): void {
    this.#stopOffering()
  }

  logout(reason: LogoutReason): void {
    this.#linked = null
    this.send({ type: 'logout', reason })
    this.close()
  }

  /** Another one has the session now. */
  replaced(): void {
    this.#muted = true
    this.#mutedAt = this.#gateway.world.lastSeq
    this.send({ type: 'conflict' })
  }

  expireQr(): void {
    if (this.#candidate && this.#ref !== null) this.#offer(this.#candidate, 1)
  }

  goIdle(): void {
    if (!this.#candidate) return
    this.#stopRotation()
    this.send({ type: 'idle' })
  }

  #handle(frame: Up): void {
    switch (frame.type) {
      case 'hello':
        return frame.credentials ? this.#restore(frame.credentials, frame) : this.#introduce(frame.keys, frame.name)
      case 'counted':
        if (this.#linked) this.#linked.device.counter = frame.counter
        return
      case 'report':
        return this.#gateway.report(frame.kind, frame.name)
      case 'refresh_qr':
        if (this.#candidate) this.#offer(this.#candidate, 1)
        return
      case 'pairing_code':
        if (!this.#candidate) return this.#fail(frame.request, 'this device is linked already')
        return this.#answer(frame.request, this.#gateway.linking.offerCode(frame.phone, this.#candidate))
      default:
        if (this.#linked) this.#handleLinked(frame, this.#linked.account, this.#linked.device)
        else if ('request' in frame) this.#fail(frame.request, 'not linked')
    }
  }

  #handleLinked(
    frame: Exclude<Up, { type: 'hello' | 'counted' | 'report' | 'refresh_qr' | 'pairing_code' }>,
    account: Account,
    device: Device,
  ): void {
    const { world } = this.#gateway
    if (this.#muted && frame.type !== 'takeover') {
      if ('request' in frame) this.#fail(frame.request, 'another connection has the session')
      return
    }
    switch (frame.type) {
      case 'send':
        return acceptSend(world, account, device, frame.message, (ack) => this.send({ type: 'ack', ...ack }))
      case 'seen':
        return readByAccount(world, account, frame.chat)
      case 'chatstate':
        return world.changed({ type: 'chatstate', account: account.number, chat: frame.chat, by: 'device', state: frame.state })
      case 'history':
        return this.#answer(frame.request, wireHistory(world, account, device, frame.chat, frame.before ?? null, frame.limit))
      case 'lookup': {
        const found = findMessage(world, account, frame.chat, frame.id)
        return this.#answer(frame.request, found && found.seq > device.sinceSeq ? wireMessage(world, found) : null)
      }
      case 'change':
        return this.#change(account, frame)
      case 'exists': {
        const person = world.personOf(frame.id)
        return this.#answer(frame.request, person ? wireContact(world, person) : null)
      }
      case 'logout':
        this.#answer(frame.request, true)
        this.#linked = null
        this.#gateway.remove(account, device)
        return this.close()
      case 'takeover':
        this.#muted = false
        this.#gateway.activate(this, device)
        return this.#sync(account, device, this.#mutedAt)
    }
  }

  #change(account: Account, { request, deed, ...name }: Extract<Up, { type: 'change' }>): void {
    try {
      change(this.#gateway.world, account, name, { fromMe: true, sender: `${account.number}@c.us` }, deed)
      this.#answer(request, true)
    } catch (error) {
      if (!(error instanceof LabError)) throw error
      this.#fail(request, error.message)
    }
  }

  #introduce(keys: DeviceKeys | undefined, name: string | undefined): void {
    this.#candidate = {
      name: name ?? 'Chrome',
      protocol: this.protocol,
      keys: keys ?? keysOfSimulated(),
      onPairing: () => {
        this.#stopRotation()
        this.send({ type: 'pairing' })
      },
      onPasskey: () => {
        this.#stopRotation()
        this.send({ type: 'passkey' })
      },
      onLinked: (account, device) => this.#onLinked(account, device),
    }
    this.#offer(this.#candidate, 1)
  }

  #onLinked(account: Account, device: Device): void {
    this.#stopOffering()
    this.send({ type: 'paired', credentials: { device: device.id, secret: device.secret }, me: wireMe(account) })
    // A page stores the credentials first and comes back with them; a simulated device goes on.
    if (this.protocol === 'simulated') this.#enter(account, device, null)
  }

  #restore(credentials: Credentials, { resume, keys, counter }: Hello): void {
    const { world } = this.#gateway
    const found = world.device(credentials.device)
    if (found?.device.secret !== credentials.secret || !found) return this.logout('unknown_device')
    if (world.cutOff.has(found.account.number)) return this.close()
    if (found.account.banned) {
      this.send({ type: 'banned' })
      return
    }
    if (counter !== undefined)
      Object.assign(found.device, { counter, opened: { counter, sameKeys: isDeepStrictEqual(keys, found.device.keys) } })
    this.#enter(found.account, found.device, resume ?? null)
  }

  #enter(account: Account, device: Device, resume: number | null): void {
    this.#linked = { account, device }
    this.#gateway.activate(this, device)
    this.#sync(account, device, resume)
  }

  #sync(account: Account, device: Device, resume: number | null): void {
    const { world } = this.#gateway
    deliverToAccount(world, account)
    const messages = resume === null ? [] : account.conversations.flatMap((one) => one.messages)
    const missed = messages.filter((message) => Math.max(message.seq, message.changedSeq ?? 0) > resume!).toSorted((a, b) => a.seq - b.seq)
    const acks = messages.filter((message) => message.fromMe && (message.ackSeq ?? 0) > resume! && !world.heldAcks.has(message))
    this.send({
      type: 'sync',
      me: wireMe(account),
      contacts: wireContacts(world, account),
      chats: wireChats(world, account, device),
      seq: world.lastSeq,
      missed: resume === null ? null : missed.map((message) => wireMessage(world, message)),
      acks: acks.map(({ chat, id, ack }) => ({ chat, id, ack })),
      silent: world.faults.silentReconnect,
    })
  }

  #offer(candidate: Candidate, round: number): void {
    const { world, linking } = this.#gateway
    this.#stopRotation()
    const ref = newRef()
    const ttlMs = world.settings.qrTtlMs
    this.#ref = ref
    linking.offer(ref, candidate)
    this.send({ type: 'ref', ref, qr: qrOf(ref, candidate.keys), ttlMs })
    this.#rotation = setTimeout(() => {
      if (round < world.settings.qrRotations) return this.#offer(candidate, round + 1)
      return this.goIdle()
    }, ttlMs)
  }

  #stopRotation(): void {
    if (this.#rotation) clearTimeout(this.#rotation)
    if (this.#ref !== null) this.#gateway.linking.expire(this.#ref)
    this.#ref = null
    this.#rotation = null
  }

  #stopOffering(): void {
    this.#stopRotation()
    if (this.#candidate) this.#gateway.linking.withdraw(this.#candidate)
    this.#candidate = null
  }

  #answer(request: number, value: unknown): void {
    this.send({ type: 'result', request, value })
  }

  #fail(request: number, error: string): void {
    this.send({ type: 'failure', request, error })
  }
}
