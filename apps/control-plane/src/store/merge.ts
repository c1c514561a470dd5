import { sql } from 'kysely'
import type { Trx } from './tables.ts'

type BotRef = { id: string; tenantId: string }

/**
 * Makes one contact of two: aliases, conversations, messages and their keys move to `keep`, `gone` vanishes. A message that was stored under
 * both names is kept once. Answers with the conversations concerned. Rare, so plain statements.
 */
export async function mergeContacts(trx: Trx, bot: BotRef, keep: string, gone: string): Promise<string[]> {
  await trx.updateTable('contact_aliases').set({ contact_id: keep }).where('contact_id', '=', gone).execute()
  const conversations = await trx
    .selectFrom('conversations')
    .select(['id', 'contact_id'])
    .where('bot_id', '=', bot.id)
    .where('contact_id', 'in', [keep, gone])
    .orderBy('id')
    .forUpdate()
    .execute()
  const kept = conversations.find((row) => row.contact_id === keep)
  const lost = conversations.find((row) => row.contact_id === gone)
  if (lost !== undefined) {
    if (kept === undefined) await trx.updateTable('conversations').set({ contact_id: keep }).where('id', '=', lost.id).execute()
    else await mergeConversations(trx, bot, kept.id, lost.id)
  }
  await sql`
    update contacts k set name = coalesce(k.name, g.name), push_name = coalesce(k.push_name, g.push_name),
      variables = g.variables || k.variables, created_at = least(k.created_at, g.created_at), updated_at = now()
    from contacts g where k.id = ${keep} and g.id = ${gone}`.execute(trx)
  await trx.deleteFrom('contacts').where('id', '=', gone).execute()
  return conversations.map((row) => row.id)
}

type Doubled = { kept: string; lost: string }

/**
 * Of two messages with the same key, which one stays: what we wrote ourselves outlives what was heard of it, then what was heard first. Looks at all
 * keys of the bot, so once.
 */
async function doubledIn(trx: Trx, bot: BotRef, keep: string, gone: string): Promise<Doubled[]> {
  const { rows } = await sql<Doubled>`
  select case when other then b else a end as kept, case when other then a else b end as lost from (
    select k.message_id as a, g.message_id as b,
      y.author in ('flow', 'person', 'api') or (x.author not in ('flow', 'person', 'api') and y.seq < x.seq) as other
    from message_keys g join message_keys k using (bot_id, from_me, sender, wa_id)
    left join messages x on x.id = k.message_id left join messages y on y.id = g.message_id
    where g.bot_id = ${bot.id} and g.conversation_id = ${gone} and k.conversation_id = ${keep}
  ) d`.execute(trx)
  return rows
}

/** What happened to the message that goes happened to the one that stays. */
async function mergeChanges(trx: Trx, all: readonly Doubled[]): Promise<void> {
  if (all.length === 0) return
  const doubled = sql`select * from unnest(${all.map(({ kept }) => kept)}::uuid[], ${all.map(({ lost }) => lost)}::uuid[]) as d(kept, lost)`
  await sql`
    insert into message_reactions as r (message_id, tenant_id, from_me, sender, emoji, at)
    select d.kept, o.tenant_id, o.from_me, o.sender, o.emoji, o.at from (${doubled}) d join message_reactions o on o.message_id = d.lost
    on conflict (message_id, from_me, sender) do update set emoji = excluded.emoji, at = excluded.at where excluded.at > r.at`.execute(trx)
  await sql`
    insert into message_texts (message_id, tenant_id, at, body)
    select d.kept, o.tenant_id, o.at, o.body from (${doubled}) d join message_texts o on o.message_id = d.lost on conflict do nothing`.execute(
    trx,
  )
  await sql`
    update messages k set deleted_at = coalesce(k.deleted_at, l.deleted_at),
      body = case when l.edited_at > coalesce(k.edited_at, '-infinity') then l.body else k.body end,
      edited_at = greatest(k.edited_at, l.edited_at)
    from (${doubled}) d join messages l on l.id = d.lost where k.id = d.kept and (l.edited_at is not null or l.deleted_at is not null)`.execute(
    trx,
  )
  await sql`update message_changes c set message_id = d.kept from (${doubled}) d where c.message_id = d.lost`.execute(trx)
}

