/** The name of the property with the whole id differs by generation; set once, before the first id is made. */
let field = '_serialized'
export const nameSerializedField = (name: string): void => {
  field = name
}

const own = (target: object, value: string): void => {
  ;(target as Record<string, unknown>)[field] = value
}

const known = /^([\w.:-]+)@(c\.us|s\.whatsapp\.net|lid|g\.us|broadcast|newsletter|bot|call)$/

/** WhatsApp's id of a person, group, …: made by the factory only. */
export class Wid {
  server: string
  user: string
  readonly #text: string

  constructor(text: string) {
    const match = known.exec(text)
    if (!match) throw new Error('wid error: invalid wid')
    this.server = match[2] === 's.whatsapp.net' ? 'c.us' : (match[2] ?? '')
    this.user = (match[1] ?? '').replace(/[.:]\d+$/, '')
    this.#text = `${this.user}@${this.server}`
    own(this, this.#text)
  }

  toString(): string {
    return this.#text
  }

  /** In JSON a wid is its text; a value that `evaluate` returns shows its properties instead. */
  toJSON(): string {
    return this.#text
  }

  toJid(): string {
    return this.server === 'c.us' ? `${this.user}@s.whatsapp.net` : this.#text
  }

  toLogString(): string {
    return this.#text
  }

  equals(other: unknown): boolean {
    return other instanceof Wid && other.#text === this.#text
  }

  isLid(): boolean {
    return this.server === 'lid'
  }

  isUser(): boolean {
    return this.server === 'c.us' || this.server === 'lid'
  }

  isRegularUser(): boolean {
    return this.isUser()
  }

  isGroup(): boolean {
    return this.server === 'g.us'
  }

  isStatus(): boolean {
    return this.#text === 'status@broadcast'
  }

  isBroadcast(): boolean {
    return this.server === 'broadcast'
  }

  isNewsletter(): boolean {
    return this.server === 'newsletter'
  }

  isBot(): boolean {
    return this.server === 'bot'
  }

  isServer(): boolean {
    return false
  }
}

type KeyParts = {
  from?: Wid
  to?: Wid
  remote?: Wid
  fromMe?: boolean
  id: string
  participant?: Wid | null | undefined
  selfDir?: 'in' | 'out'
}

/** WhatsApp's key of a message: `<from me>_<chat>_<id>`, and who wrote it in a group. */
export class MsgKey {
  fromMe: boolean
  remote: Wid
  id: string
  declare participant?: Wid
  readonly #text: string

  constructor(parts: KeyParts) {
    const remote = parts.remote ?? (parts.selfDir === 'in' ? parts.from : parts.to)
    if (!(remote instanceof Wid)) throw new Error('MsgKey error: remote is not a wid')
    this.fromMe = parts.fromMe ?? parts.selfDir === 'out'
    this.remote = remote
    this.id = parts.id
    if (parts.participant) this.participant = parts.participant
    this.#text = [this.fromMe, remote, this.id, parts.participant ?? []].flat().join('_')
    own(this, this.#text)
  }

  static async newId(): Promise<string> {
    const bytes = crypto.getRandomValues(new Uint8Array(9))
    return `3EB0${[...bytes]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase()}`
  }

  static fromString(text: string): MsgKey {
    // Senders choose ids: one may hold an underscore.
    const [, fromMe, remote = '', id = '', participant] = /^(true|false)_([^_@]+@[a-z.]+)_([^]+?)(?:_([^_@]+@[a-z.]+))?$/.exec(text) ?? []
    if (id === '') throw new Error('MsgKey error: invalid key')
    return new MsgKey({ fromMe: fromMe === 'true', remote: new Wid(remote), id, participant: participant ? new Wid(participant) : null })
  }

  toString(): string {
    return this.#text
  }

  equals(other: unknown): boolean {
    return other instanceof MsgKey && other.#text === this.#text
  }

  clone(): MsgKey {
    return MsgKey.fromString(this.#text)
  }
}
