import type { Answering } from '@zaptria/contract'
import { sql } from 'kysely'
import { orMerged } from './merged.ts'
import type { Row, RowUpdate, Trx } from './tables.ts'

/** The conversation, or the one that it was merged into. */
export async function lockConversation(trx: Trx, id: string): Promise<Row<'conversations'> | undefined> {
  return orMerged(trx, id, (one) => trx.selectFrom('conversations').selectAll().where('id', '=', one).forUpdate().executeTakeFirst())
}

/**
 * Who answers from now on. A person: the flow's run ends, and the bot comes back by itself after the active flow's `resume_after_minutes`. The
 * bot: it starts anew, stuck or not. The caller has locked the conversation.
 */
export async function setAnswering(trx: Trx, conversation: Row<'conversations'>, answering: Answering): Promise<Row<'conversations'>> {
  await trx.deleteFrom('flow_runs').where('conversation_id', '=', conversation.id).execute()
  const since = conversation.answering === answering ? {} : { answering_since: sql<Date>`now()` as never }
  const change: RowUpdate<'conversations'> =
    answering === 'bot' ? { bot_resumes_at: null, stuck: false, pace: null } : { bot_resumes_at: RESUMES as never }
  return update(trx, conversation.id, { answering, ...since, ...change })
}

const RESUMES = sql<Date | null>`(select now() + make_interval(mins => (flow->>'resume_after_minutes')::int) from flow_versions where active)`

export async function markRead(trx: Trx, id: string): Promise<Row<'conversations'>> {
  return update(trx, id, { unread: 0 })
}

/** Something in it changed that its row does not show. */
export async function touchConversation(trx: Trx, id: string): Promise<Row<'conversations'>> {
  return update(trx, id, {})
}

/** What a message sent from here shows in the list of conversations, which it comes to the top of. */
export async function showSent(trx: Trx, id: string, { body, type }: { body: string; type: string }): Promise<Row<'conversations'>> {
  const last = { last_body: body, last_from_me: true, last_type: type, last_at: sql<Date>`now()` as never }
  return update(trx, id, { ...last, updated_at: sql<Date>`now()` as never })
}

/** `updated_at` orders the list of conversations: reading one, or giving it back, must not move it. */
async function update(trx: Trx, id: string, change: RowUpdate<'conversations'>): Promise<Row<'conversations'>> {
  return trx
    .updateTable('conversations')
    .set({ ...change, version: sql`version + 1` })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

/** Whether any conversation of the bot is still stuck. */
export async function anyStuck(trx: Trx, botId: string): Promise<boolean> {
  const row = await trx
    .selectFrom('conversations')
    .select('id')
    .where('bot_id', '=', botId)
    .where('stuck', '=', true)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
