import { Collection } from './collection.ts'
import type { MsgKey, Wid } from './ids.ts'
import { Model } from './model.ts'
import type { Attributes } from './model.ts'

/** `Socket`: the state that a client watches. */
export class SocketModel extends Model {
  declare state: string
  declare hasSynced: boolean
  declare logout: () => Promise<void>
  declare takeover: () => void
}

/** `Conn`: the linked account, and the QR's reference before there is one. */
export class ConnModel extends Model {
  declare ref: string | undefined
  declare pushname: string | undefined
  declare wid: Wid | undefined
}

export class MediaData extends Model {
  declare mediaStage: string
  declare type: string
  declare filehash: string
  declare mimetype: string

  /** Its bytes stay with it when it is handed on inside the page; `serialize` leaves them out. */
  override toJSON(): Attributes {
    return { ...this.serialize(), mediaBlob: this.get('mediaBlob') }
  }
}

export class MsgModel extends Model {
  declare id: MsgKey
  declare type: string
  declare body: string
  declare caption: string | undefined
  declare t: number
  declare ack: number
  declare from: Wid
  declare to: Wid
  declare author: Wid | undefined
  declare isNewMsg: boolean
  declare mediaData: MediaData | undefined
  declare directPath: string | undefined
  declare mimetype: string | undefined
  declare filename: string | undefined
  declare latestEditSenderTimestampMs: number | undefined
  declare kind: string | undefined
  declare lat: number | undefined
  declare lng: number | undefined
  declare loc: string | undefined
  declare vcardFormattedName: string | undefined
  declare vcardList: { displayName: string; vcard: string }[] | undefined
  declare pollName: string | undefined
  declare pollOptions: { name: string; localId: number }[] | undefined
  declare pollSelectableOptionsCount: number | undefined
  declare messageSecret: Uint8Array | undefined
  declare quotedMsg: Attributes | undefined
  declare quotedStanzaID: string | undefined
  declare quotedParticipant: Wid | undefined
  /** Set by the page: fetches the media and moves `mediaData.mediaStage`. */
  #download: ((msg: MsgModel) => Promise<void>) | null = null

  constructor(attributes: Attributes) {
    super(attributes)
    validatedSender(this)
  }

  get isEphemeral(): boolean {
    return false
  }

  get isStatusV3(): boolean {
    return false
  }

  get isNotification(): boolean {
    return this.type === 'gp2' || this.type === 'e2e_notification'
  }

  get mediaObject(): object | undefined {
    return this.mediaData
  }

  onDownload(download: (msg: MsgModel) => Promise<void>): void {
    this.#download = download
  }

  async downloadMedia(_options?: unknown): Promise<void> {
    await this.#download?.(this)
  }

  avParams(): Attributes {
    return {}
  }

  /** What a reply to this message carries. */
  msgContextInfo(_chat?: unknown): Attributes {
    return {
      quotedMsg: { type: this.type, body: this.mediaData ? undefined : this.body, caption: this.caption },
      quotedStanzaID: this.id.id,
      quotedParticipant: this.author ?? this.from,
    }
  }
}

/** The real page finds the sender from the id, memoized by it, while it initialises a message. */
const validatedSender = (msg: MsgModel): Wid => {
  if (msg.id === undefined) {
    throw new Error("Data passed to getter must include an id property (it's how we memoize) but got undefined")
  }
  return msg.author ?? msg.from
}

export class MsgCollection extends Collection<MsgModel> {
  readonly modelClass = MsgModel
  declare getMessagesById: (ids: unknown[]) => Promise<{ messages: MsgModel[] }>
  declare search: (query: string, page?: number, count?: number, remote?: string) => Promise<{ messages: MsgModel[] }>
}

export class GroupMetadata extends Model {
  declare id: Wid
  declare participants: { id: Wid; isAdmin: boolean }[]
  declare announce: boolean
}

export class ChatModel extends Model {
  declare id: Wid
  declare name: string
  declare formattedTitle: string
  declare t: number
  declare unreadCount: number
  declare archive: boolean
  declare lastReceivedKey: MsgKey | undefined
  declare groupMetadata: GroupMetadata | undefined
  /** The part of the history that is in memory. */
  readonly msgs = new Collection<MsgModel>()
  /** Nothing older is to be had. */
  complete = false

  override serialize(): Attributes {
    return { ...super.serialize(), msgs: this.msgs.getModelsArray().map((msg) => ({ id: msg.id })) }
  }
}

export class ContactModel extends Model {
  declare id: Wid
  declare name: string | undefined
  declare pushname: string | undefined
  declare phoneNumber: Wid | undefined
  declare isMe: boolean
}
