import { defaultSettings, noCounters, noFaults } from './faults.ts'
import type { Counters, Faults, Settings } from './faults.ts'
import { newLid, parseJid } from './ids.ts'
import { LabError } from './problem.ts'
import type { Account, Change, Contact, Conversation, Device, Generation, Message, WorldState } from './types.ts'

const UNKNOWN_STORE = { keys: { noise: '', identity: '', adv: '', platform: '' }, counter: 0, opened: null }

export type WorldOptions = { generation?: Generation; now?: () => number; state?: WorldState }

/** Accounts, people, conversations: everything that outlives a connection. Knows no protocol. */
export class World {
  readonly generation: Generation
  readonly now: () => number
  readonly accounts = new Map<string, Account>()
  readonly contacts = new Map<string, Contact>()
  readonly blobs = new Map<string, Buffer>()
  readonly faults: Faults = { ...noFaults }
  readonly settings: Settings = { ...defaultSettings }
  readonly counters: Counters = { ...noCounters }
  /** Accounts whose devices get no connection. */
  readonly cutOff = new Set<string>()
  /** Messages whose acks are held back; see `Faults.holdAcks`. */
  readonly heldAcks = new Map<Message, { account: string; chat: string }>()
  #seq = 0
  readonly #listeners = new Set<(change: Change) => void>()

  constructor(options: WorldOptions = {}) {
    this.generation = options.generation ?? 'classic'
    this.now = options.now ?? Date.now
    const state = options.state
    if (!state) return
    this.#seq = state.seq
    for (const account of state.accounts) {
      // What an older Lab has kept knows less of its devices.
      account.devices = account.devices.map((device) => ({ ...UNKNOWN_STORE, ...device }))
      this.accounts.set(account.number, account)
    }
    for (const contact of state.contacts) this.contacts.set(contact.phone, contact)
    for (const [id, data] of Object.entries(state.blobs)) this.blobs.set(id, Buffer.from(data, 'base64'))
  }

  /** Everything worth keeping over a restart. */
  state(): WorldState {
    const blobs = Object.fromEntries([...this.blobs].map(([id, bytes]) => [id, bytes.toString('base64')]))
    return { seq: this.#seq, accounts: [...this.accounts.values()], contacts: [...this.contacts.values()], blobs }
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  changed(change: Change): void {
    this.#listeners.forEach((listener) => listener(change))
  }

  nextSeq(): number {
    return ++this.#seq
  }

  get lastSeq(): number {
    return this.#seq
  }

  account(number: string): Account {
    const found = this.accounts.get(number)
    if (!found) throw new LabError(`no account ${number}; there are: ${[...this.accounts.keys()].join(', ') || 'none'}`)
    return found
  }

  createAccount(input: { number: string; name: string; passkey: boolean }): Account {
    const known = this.accounts.get(input.number)
    if (known) return known
    const account: Account = { ...input, lid: newLid(), banned: false, phoneOnline: true, devices: [], conversations: [] }
    this.accounts.set(account.number, account)
    this.changed({ type: 'account', account: account.number })
    return account
  }

  contact(phone: string): Contact {
    const found = this.contacts.get(phone)
    if (!found) throw new LabError(`no contact ${phone}; there are: ${[...this.contacts.keys()].join(', ') || 'none'}`)
    return found
  }

  createContact(input: Pick<Contact, 'phone' | 'name' | 'addressing' | 'phoneKnown'> & { lid?: string | undefined }): Contact {
    const known = this.contacts.get(input.phone)
    if (known) return known
    const contact: Contact = { ...input, lid: input.lid ?? newLid(), online: true }
    this.contacts.set(contact.phone, contact)
    this.changed({ type: 'contact', contact: contact.phone })
    return contact
  }

  /** The person behind a phone id or a LID; null for nobody, and for groups. */
  personOf(chat: string): Contact | null {
    const { user, server } = parseJid(chat)
    if (server === 'g.us') return null
    if (server === 'c.us') return this.contacts.get(user) ?? null
    return [...this.contacts.values()].find((contact) => contact.lid === user) ?? null
  }

  /** The id under which new messages with this person appear. */
  chatIdOf(contact: Contact): string {
    return contact.addressing === 'lid' ? `${contact.lid}@lid` : `${contact.phone}@c.us`
  }

  findConversation(account: Account, chat: string): Conversation | undefined {
    return account.conversations.find((conversation) => conversation.chat === chat)
  }

  /** All conversations with the person or group behind an id: a person who moved to a LID has two. */
  conversationsWith(account: Account, chat: string): Conversation[] {
    const person = this.personOf(chat)
    return account.conversations.filter((one) => one.chat === chat || (person !== null && one.contact === person.phone))
  }

  conversation(account: Account, contact: Contact): Conversation {
    const chat = this.chatIdOf(contact)
    const found = this.findConversation(account, chat)
    if (found) return found
    const made: Conversation = { chat, name: contact.name, contact: contact.phone, participants: [], unread: 0, messages: [] }
    account.conversations.push(made)
    return made
  }

  device(id: string): { account: Account; device: Device } | null {
    for (const account of this.accounts.values()) {
      const device = account.devices.find((one) => one.id === id)
      if (device) return { account, device }
    }
    return null
  }
}
