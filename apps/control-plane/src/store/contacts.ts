import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import { mergeContacts } from './merge.ts'
import type { Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }

/** Somebody under all names that are known at once: a phone JID, a LID, or a group's id. */
export type Names = { bot: BotRef; jids: readonly string[]; pushName: string | null }

/**
 * One at a time per bot makes, names and merges contacts; taken before any conversation is locked. The same for the API when it opens a
 * conversation with somebody new. Of several bots in id order.
 */
export async function lockContacts(trx: Trx, botIds: readonly string[]): Promise<void> {
  const names = botIds.toSorted().map((id) => `contacts ${id}`)
  await sql`select pg_advisory_xact_lock(hashtextextended(name, 0)) from unnest(${names}::text[]) as name`.execute(trx)
}

export type Name = { botId: string; jid: string }
export type KnownName = { bot_id: string; jid: string; contact_id: string; push_name: string | null }

/** What is known of these names. Needs `lockContacts`, should anything be concluded from it. */
export async function knownNames(trx: Trx, names: readonly Name[]): Promise<KnownName[]> {
  const wanted = [...new Map(names.map((one) => [keyOf(one.botId, one.jid), one])).values()]
  if (wanted.length === 0) return []
  const { rows } = await sql<KnownName>`
    select a.bot_id, a.jid, a.contact_id, c.push_name
    from unnest(${wanted.map(({ botId }) => botId)}::uuid[], ${wanted.map(({ jid }) => jid)}::text[]) as w(bot_id, jid)
    join contact_aliases a on a.bot_id = w.bot_id and a.jid = w.jid join contacts c on c.id = a.contact_id`.execute(trx)
  return rows
}

/** A name means somebody only among one bot's. */
const keyOf = (botId: string, jid: string): string => `${botId} ${jid}`

/**
 * The contact of each entry, made when new; a name learnt to belong to a known contact becomes its alias; contacts learnt to be one are
 * merged (rule 5). `merged` lists the conversations that are gone or have grown thereby. Needs `lockContacts`, and what is
 * `known` of all the names.
 */
export async function resolveContacts(
  trx: Trx,
  entries: readonly Names[],
  known: readonly KnownName[],
): Promise<{ ids: string[]; merged: { bot: BotRef; conversationId: string }[] }> {
  if (entries.length === 0) return { ids: [], merged: [] }
  const contactOf = new Map(known.map((row) => [keyOf(row.bot_id, row.jid), row.contact_id]))
  const fresh = new Map<string, { tenant_id: string; push_name: string | null }>()
  const pushNames = new Map<string, string>()
  const knownAs = new Map(known.map((row) => [row.contact_id, row.push_name]))
  const aliases: { bot_id: string; tenant_id: string; jid: string; contact_id: string }[] = []
  const merges: { bot: BotRef; keep: string; gone: string }[] = []

  const ids = entries.map(({ bot, jids, pushName }) => {
    const found = [...new Set(jids.flatMap((jid) => contactOf.get(keyOf(bot.id, jid)) ?? []))].toSorted()
    // The oldest stays: others may hold its id.
    const contact = found[0] ?? uuidv7()
    if (found.length === 0) fresh.set(contact, { tenant_id: bot.tenantId, push_name: pushName })
    for (const gone of found.slice(1)) {
      merges.push({ bot, keep: contact, gone })
      for (const [name, id] of contactOf) if (id === gone) contactOf.set(name, contact)
    }
    for (const jid of jids) {
      if (contactOf.has(keyOf(bot.id, jid))) continue
      contactOf.set(keyOf(bot.id, jid), contact)
      aliases.push({ bot_id: bot.id, tenant_id: bot.tenantId, jid, contact_id: contact })
    }
    if (pushName !== null) pushNames.set(contact, pushName)
    return contact
  })

  if (fresh.size > 0) {
    await trx
      .insertInto('contacts')
      .values([...fresh].map(([id, contact]) => ({ id, ...contact })))
      .execute()
  }
  if (aliases.length > 0) {
    await trx.insertInto('contact_aliases').values(aliases).execute()
  }
  await renamePushNames(trx, new Map([...pushNames].filter(([id, name]) => knownAs.get(id) !== name && fresh.get(id)?.push_name !== name)))
  const merged: { bot: BotRef; conversationId: string }[] = []
  for (const { bot, keep, gone } of merges)
    for (const conversationId of await mergeContacts(trx, bot, keep, gone)) merged.push({ bot, conversationId })
  // An entry may have been given a contact that a later entry merged away.
  const goneTo = new Map(merges.map(({ keep, gone }) => [gone, keep]))
  const final = (id: string): string => {
    const to = goneTo.get(id)
    return to === undefined ? id : final(to)
  }
  return { ids: ids.map(final), merged }
}

async function renamePushNames(trx: Trx, names: ReadonlyMap<string, string>): Promise<void> {
  if (names.size === 0) return
  const rows = JSON.stringify([...names].map(([id, push_name]) => ({ id, push_name })))
  await sql`
    update contacts c set push_name = n.push_name, updated_at = now()
    from jsonb_to_recordset(${rows}::jsonb) as n(id uuid, push_name text)
    where c.id = n.id and c.push_name is distinct from n.push_name`.execute(trx)
}
