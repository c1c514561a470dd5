import type { DatabaseSync } from 'node:sqlite'
import type { MessageEvent } from '@zaptria/contract'
import { isPerson } from '@zaptria/core'

/** Longer than any catch-up reaches back for a chat that was seen before. */
const REMEMBER_MS = 30 * 24 * 3600_000

/**
 * What a message's chat and sender are called. A person is met under a phone number one day and under a LID the next; between two people the
 * sender says nothing that `from_me` does not, and is named now this way, now that way.
 */
export const namesOf = ({ chat_id, phone, lid, sender }: MessageEvent): { chat: string; sender: string }[] =>
  isPerson(chat_id)
    ? [...new Set([chat_id, phone, lid].filter((chat) => chat !== null))].map((chat) => ({ chat, sender: '' }))
    : [{ chat: chat_id, sender }]

/** Which messages were reported already, whichever name WhatsApp had for their chat at the time. */
export const createSeen = (db: DatabaseSync) => {
  const insert = db.prepare('insert or ignore into seen (chat, from_me, sender, wa_id, at) values (?, ?, ?, ?, ?)')
  const prune = db.prepare('delete from seen where at < ?')

  return {
    /** Notes a message; false when it was noted before under any of its chat's names. To be called in a transaction. */
    note(message: MessageEvent, nowMs: number): boolean {
      const inserted = namesOf(message).map(
        ({ chat, sender }) => Number(insert.run(chat, message.from_me ? 1 : 0, sender, message.wa_id, nowMs).changes) === 1,
      )
      return inserted.every(Boolean)
    },
    prune: (nowMs: number): void => void prune.run(nowMs - REMEMBER_MS),
  }
}
