import type { FlowBurst, FlowPace, FlowRun } from '@zaptria/core'
import type { RawBuilder } from 'kysely'
import { sql } from 'kysely'
import { uuidv7 } from '../uuid.ts'
import type { Row, Trx } from './tables.ts'
import { together } from './together.ts'

type BotRef = { id: string; tenantId: string }

export type OpenConversation = { bot: BotRef; contactId: string; chatId: string; aliasChatId: string | null; sinceMs: number }
export type LockedConversation = Row<'conversations'> & { run: FlowRun | null; burst: FlowBurst | null; flow_version_id: string | null }

/** The contacts' conversations, made when missing, locked in id order (rule 6), each with its flow run. */
export async function lockConversations(trx: Trx, wanted: readonly OpenConversation[]): Promise<Map<string, LockedConversation>> {
  const byContact = new Map(wanted.toReversed().map((one) => [one.contactId, one]))
  const found = await lock(trx, [...byContact.values()])
  const missing = [...byContact.values()].filter((one) => !found.has(one.contactId))
  if (missing.length === 0) return found
  await trx
    .insertInto('conversations')
    .values(
      missing.map((one) => ({
        id: uuidv7(),
        tenant_id: one.bot.tenantId,
        bot_id: one.bot.id,
        contact_id: one.contactId,
        chat_id: one.chatId,
        alias_chat_id: one.aliasChatId,
        // Nobody gave it to the bot since: an owner's reply that is caught up late still counts.
        answering_since: new Date(one.sinceMs),
      })),
    )
    .onConflict((conflict) => conflict.columns(['bot_id', 'contact_id']).doNothing())
    .execute()
  // New rows have the highest ids (UUIDv7), so that locking them after the others keeps the order.
  for (const [contact, row] of await lock(trx, missing)) found.set(contact, row)
  return found
}

async function lock(trx: Trx, wanted: readonly OpenConversation[]): Promise<Map<string, LockedConversation>> {
  if (wanted.length === 0) return new Map()
  const these = sql`unnest(${wanted.map(({ bot }) => bot.id)}::uuid[], ${wanted.map(({ contactId }) => contactId)}::uuid[]) as w(bot_id, contact_id)
    join conversations c on c.bot_id = w.bot_id and c.contact_id = w.contact_id`
  const [locked, runs] = await together(
    sql<Row<'conversations'>>`select c.* from ${these} order by c.id for update of c`.execute(trx),
    runsWhere(trx, sql<string>`(select c.id from ${these})`),
  )
  return new Map(joined(locked.rows, runs).map((row) => [row.contact_id, row]))
}

/** Locked conversations with their runs. */
export async function withRuns(trx: Trx, rows: readonly Row<'conversations'>[]): Promise<LockedConversation[]> {
  const ids = sql<string>`(select unnest(${rows.map((row) => row.id)}::uuid[]))`
  return joined(rows, await runsWhere(trx, ids))
}

/**
 * A statement of its own, behind the one that locks: that one, when it had to wait, sees the locked row as it is now, but what it joins to it as
 * it was before the wait.
 */
function runsWhere(trx: Trx, ids: RawBuilder<string>): Promise<Run[]> {
  return trx
    .selectFrom('flow_runs')
    .select(['conversation_id', 'flow_version_id', 'run', 'burst'])
    .where('conversation_id', 'in', ids)
    .execute()
}

type Run = Pick<Row<'flow_runs'>, 'conversation_id' | 'flow_version_id' | 'run' | 'burst'>

function joined(rows: readonly Row<'conversations'>[], runs: readonly Run[]): LockedConversation[] {
  const runOf = new Map(runs.map((run) => [run.conversation_id, run]))
  return rows.map((row) => {
    const kept = runOf.get(row.id)
    const run = (kept?.run ?? null) as FlowRun | null
    return { ...row, run, burst: (kept?.burst ?? null) as FlowBurst | null, flow_version_id: kept?.flow_version_id ?? null }
  })
}

/** What a batch changed in a conversation. Dates are milliseconds. */
export type ConversationUpdate = {
  id: string
  chat_id: string
  alias_chat_id: string | null
  answering: string
  answering_since_ms: number
  bot_resumes_at_ms: number | null
  stuck: boolean
  pace: FlowPace | null
  unread: number
  last_body: string | null
  last_from_me: boolean | null
  last_type: string | null
  last_at_ms: number | null
}

/** Writes them all; each has the next version then. */
export async function updateConversations(trx: Trx, updates: readonly ConversationUpdate[]): Promise<void> {
  if (updates.length === 0) return
  await sql`
    update conversations c set chat_id = u.chat_id, alias_chat_id = u.alias_chat_id, answering = u.answering,
      answering_since = to_timestamp(u.answering_since_ms / 1000.0), bot_resumes_at = to_timestamp(u.bot_resumes_at_ms / 1000.0),
      stuck = u.stuck, pace = nullif(u.pace, 'null'::jsonb), unread = u.unread, last_body = u.last_body, last_from_me = u.last_from_me, last_type = u.last_type,
      last_at = to_timestamp(u.last_at_ms / 1000.0), version = c.version + 1, updated_at = now()
    from jsonb_to_recordset(${JSON.stringify(updates)}::jsonb) as u(id uuid, chat_id text, alias_chat_id text, answering text,
      answering_since_ms float8, bot_resumes_at_ms float8, stuck bool, pace jsonb, unread int, last_body text, last_from_me bool, last_type text, last_at_ms float8)
    where c.id = u.id`.execute(trx)
}
