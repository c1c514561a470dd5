import { sha256OfFilehash } from '../filehash.ts'
import type { EngineMessage } from '../port.ts'
import type { PageMessage } from './reports.ts'

export const toEngineMessage = (message: PageMessage): EngineMessage => ({
  waId: message.waId,
  chatId: message.chatId,
  fromMe: message.fromMe,
  sender: message.sender,
  phone: message.phone,
  lid: message.lid,
  body: message.body,
  timestamp: message.timestamp,
  type: message.type,
  ...(message.pushName === null ? {} : { pushName: message.pushName }),
  ...(message.subject === null || message.subject === '' ? {} : { subject: message.subject }),
  ...(message.quoted === null ? {} : { quoted: message.quoted }),
  ...(message.media === null
    ? {}
    : {
        media: {
          mimetype: message.media.mimetype,
          ...(message.media.filename === null ? {} : { filename: message.media.filename }),
          ...(message.media.size === null ? {} : { size_bytes: message.media.size }),
          ...sha256OfFilehash(message.media.filehash),
        },
      }),
  ...(message.content === null ? {} : { content: message.content }),
})
