import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import { mergeContacts } from './merge.ts'
import type { Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }

/** Somebody under all names that are known at once: a phone JID, a LID, or a group's id. */
export type Names = { jids: readonly string[]; pushName: string | null }

/**
 * One at a time per bot makes, names and merges contacts; taken before any conversation is locked. The same for the API when it opens a
 * conversation with somebody new.
 */
export async function lockContacts(trx: Trx, botId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`contacts ${botId}`}, 0))`.execute(trx)
}

export type KnownName = { jid: string; contact_id: string; push_name: string | null }

/** What is known of these names. Needs `lockContacts`, should anything be concluded from it. */
export async function knownNames(trx: Trx, bot: BotRef, jids: Iterable<string>): Promise<KnownName[]> {
  const wanted = [...new Set(jids)]
  if (wanted.length === 0) return []
  return trx
    .selectFrom('contact_aliases')
    .innerJoin('contacts', 'contacts.id', 'contact_aliases.contact_id')
    .select(['jid', 'contact_id', 'push_name'])
    .where('bot_id', '=', bot.id)
    .where('jid', '=', sql<string>`any(${wanted}::text[])`)
    .execute()
}

/**
 * The contact of each entry, made when new; a name learnt to belong to a known contact becomes its alias; contacts learnt to be one are
 * merged (rule 5). `merged` lists the conversations that are gone or have grown thereby. Needs `lockContacts`, and what is
 * `known` of all the names.
 */
export async function resolveContacts(
  trx: Trx,
  bot: BotRef,
  entries: readonly Names[],
  known: readonly KnownName[],
): Promise<{ ids: string[]; merged: string[] }> {
  if (entries.length === 0) return { ids: [], merged: [] }
  const contactOf = new Map(known.map((row) => [row.jid, row.contact_id]))
  const fresh = new Map<string, string | null>()
  const pushNames = new Map<string, string>()
  const knownAs = new Map(known.map((row) => [row.contact_id, row.push_name]))
  const aliases: { jid: string; contact_id: string }[] = []
  const merges: { keep: string; gone: string }[] = []

  const ids = entries.map((entry) => {
    const found = [...new Set(entry.jids.flatMap((jid) => contactOf.get(jid) ?? []))].toSorted()
    // The oldest stays: others may hold its id.
    const contact = found[0] ?? uuidv7()
    if (found.length === 0) fresh.set(contact, entry.pushName)
    for (const gone of found.slice(1)) {
      merges.push({ keep: contact, gone })
      for (const [jid, id] of contactOf) if (id === gone) contactOf.set(jid, contact)
    }
    for (const jid of entry.jids) {
      if (contactOf.has(jid)) continue
      contactOf.set(jid, contact)
      aliases.push({ jid, contact_id: contact })
    }
    if (entry.pushName !== null) pushNames.set(contact, entry.pushName)
    return contact
  })

  if (fresh.size > 0) {
    await trx
      .insertInto('contacts')
      .values([...fresh].map(([id, push_name]) => ({ id, tenant_id: bot.tenantId, push_name })))
      .execute()
  }
  if (aliases.length > 0) {
    await trx
      .insertInto('contact_aliases')
      .values(aliases.map((alias) => ({ ...alias, bot_id: bot.id, tenant_id: bot.tenantId })))
      .execute()
  }
  await renamePushNames(trx, new Map([...pushNames].filter(([id, name]) => knownAs.get(id) !== name && fresh.get(id) !== name)))
  const merged: string[] = []
  for (const { keep, gone } of merges) merged.push(...(await mergeContacts(trx, bot, keep, gone)))
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
