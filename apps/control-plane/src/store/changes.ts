import type { EditEvent, ReactionEvent, RevokeEvent } from '@zaptria/contract'
import { sql } from 'kysely'
import type { StoredKey } from './media.ts'
import type { Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }
export type ChangeEvent = ReactionEvent | EditEvent | RevokeEvent

/** What was heard of a message, with its names as they are stored: `chats` are those of its chat, the one that WhatsApp used first. */
export type HeardChange = { event: ChangeEvent; key: StoredKey; chats: string[]; byWhom: string; atMs: number }

export type EarlyChange = { botId: string; event: ChangeEvent }

/** Of one bot's changes without a message so many are kept. */
const MOST_EARLY = 10_000

export type Target = { id: string; conversationId: string }

/**
 * The messages that changes are about, by the changes' places in the list, under whichever name of the chat. Locked, as everywhere:
 * conversations, then messages, in id order.
 */
export async function lockTargets(trx: Trx, botId: string, changes: readonly HeardChange[]): Promise<Map<number, Target>> {
  const keys = changes.flatMap(({ key, chats }, nr) =>
    chats.map((chat) => ({ nr, chat, wa_id: key.waId, from_me: key.fromMe, sender: key.sender })),
  )
  const { rows } = await sql<{ nr: number; id: string; conversation_id: string }>`
    with found as materialized (
      select n.nr, k.message_id
      from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as n(nr int, chat text, wa_id text, from_me bool, sender text)
      join message_keys k on k.bot_id = ${botId} and k.wa_id = n.wa_id and k.from_me = n.from_me and k.sender in ('', n.sender)
      join conversations c on c.id = k.conversation_id
      join contact_aliases a on a.bot_id = ${botId} and a.contact_id = c.contact_id and a.jid = n.chat
    ), talks as (
      select id from conversations where id in (select conversation_id from messages where id in (select message_id from found))
      order by id for update
    ), locked as (
      select m.id, m.conversation_id from messages m join talks t on t.id = m.conversation_id
      where m.id in (select message_id from found) order by m.id for update of m
    )
    select f.nr, l.id, l.conversation_id from found f join locked l on l.id = f.message_id`.execute(trx)
  return new Map(rows.map((row) => [row.nr, { id: row.id, conversationId: row.conversation_id }]))
}

/** The newest counts, whichever is told first. Answers with whether it changed anything. */
export async function putReaction(
  trx: Trx,
  o: { tenantId: string; messageId: string; fromMe: boolean; sender: string; emoji: string; atMs: number },
): Promise<boolean> {
  const { rows } = await sql`
    insert into message_reactions as r (message_id, tenant_id, from_me, sender, emoji, at)
    select ${o.messageId}, ${o.tenantId}, ${o.fromMe}, ${o.sender}, ${o.emoji}, to_timestamp(${o.atMs} / 1000.0)
    on conflict (message_id, from_me, sender) do update set emoji = excluded.emoji, at = excluded.at where excluded.at > r.at
    returning 1`.execute(trx)
  if (rows.length === 0) return false
  await touch(trx, o.messageId)
  return true
}

/** The text before is kept; an edit that is older than the newest is no more than such a text. */
export async function putText(trx: Trx, o: { tenantId: string; messageId: string; body: string; atMs: number }): Promise<boolean> {
  const at = sql`to_timestamp(${o.atMs} / 1000.0)`
  const { rows } = await sql<{ newer: boolean }>`
    with before as (
      select id, body, coalesce(edited_at, wa_at) as since, coalesce(${at} > edited_at, true) as newer from messages
      where id = ${o.messageId} and body <> ${o.body}
    ), kept as (
      insert into message_texts (message_id, tenant_id, at, body)
      select id, ${o.tenantId}, case when newer then since else ${at} end, case when newer then body else ${o.body} end from before
      on conflict do nothing
    ), edited as (
      update messages m set body = ${o.body}, edited_at = ${at}, updated_at = now() from before b where m.id = b.id and b.newer
      returning m.conversation_id, m.from_me, m.wa_at, m.deleted_at
    ), shown as (
      update conversations c set last_body = ${o.body}, version = version + 1, updated_at = now() from edited e
      where c.id = e.conversation_id and c.last_at = e.wa_at and c.last_from_me = e.from_me and e.deleted_at is null
    )
    select newer from before`.execute(trx)
  return rows[0]?.newer ?? false
}

