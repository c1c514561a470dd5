import type { BotEventBody, Hint } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Trx } from '../store/tables.ts'
import type { BotRef } from './types.ts'
import { forward } from './message-state.ts'

export type Outcome = Extract<BotEventBody, { kind: 'ack' | 'send_result' }>

/** How often a message that WhatsApp refused (ack −1) is handed out again before it has failed (rule 7: −1 retry). */
const MAX_REFUSALS = 5

/** Applies acks and send results to our messages, forward only. Answers with hints, one per conversation. */
export async function applyOutcomes(trx: Trx, reports: readonly { bot: BotRef; outcomes: readonly Outcome[] }[]): Promise<Hint[]> {
  const told = reports.flatMap(({ bot, outcomes }) => outcomes.map((one) => ({ botId: bot.id, one })))
  if (told.length === 0) return []
  const outcomesOf = new Map(reports.map(({ bot, outcomes }) => [bot.id, outcomes]))
  const messageIds = told.flatMap(({ one }) => (one.kind === 'send_result' ? [one.message_id] : []))
  const rows = await trx
    .selectFrom('messages')
    .select(['id', 'tenant_id', 'bot_id', 'wa_id', 'status', 'conversation_id', 'failure_reason', 'failure_detail', 'page_at', 'attempt'])
    .where('bot_id', '=', sql<string>`any(${[...outcomesOf.keys()]}::uuid[])`)
    .where('from_me', '=', true)
    // A union, because an "or" would read all of the bots' keys.
    .where(
      'id',
      'in',
      sql<string>`(select k.message_id
        from unnest(${told.map(({ botId }) => botId)}::uuid[], ${told.map(({ one }) => one.wa_id)}::text[]) as t(bot_id, wa_id)
        join message_keys k on k.bot_id = t.bot_id and k.wa_id = t.wa_id and k.from_me
        union select unnest(${messageIds}::uuid[]))`,
    )
    .orderBy('id')
    .forUpdate()
    .execute()

  const changes = rows.flatMap((row) => {
    let { status, failure_reason, failure_detail } = row
    let atPage = row.page_at !== null
    let again = false
    for (const one of outcomesOf.get(row.bot_id) ?? []) {
      if (one.kind === 'ack' ? one.wa_id !== row.wa_id : one.message_id !== row.id) continue
      const refused = one.kind === 'ack' && one.ack === -1
      if (refused && row.attempt < MAX_REFUSALS) {
        again = status === 'handed'
        continue
      }
      const news = refused
        ? { kind: 'result' as const, outcome: 'failed' as const, reason: 'rejected_by_whatsapp' as const }
        : one.kind === 'ack'
          ? { kind: 'ack' as const, ack: one.ack }
          : { kind: 'result' as const, outcome: one.outcome, reason: one.reason }
      if (one.kind === 'send_result' && one.outcome === 'handed') atPage = true
      const next = forward(status, news)
      if (next === status) continue
      status = next
      again = false
      const ended = next === 'failed' || next === 'unknown'
      failure_reason = next === 'failed' && news.kind === 'result' ? (news.reason ?? 'engine_error') : null
      failure_detail = ended && one.kind === 'send_result' ? (one.detail ?? null) : null
    }
    if (status === row.status && atPage === (row.page_at !== null) && !again) return []
    const { id, tenant_id, conversation_id } = row
    return [{ id, tenant_id, conversation_id, status, failure_reason, failure_detail, at_page: atPage && !again, again }]
  })
  if (changes.length === 0) return []
  await sql`
    update messages m set status = c.status, failure_reason = c.failure_reason, failure_detail = c.failure_detail,
      page_at = case when c.at_page then coalesce(m.page_at, now()) end,
      due_at = case when c.again then now() + interval '2 seconds' * power(2, least(m.attempt, 6)) end, updated_at = now()
    from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as c(id uuid, status text, failure_reason text, failure_detail text, at_page bool, again bool)
    where m.id = c.id`.execute(trx)
  return [...new Map(changes.map((change) => [change.conversation_id, change.tenant_id]))].map(([id, tenant_id]) => ({
    noun: 'message',
    id,
    tenant_id,
    // A tick does not move the version of its conversation; its own order is enough for a hint.
    version: String(Date.now()),
  }))
}
