import type { DatabaseSync } from 'node:sqlite'
import type { BotEventBody, MessageEvent } from '@zaptria/contract'
import { isLid, isPerson, jidOfPhone, phoneOfJid } from '@zaptria/core'
import { transaction } from './database.ts'

type Named = Pick<MessageEvent, 'chat_id' | 'phone' | 'lid'>

/** Whom a chat is with, as a foreign dashboard is told it: the phone where it is known, else the LID; a group is itself. */
export const contactOf = ({ chat_id, phone }: Pick<MessageEvent, 'chat_id' | 'phone'>): string => {
  if (!isPerson(chat_id)) return chat_id
  if (phone !== null) return phone
  const digits = phoneOfJid(chat_id)
  return digits === null ? chat_id : jidOfPhone(digits)
}

/** What must arrive in order is in one lane: a contact, whichever name its chat has at the time; a group; the states. */
export const createLanes = (db: DatabaseSync) => {
  const phoneOf = db.prepare('select phone from phones where lid = ?')
  // The first one stays: it names a lane, and a lane that changed its name twice would be two while something of it is under way.
  const note = db.prepare('insert or ignore into phones (lid, phone) values (?, ?)')
  const move = db.prepare('update events set lane = ? where lane = ? and set_aside is null')
  const waiting = db.prepare(
    `select distinct lane, body ->> 'chat_id' as chat_id, body ->> 'phone' as phone, body ->> 'lid' as lid
     from events where kind = 'message' and set_aside is null`,
  )

  /** The lane that has become of one: what a LID's lane was goes on in its phone's. */
  const current = (lane: string): string => (isLid(lane) ? String(phoneOf.get(lane)?.['phone'] ?? lane) : lane)

  /** What waits under a LID whose phone is learnt now goes ahead of what comes under the phone. */
  const learn = (message: Named): void => {
    const contact = contactOf(message)
    if (!isPerson(contact) || isLid(contact)) return
    for (const lid of [message.chat_id, message.lid]) {
      if (lid !== null && isLid(lid) && note.run(lid, contact).changes === 1) move.run(contact, lid)
    }
  }

  /** Older versions of the bot had a lane per chat. */
  const adopt = (): void => {
    const rows = waiting.all().map((row) => ({
      lane: String(row['lane']),
      chat_id: String(row['chat_id']),
      phone: row['phone'] === null ? null : String(row['phone']),
      lid: row['lid'] === null ? null : String(row['lid']),
    }))
    rows.forEach(learn)
    for (const row of rows) {
      const lane = current(contactOf(row))
      if (lane !== row.lane) move.run(lane, row.lane)
    }
  }
  transaction(db, adopt)

  return {
    current,
    learn,
    /** Of a chat by its name alone. */
    ofChat: (chatId: string): string => current(contactOf({ chat_id: chatId, phone: null })),
    /** Two names of one chat, as a control plane knows them. */
    learnNames(one: string, other: string): void {
      const [lid, phone] = isLid(one) ? [one, other] : [other, one]
      if (isLid(lid)) learn({ chat_id: phone, phone, lid })
    },
    of(body: BotEventBody): string {
      switch (body.kind) {
        case 'message':
          return current(contactOf(body))
        case 'ack':
        case 'media_failed':
          return current(contactOf({ chat_id: body.chat_id, phone: null }))
        case 'reaction':
        case 'edit':
        case 'revoke':
          return current(contactOf({ chat_id: body.target.chat_id, phone: null }))
        case 'qr':
        case 'pairing_code':
        case 'state':
        case 'send_result':
        case 'change_result':
        case 'probe':
          return body.kind
        default:
          return body satisfies never
      }
    },
  }
}
export type Lanes = ReturnType<typeof createLanes>
