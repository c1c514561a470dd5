import { sha256OfFilehash } from '../filehash.ts'
import type { EngineMessage } from '../port.ts'
import { waIdOf } from '../wa-id.ts'
import type { WireContact, WireMessage } from './frames.ts'

/** What the device knows beside the message. */
export type Known = { me: string; contact: WireContact | undefined; subject: string | undefined }

export const toEngineMessage = (message: WireMessage, { me, contact, subject }: Known): EngineMessage => {
  const group = message.chat.endsWith('@g.us')
  const lid = message.chat.endsWith('@lid') ? message.chat : contact?.lid ? `${contact.lid}@lid` : null
  return {
    waId: waIdOf(message.id),
    chatId: message.chat,
    fromMe: message.fromMe,
    sender: message.fromMe ? me : (message.author ?? message.chat),
    phone: group || message.phone === null ? null : `${message.phone}@c.us`,
    lid: group ? null : lid,
    body: message.body,
    timestamp: message.t,
    type: message.type,
    ...(message.fromMe ? {} : { pushName: message.name }),
    ...(group && subject !== undefined ? { subject } : {}),
    ...(message.content === null || message.content === undefined ? {} : { content: message.content }),
    ...(message.quoted ? { quoted: waIdOf(message.quoted.id) } : {}),
    ...(message.media
      ? {
          media: {
            mimetype: message.media.mimetype,
            size_bytes: message.media.size,
            ...(message.media.filename === null ? {} : { filename: message.media.filename }),
            ...sha256OfFilehash(message.media.filehash),
          },
        }
      : {}),
  }
}
