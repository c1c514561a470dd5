import type { Answering } from '@zaptria/contract'
import { sql } from 'kysely'
import { orMerged } from './merged.ts'
import type { Row, Trx } from './tables.ts'

export type ConversationRow = Row<'conversations'> & {
  contact_name: string | null
  phone_jid: string | null
  lid: string | null
  group: string | null
  /** The newest message that was to go by now is ours, and did not. */
  unsent: boolean
  /** With microseconds, which a JavaScript Date has not: cursors must not skip or repeat. */
  updated_key: string
}

/** Of the last one by the index of the chat: a retry is a newer one. */
const UNSENT = sql<boolean>`coalesce((
  select m.status in ('failed', 'expired', 'unknown') from messages m
  where m.conversation_id = conversations.id and m.status not in ('scheduled', 'cancelled')
  order by m.seq desc limit 1
), false)`

const query = (trx: Trx) =>
  trx
    .selectFrom('conversations')
    .innerJoin('contacts', 'contacts.id', 'conversations.contact_id')
    .selectAll('conversations')
    .select([
      sql<string | null>`coalesce(contacts.name, contacts.push_name)`.as('contact_name'),
      alias('%@c.us').as('phone_jid'),
      alias('%@lid').as('lid'),
      alias('%@g.us').as('group'),
      UNSENT.as('unsent'),
      sql<string>`conversations.updated_at::text`.as('updated_key'),
    ])

const alias = (like: string) =>
  sql<string | null>`(select min(a.jid) from contact_aliases a where a.contact_id = conversations.contact_id and a.jid like ${like})`

export type ConversationList = {
  q: string | undefined
  unread: boolean | undefined
  answering: Answering | undefined
  before: readonly [updated: string, id: string] | undefined
  limit: number
}

/** Last changed first. `q` finds a part of the contact's names, or of the phone number's digits. */
export async function listConversations(trx: Trx, { q, unread, answering, before, limit }: ConversationList): Promise<ConversationRow[]> {
  const like = (q ?? '').replaceAll(/[\\%_]/g, (wild) => `\\${wild}`)
  const digits = (q ?? '').replaceAll(/\D/g, '')
  return (
    query(trx)
      .$if(q !== undefined, (list) =>
        list.where(
          sql<boolean>`(contacts.name ilike ${`%${like}%`} or contacts.push_name ilike ${`%${like}%`} or (${digits} <> '' and exists (
          select 1 from contact_aliases a where a.contact_id = contacts.id and a.jid like ${`%${digits}%@c.us`})))`,
        ),
      )
      // Without an index of their own: each message would pay for it, and a list of some thousands is read through in no time.
      .$if(unread !== undefined, (list) => list.where('conversations.unread', unread === true ? '>' : '=', 0))
      .$if(answering !== undefined, (list) => list.where('conversations.answering', '=', answering!))
      .$if(before !== undefined, (list) =>
        list
          // Which part of the index to begin in; the other says which row.
          .where(sql<boolean>`conversations.listed_at <= ${before?.[0]}::timestamptz`)
          .where(sql<boolean>`(conversations.updated_at, conversations.id) < (${before?.[0]}::timestamptz, ${before?.[1]}::uuid)`),
      )
      // The minute of the second: what the index holds.
      .orderBy('conversations.listed_at', 'desc')
      .orderBy('conversations.updated_at', 'desc')
      .orderBy('conversations.id', 'desc')
      .limit(limit)
      .execute()
  )
}

/** The conversation, or the one that it was merged into. */
export async function findConversation(trx: Trx, id: string): Promise<ConversationRow | undefined> {
  return orMerged(trx, id, (one) => query(trx).where('conversations.id', '=', one).executeTakeFirst())
}