async function mergeConversations(trx: Trx, bot: BotRef, keep: string, gone: string): Promise<void> {
  const doubled = await doubledIn(trx, bot, keep, gone)
  await mergeChanges(trx, doubled)
  await sql`update message_changes set conversation_id = ${keep} where conversation_id = ${gone}`.execute(trx)
  if (doubled.length > 0)
    await sql`
    with lost as (
      select unnest(${doubled.map(({ lost }) => lost)}::uuid[]) as id
    ), keys as (
      delete from message_keys where bot_id = ${bot.id} and message_id in (select id from lost)
    )
    delete from messages where id in (select id from lost)`.execute(trx)
  await trx
    .updateTable('message_keys')
    .set({ conversation_id: keep })
    .where('bot_id', '=', bot.id)
    .where('conversation_id', '=', gone)
    .execute()
  await trx.updateTable('messages').set({ conversation_id: keep }).where('conversation_id', '=', gone).execute()
  // The run that heard last goes on; what waits for an answer gets one.
  await sql`
    with runs as (
      select *, row_number() over (order by run is null, updated_at desc) as nr from flow_runs where conversation_id in (${keep}, ${gone})
    ), lost as (
      delete from flow_runs where conversation_id in (select conversation_id from runs where nr = 2)
    )
    update flow_runs r set burst = coalesce(a.burst, b.burst), due_at = least(a.due_at, b.due_at)
    from runs a join runs b on b.nr = 2 where a.nr = 1 and r.conversation_id = a.conversation_id`.execute(trx)
  await trx.updateTable('flow_runs').set({ conversation_id: keep }).where('conversation_id', '=', gone).execute()
  await sql`
    update conversations k set
      chat_id = case when newer then g.chat_id else k.chat_id end,
      alias_chat_id = case when newer then k.chat_id else g.chat_id end,
      answering = case when g.answering = 'person' then 'person' else k.answering end,
      answering_since = greatest(k.answering_since, g.answering_since),
      bot_resumes_at = case when k.answering = 'person' and g.answering = 'person' then greatest(k.bot_resumes_at, g.bot_resumes_at)
        else coalesce(k.bot_resumes_at, g.bot_resumes_at) end,
      stuck = k.stuck or g.stuck,
      unread = k.unread + g.unread,
      last_body = case when newer then g.last_body else k.last_body end,
      last_from_me = case when newer then g.last_from_me else k.last_from_me end,
      last_type = case when newer then g.last_type else k.last_type end,
      last_at = greatest(k.last_at, g.last_at),
      version = greatest(k.version, g.version) + 1,
      created_at = least(k.created_at, g.created_at),
      updated_at = now()
    from conversations g, lateral (select g.last_at > (select last_at from conversations where id = ${keep}) as newer) as which
    where k.id = ${keep} and g.id = ${gone}`.execute(trx)
  await trx.updateTable('merged_conversations').set({ into_id: keep }).where('into_id', '=', gone).execute()
  await trx.insertInto('merged_conversations').values({ id: gone, tenant_id: bot.tenantId, into_id: keep }).execute()
  await trx.deleteFrom('conversations').where('id', '=', gone).execute()
  // What is still to be told of the one comes before what will be told of both. Locked in the order in which attempts' ends are written down.
  await sql`
    with pending as (
      select id from webhook_deliveries
      where endpoint_id in (select id from webhook_endpoints where tenant_id = ${bot.tenantId}) and about = ${gone} and status = 'pending'
      order by id for update
    )
    update webhook_deliveries set about = ${keep} where id in (select id from pending)`.execute(trx)
}
