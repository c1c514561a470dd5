import { textOfContent, type MessageContent, type MessageKey, type SendCard, type SendContent } from '@zaptria/contract'
import type { MessageRef } from '../engine/port.ts'
import type { NewSend } from '../outbox/sends.ts'

/** A card as engines know it. */
export const contentOf = (card: SendCard): MessageContent => {
  switch (card.type) {
    case 'location': {
      const { type, ...rest } = card
      return { kind: type, ...rest }
    }
    case 'contact':
      return { kind: 'contacts', contacts: card.contacts }
    case 'poll': {
      const { type, ...rest } = card
      return { kind: type, ...rest }
    }
    default:
      return card satisfies never
  }
}

/** What a command says to send, as it is written down. */
export const partsOf = (message: SendContent): Pick<NewSend, 'body' | 'file' | 'card'> => {
  switch (message.type) {
    case 'text':
      return { body: message.body, file: null, card: null }
    case 'location':
    case 'contact':
    case 'poll':
      return { body: textOfContent(contentOf(message)), file: null, card: message }
    default:
      return { body: message.caption ?? '', file: message, card: null }
  }
}

/** A key as engines know it. */
export const refOf = ({ wa_id, chat_id, from_me, sender }: MessageKey): MessageRef => ({
  waId: wa_id,
  chatId: chat_id,
  fromMe: from_me,
  sender,
})
