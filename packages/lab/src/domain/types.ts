/** The page before July 2026, as it was made then, as it was made again in September, and as it may be made one day. */
export const generations = ['classic', '2026-07', '2026-09', 'future'] as const
export type Generation = (typeof generations)[number]

export type MessageType =
  | 'chat'
  | 'image'
  | 'video'
  | 'audio'
  | 'ptt'
  | 'document'
  | 'sticker'
  | 'location'
  | 'vcard'
  | 'multi_vcard'
  | 'poll_creation'
  | 'revoked'

export type Media = {
  id: string
  mimetype: string
  size: number
  filename: string | null
  /** SHA-256 of the bytes, base64, as WhatsApp's `filehash`. */
  filehash: string
  width: number | null
  height: number | null
}

/** What a message says beside text and files. `max_choices`: how many options of a poll one person may choose. */
export type Content =
  | { kind: 'location'; latitude: number; longitude: number; name?: string | undefined; address?: string | undefined }
  | { kind: 'contacts'; contacts: { name: string; vcard: string }[] }
  | { kind: 'poll'; question: string; options: string[]; max_choices: number }

export type Quoted = { id: string; body: string; fromMe: boolean; author: string; type: MessageType }

export type Reaction = { fromMe: boolean; sender: string; /** Empty: taken back. */ emoji: string; /** Milliseconds. */ at: number }

export type Message = {
  /** WhatsApp's own id: the sender chooses it. Unique within (chat, fromMe). */
  id: string
  /** `<digits>@c.us`, `<digits>@lid` or `<digits>@g.us`. */
  chat: string
  fromMe: boolean
  /** In groups: who wrote. */
  author: string | null
  from: string
  to: string
  type: MessageType
  /** Of media: the caption. */
  body: string
  /** Unix seconds. */
  t: number
  /** −1 refused, 0 on its way, 1 at the server, 2 delivered, 3 read. */
  ack: number
  via: 'contact' | 'phone' | 'device'
  /** Who wrote, as a push name. */
  name: string
  media: Media | null
  content: Content | null
  quoted: Quoted | null
  /** Of an outgoing message: how often its recipients see it. More than 1 only with `recipientsDropDuplicates` off. */
  copies: number
  /** Order of arrival, over the whole Lab. */
  seq: number
  /** When, in the same order, its ack was raised last. */
  ackSeq?: number
  /** What was done to it afterwards, and in which order with everything else; times in milliseconds. */
  changedSeq?: number
  reactions?: Reaction[]
  editedAt?: number
  revokedAt?: number
}

/** The public halves that a QR carries, as the device announced them. */
export type DeviceKeys = { noise: string; identity: string; adv: string; platform: string }

export type Device = {
  id: string
  secret: string
  account: string
  name: string
  protocol: 'page' | 'simulated'
  linkedAt: number
  linkedBy: 'qr' | 'code'
  /** The device's local store holds nothing older: what a volume restored from a snapshot has lost. 0 = all. */
  sinceSeq: number
  /** Its public keys, as when it was linked. */
  keys: DeviceKeys
  /** How many messages its local store has counted, as far as it told: what it knows of after a crash is at least that. */
  counter: number
  /** What it brought when it came back last, for whoever restores sessions: a store of another moment has fewer. Null: never, or it counts nothing. */
  opened: { counter: number; sameKeys: boolean } | null
}

export type Conversation = {
  chat: string
  name: string
  /** The contact's phone, or null for a group. */
  contact: string | null
  participants: string[]
  unread: number
  messages: Message[]
}

/** A WhatsApp number with a phone, to which devices are linked. */
export type Account = {
  number: string
  lid: string
  name: string
  passkey: boolean
  banned: boolean
  /** The owner's phone. Devices work without it. */
  phoneOnline: boolean
  devices: Device[]
  conversations: Conversation[]
}

/** A person out there. */
export type Contact = {
  phone: string
  lid: string
  name: string
  /** Under which id the chat with this person appears: the phone (`c.us`) or the LID. */
  addressing: 'pn' | 'lid'
  /** Whether the page can tell the phone that belongs to the LID. */
  phoneKnown: boolean
  online: boolean
}

export type WorldState = { seq: number; accounts: Account[]; contacts: Contact[]; blobs: Record<string, string> }

/** What changed; listeners look at the world for the rest. */
export type Change =
  | { type: 'account'; account: string }
  | { type: 'contact'; contact: string }
  | { type: 'devices'; account: string }
  | { type: 'message'; account: string; chat: string; message: Message; /** The device that sent it. */ origin: string | null }
  | { type: 'changed'; account: string; chat: string; message: Message }
  | { type: 'ack'; account: string; chat: string; id: string; ack: number }
  | { type: 'unread'; account: string; chat: string; unread: number }
  | { type: 'chatstate'; account: string; chat: string; by: 'device' | 'contact'; state: ChatState }
  | { type: 'qr'; ref: string }
  | { type: 'connections' }
  | { type: 'faults' }

export type ChatState = 'typing' | 'recording' | 'paused'
