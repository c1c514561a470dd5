import type { Hint, MediaFailedEvent, MessageKey } from '@zaptria/contract'
import type { StoredKey } from '../store/media.ts'
import { fileByKey, mediaFailed } from '../store/media.ts'
import type { Trx } from '../store/tables.ts'
import { sameJid } from './jid.ts'
import type { BotRef } from './types.ts'

/** A bot's name for a message, as it was stored when the message was. */
export const storedKeyOf = ({ wa_id, chat_id, from_me, sender }: MessageKey): StoredKey => ({
  waId: wa_id,
  chatId: sameJid(chat_id),
  fromMe: from_me,
  sender: sameJid(sender),
})

/** Files that will not come. One that is here already stays. */
export async function believeMediaFailures(trx: Trx, bot: BotRef, events: readonly MediaFailedEvent[]): Promise<Hint[]> {
  const hints: Hint[] = []
  for (const event of events) {
    const file = await fileByKey(trx, bot.id, storedKeyOf(event))
    if (file !== null && (await mediaFailed(trx, file, event.reason))) hints.push(fileHint(bot, file))
  }
  return hints
}

export const fileHint = (bot: BotRef, file: { conversationId: string }): Hint => ({
  noun: 'message',
  id: file.conversationId,
  tenant_id: bot.tenantId,
  // What became of a file does not move the version of its conversation.
  version: String(Date.now()),
})
