import type { Hint } from '@zaptria/contract'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import { anyStuck } from '../store/answering.ts'
import type { LockedConversation } from '../store/conversations.ts'
import { updateConversations } from '../store/conversations.ts'
import { saveRuns } from '../store/flows.ts'
import type { MessageInsert } from '../store/messages.ts'
import { insertMessages } from '../store/messages.ts'
import type { Last } from '../store/pipelined.ts'
import type { Trx } from '../store/tables.ts'
import type { Talk } from './talk.ts'

/** The versions that runs under way were begun with. */
export function runVersions(conversations: Iterable<LockedConversation>): string[] {
  return [...new Set([...conversations].flatMap((conversation) => conversation.flow_version_id ?? []))]
}

/**
 * Writes what came of locked conversations, set by set: messages in the order given, the conversations themselves, their runs, the alerts.
 * `claimed` messages have their keys already. Nobody waits for the writes before the transaction's end.
 */
export async function writeTalks(
  trx: Trx,
  talks: readonly Talk[],
  messages: readonly MessageInsert[],
  last: Last,
  claimed: ReadonlySet<string> = new Set(),
): Promise<Hint[]> {
  const changed = talks.filter((talk) => talk.changed)
  const updates = changed.map((talk) => talk.toUpdate())
  last(updateConversations(trx, updates))
  last(insertMessages(trx, messages, claimed))
  const runs = talks.flatMap((talk) => talk.runUpdate() ?? [])
  last(saveRuns(trx, runs))
  const heardIn = new Set(messages.map((row) => row.conversation_id))
  const hints = changed.flatMap(({ id, version, bot: { tenantId: tenant_id } }): Hint[] => [
    { noun: 'conversation', id, tenant_id, version },
    ...(heardIn.has(id) ? [{ noun: 'message' as const, id, tenant_id, version }] : []),
  ])
  for (const [, theirs] of Map.groupBy(changed, (talk) => talk.bot.id)) hints.push(...(await alertsOf(trx, theirs)))
  return hints
}

/** Of one bot's conversations. */
async function alertsOf(trx: Trx, talks: readonly Talk[]): Promise<Hint[]> {
  const { bot } = talks[0]!
  const hints: Hint[] = []
  const stuck = talks.filter((talk) => talk.error !== undefined)
  for (const { id, error } of stuck) {
    const detail = `conversation ${id}: ${error}`.slice(0, 1000)
    hints.push(await raiseAlert(trx, { kind: 'conversation_stuck', severity: 'warning', subject: bot.id, tenantId: bot.tenantId, detail }))
  }
  for (const { id, loop } of talks) {
    if (loop === undefined) continue
    const detail = `conversation ${id}: ${loop}`
    hints.push(await raiseAlert(trx, { kind: 'conversation_loop', severity: 'warning', subject: bot.id, tenantId: bot.tenantId, detail }))
  }
  if (talks.some((talk) => talk.freed) && stuck.length === 0 && !(await anyStuck(trx, bot.id))) {
    const resolved = await resolveAlert(trx, 'conversation_stuck', bot.id)
    if (resolved !== null) hints.push(resolved)
  }
  return hints
}
