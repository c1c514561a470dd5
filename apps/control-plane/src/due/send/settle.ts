import type { FailureReason, Hint, MessageStatus } from '@zaptria/contract'
import { backoff } from '@zaptria/core'
import { sql } from 'kysely'
import { clean } from '../../ingest/clean.ts'
import { forward } from '../../ingest/message-state.ts'
import type { Hints } from '../../live/hints.ts'
import { raiseAlert, resolveAlert } from '../../store/alerts.ts'
import type { Db } from '../../store/db.ts'
import { ownKey } from '../../store/messages.ts'
import type { Trx } from '../../store/tables.ts'
import type { Outcome } from './post.ts'
import type { Attempt } from './take.ts'

/** Between attempts of one message: at least the first, at most the last, with jitter between. */
const RETRY = { least_ms: 500, base_ms: 1_000, max_ms: 60_000 }

/**
 * Writes down how an attempt ended. It may come after the attempt was given up as unknown, or after the bot has moved: what happened is a fact all
 * the same, so long as no later attempt was made.
 */
export async function settleAttempt(
  { db, hints, random }: { db: Db; hints: Pick<Hints, 'changed'>; random: () => number },
  attempt: Attempt,
  outcome: Outcome,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('messages')
      .select(['status', 'conversation_id'])
      .where('id', '=', attempt.id)
      .where('attempt', '=', attempt.attempt)
      .where('status', 'in', ['handed', 'unknown'])
      .forUpdate()
      .executeTakeFirst()
    const told: Hint[] = await accuse(trx, attempt, outcome)
    if (row !== undefined) {
      const taken = outcome.kind === 'accepted' ? await claimKey(trx, attempt, row.conversation_id, outcome.messageId) : null
      await trx
        .updateTable('messages')
        .set({
          ...next(row.status, outcome),
          due_at: outcome.kind === 'later' ? again(attempt, outcome.retryAfterMs, random) : null,
          ...(taken === null ? {} : { wa_id: taken }),
          updated_at: sql<Date>`now()`,
        })
        .where('id', '=', attempt.id)
        .execute()
      told.push({ noun: 'message', id: row.conversation_id, tenant_id: attempt.tenant_id, version: String(Date.now()) })
    }
    await hints.changed(trx, told)
  })
}

type Next = { status: MessageStatus; failure_reason: FailureReason | null; failure_detail: string | null }

function next(status: MessageStatus, outcome: Outcome): Next {
  const detail = 'detail' in outcome ? clean(outcome.detail) : null
  switch (outcome.kind) {
    case 'accepted':
      return { status: forward(status, { kind: 'ack', ack: 1 }), failure_reason: null, failure_detail: null }
    case 'later':
      // Nothing was sent, whatever we had given it up for.
      return { status: 'queued', failure_reason: null, failure_detail: detail }
    case 'failed':
      return {
        status: forward(status, { kind: 'result', outcome: 'failed', reason: outcome.reason }),
        failure_reason: outcome.reason,
        failure_detail: detail,
      }
    case 'unknown':
      return { status: forward(status, { kind: 'result', outcome: 'unknown' }), failure_reason: null, failure_detail: detail }
    default:
      return outcome satisfies never
  }
}

function again({ attempt }: Attempt, retryAfterMs: number | null, random: () => number) {
  const pause = RETRY.least_ms + backoff({ attempt: attempt - 1, base_ms: RETRY.base_ms, max_ms: RETRY.max_ms, random })
  // Jitter on top of what the bot asked for as well: many were told the same.
  const ms = Math.max(pause, retryAfterMs === null ? 0 : retryAfterMs + random() * 1000)
  return sql<Date>`now() + make_interval(secs => ${ms / 1000})` as never
}

/** WhatsApp's own id, by which the bot may report the message to us as the owner's later: known, it is not a second message. */
async function claimKey(trx: Trx, attempt: Attempt, conversationId: string, messageId: string | null): Promise<string | null> {
  if (messageId === null) return null
  const waId = ownKey(clean(messageId))
  const claimed = await trx
    .insertInto('message_keys')
    .values({
      bot_id: attempt.bot_id,
      conversation_id: conversationId,
      from_me: true,
      wa_id: waId,
      tenant_id: attempt.tenant_id,
      message_id: attempt.id,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('wa_id')
    .executeTakeFirst()
  return claimed?.wa_id ?? null
}

/** A bot that refuses our token needs a person; one that answers anything else does not (any more). */
async function accuse(trx: Trx, { bot_id, tenant_id, public_url }: Attempt, outcome: Outcome): Promise<Hint[]> {
  if (outcome.kind === 'later' && outcome.refused) {
    const detail = `${new URL(public_url).host} refuses the bot’s token: ${clean(outcome.detail)}`
    return [await raiseAlert(trx, { kind: 'sink_paused', severity: 'warning', subject: bot_id, tenantId: tenant_id, detail })]
  }
  if (outcome.kind !== 'accepted' && outcome.kind !== 'failed') return []
  const resolved = await resolveAlert(trx, 'sink_paused', bot_id)
  return resolved === null ? [] : [resolved]
}
