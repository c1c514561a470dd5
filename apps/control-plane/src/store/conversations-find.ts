import { sql } from 'kysely'
import type { Db } from './db.ts'

export type FoundRow = {
  id: string
  tenant_id: string
  tenant_name: string
  contact_id: string
  name: string | null
  phone_jid: string | null
  lid: string | null
  group: string | null
  last_at: Date | null
}

/** So many contacts are looked at more closely: of more the words say too little. */
const CANDIDATES = 200

/** As the column `folded` is made, and for any other accent too. */
const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()

/**
 * Conversations of all tenants by a part of their contact's names, accents or not, or of the phone number's digits; the last spoken in first.
 * For the operator alone: it reads what row-level security keeps tenants from.
 */
export async function findConversations(db: Db, { q, limit }: { q: string; limit: number }): Promise<FoundRow[]> {
  const like = `%${fold(q)
    .split(/\s+/)
    .map((word) => word.replaceAll(/[\\%_]/g, (wild) => `\\${wild}`))
    .join('%')}%`
  const digits = q.replaceAll(/\D/g, '')
  // "Ana 2" is no number.
  const isNumber = digits.length >= 3 && /^[\d\s()+.-]+$/.test(q)
  const { rows } = await sql<FoundRow>`
    with found as (
      (select tenant_id, id as contact_id from contacts
        where not ${isNumber}::boolean and folded like ${like} limit ${CANDIDATES})
      union
      (select tenant_id, contact_id from contact_aliases where ${isNumber}::boolean and jid like ${`%${digits}%@c.us`} limit ${CANDIDATES})
    )
    select conversations.id, tenants.id as tenant_id, tenants.name as tenant_name, contacts.id as contact_id,
      coalesce(contacts.name, contacts.push_name) as name, conversations.last_at,
      ${alias('%@c.us')} as phone_jid, ${alias('%@lid')} as lid, ${alias('%@g.us')} as "group"
    from found
    join contacts on contacts.id = found.contact_id
    join tenants on tenants.id = found.tenant_id and tenants.removed_at is null
    join bots on bots.tenant_id = tenants.id
    join conversations on conversations.bot_id = bots.id and conversations.contact_id = contacts.id
    order by conversations.last_at desc nulls last, conversations.id desc
    limit ${limit}`.execute(db)
  return rows
}

const alias = (like: string) => sql`(select min(a.jid) from contact_aliases a where a.contact_id = contacts.id and a.jid like ${like})`
