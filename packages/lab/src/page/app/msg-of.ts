import type { WireMessage } from '../../wire/frames.ts'
import { contentAttributes } from './content.ts'
import { MsgKey, Wid } from './ids.ts'
import { MediaData, MsgModel } from './models.ts'
import type { Attributes } from './model.ts'

/** The body of a media message is its thumbnail; nobody here looks at it. */
const thumbnail = '/9j/4AAQSkZJRgABAQAAAQABAAD/'

/** A message as the page's model of it. */
export const msgOf = (wire: WireMessage, isNew: boolean): MsgModel => {
  const author = wire.author === null ? undefined : new Wid(wire.author)
  const msg = new MsgModel({
    id: new MsgKey({ fromMe: wire.fromMe, remote: new Wid(wire.chat), id: wire.id, participant: author }),
    type: wire.type,
    body: wire.media ? thumbnail : wire.body,
    t: wire.t,
    // The page's own store numbers what it takes in; what was there when it was linked lies below this.
    rowId: 1_000_000_000 + wire.seq,
    ...(isNew ? { clientReceivedTsMillis: Date.now() } : {}),
    notifyName: wire.name,
    from: new Wid(wire.from),
    to: new Wid(wire.to),
    author,
    self: wire.fromMe ? 'out' : 'in',
    ack: wire.ack,
    isNewMsg: isNew,
    star: false,
    broadcast: false,
    isForwarded: false,
    mentionedJidList: [],
    groupMentions: [],
    links: [],
    ...quotedOf(wire),
    ...revokedOf(wire),
    ...editedOf(wire, author),
    ...mediaOf(wire),
    ...contentAttributes(wire.content),
  })
  if (wire.media) msg.onDownload(download)
  return msg
}

/** WhatsApp counts this one in seconds. */
export const revokedOf = ({ revokedAt }: WireMessage): Attributes =>
  revokedAt === undefined ? {} : { revokeTimestamp: Math.floor(revokedAt / 1000), subtype: 'sender' }

const editedOf = ({ editedAt, fromMe, chat, id }: WireMessage, participant: Wid | undefined): Attributes =>
  editedAt === undefined
    ? {}
    : { latestEditSenderTimestampMs: editedAt, latestEditMsgKey: new MsgKey({ fromMe, remote: new Wid(chat), id, participant }) }

const quotedOf = ({ quoted }: WireMessage): Attributes =>
  quoted
    ? {
        quotedMsg: { type: quoted.type, body: quoted.body },
        quotedStanzaID: quoted.id,
        quotedParticipant: new Wid(quoted.author),
      }
    : {}

const mediaOf = ({ media, type, body, t }: WireMessage): Attributes => {
  if (!media) return {}
  const shared = { type, mimetype: media.mimetype, filehash: media.filehash, size: media.size }
  return {
    ...shared,
    caption: body === '' ? undefined : body,
    filename: media.filename ?? undefined,
    directPath: pathOf(media.id),
    deprecatedMms3Url: `https://web.whatsapp.com${pathOf(media.id)}`,
    encFilehash: media.filehash,
    mediaKey: btoa(media.id),
    mediaKeyTimestamp: t,
    width: media.width ?? undefined,
    height: media.height ?? undefined,
    mediaData: new MediaData({ ...shared, mediaStage: 'NEED_POKE' }),
  }
}

export const pathOf = (mediaId: string): string => `/mms/${mediaId}`

const download = async (msg: MsgModel): Promise<void> => {
  msg.mediaData?.set({ mediaStage: 'FETCHING' })
  const answer = await fetch(msg.directPath ?? '')
  msg.mediaData?.set({ mediaStage: answer.ok ? 'RESOLVED' : 'ERROR_NOT_FOUND' })
}