/** Once and for all. What the list of conversations shows of it goes too. */
export async function putDeleted(trx: Trx, messageId: string, atMs: number): Promise<boolean> {
  const { rows } = await sql`
    with deleted as (
      update messages set deleted_at = to_timestamp(${atMs} / 1000.0), updated_at = now() where id = ${messageId} and deleted_at is null
      returning conversation_id, from_me, wa_at
    ), shown as (
      update conversations c set last_body = '', last_type = 'revoked', version = version + 1, updated_at = now() from deleted d
      where c.id = d.conversation_id and c.last_at = d.wa_at and c.last_from_me = d.from_me
    )
    select 1 from deleted`.execute(trx)
  return rows.length > 0
}

async function touch(trx: Trx, messageId: string): Promise<void> {
  await sql`update messages set updated_at = now() where id = ${messageId}`.execute(trx)
}

/** Keeps what is about messages that are not here. Needs `lockContacts`, so that none of them arrives unseen meanwhile. */
export async function keepEarly(trx: Trx, bot: BotRef, changes: readonly HeardChange[]): Promise<void> {
  const rows = changes.map(({ event, key, chats, byWhom, atMs }) => ({
    chat_id: chats[0],
    from_me: key.fromMe,
    sender: key.sender,
    wa_id: key.waId,
    kind: event.kind,
    by_me: event.from_me,
    by_whom: byWhom,
    at_ms: atMs,
    event,
  }))
  const newest = new Map(
    rows.toSorted((a, b) => a.at_ms - b.at_ms).map(({ event, at_ms, ...name }) => [JSON.stringify(name), { ...name, event, at_ms }]),
  )
  await sql`
    insert into early_changes as e (bot_id, tenant_id, chat_id, from_me, sender, wa_id, kind, by_me, by_whom, at, event)
    select ${bot.id}, ${bot.tenantId}, n.chat_id, n.from_me, n.sender, n.wa_id, n.kind, n.by_me, n.by_whom, to_timestamp(n.at_ms / 1000.0), n.event
    from jsonb_to_recordset(${JSON.stringify([...newest.values()])}::jsonb) as n(chat_id text, from_me bool, sender text, wa_id text, kind text, by_me bool,
      by_whom text, at_ms float8, event jsonb)
    on conflict (bot_id, wa_id, chat_id, from_me, sender, kind, by_me, by_whom) do update set at = excluded.at, event = excluded.event, heard_at = now()
      where excluded.at > e.at`.execute(trx)
  await sql`
    delete from early_changes where bot_id = ${bot.id} and ctid = any(array(
      select ctid from early_changes where bot_id = ${bot.id} order by heard_at desc offset ${MOST_EARLY}))`.execute(trx)
}

/** What was heard before of messages with these ids. Who takes it applies it, or keeps it again. */
export async function takeEarly(trx: Trx, messages: readonly { bot_id: string; wa_id: string }[]): Promise<EarlyChange[]> {
  if (messages.length === 0) return []
  const { rows } = await sql<EarlyChange>`
    delete from early_changes e
    using unnest(${messages.map((row) => row.bot_id)}::uuid[], ${messages.map((row) => row.wa_id)}::text[]) as m(bot_id, wa_id)
    where e.bot_id = m.bot_id and e.wa_id = m.wa_id
    returning e.bot_id as "botId", e.event`.execute(trx)
  return rows
}
