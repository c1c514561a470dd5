import type { ChangeResultEvent, Hint } from '@zaptria/contract'
import { isGroup } from '@zaptria/core'
import { settleChange } from '../store/asked-changes.ts'
import type { ChangeEvent, HeardChange } from '../store/changes.ts'
import { keepEarly, lockTargets, putDeleted, putReaction, putText } from '../store/changes.ts'
import { lockContacts } from '../store/contacts.ts'
import type { Trx } from '../store/tables.ts'
import { sameJid } from './jid.ts'
import { fileHint, storedKeyOf } from './media.ts'
import type { BotRef } from './types.ts'

const DAY_MS = 86_400_000

/** Applies what was heard of messages, each once and in any order; what is about none that is here waits for it. */
export async function applyChanges(trx: Trx, bot: BotRef, events: readonly ChangeEvent[], nowMs: number): Promise<Hint[]> {
  if (events.length === 0) return []
  // Or a message that these are about could be stored at the same time by another volume's batch, which would not see them.
  await lockContacts(trx, [bot.id])
  const changes = events.map((event) => heard(event, nowMs))
  const targets = await lockTargets(trx, bot.id, changes)
  const hints: Hint[] = []
  for (const [nr, change] of changes.entries()) {
    const target = targets.get(nr)
    if (target !== undefined && (await apply(trx, bot, target.id, change)))
      hints.push(fileHint(bot, target), { ...fileHint(bot, target), noun: 'conversation' })
  }
  const early = changes.filter((_, nr) => !targets.has(nr))
  if (early.length > 0) await keepEarly(trx, bot, early)
  return hints
}

function heard(event: ChangeEvent, nowMs: number): HeardChange {
  const key = storedKeyOf(event.target)
  return {
    event,
    key,
    chats: [...new Set([key.chatId, ...(event.alias_chat_id === null ? [] : [sameJid(event.alias_chat_id)])])],
    byWhom: isGroup(key.chatId) && !event.from_me ? sameJid(event.sender) : '',
    // A time far ahead would win for ever.
    atMs: Math.min(event.timestamp_ms, nowMs + DAY_MS),
  }
}

function apply(trx: Trx, { tenantId }: BotRef, messageId: string, { event, byWhom, atMs }: HeardChange): Promise<boolean> {
  switch (event.kind) {
    case 'reaction':
      return putReaction(trx, { tenantId, messageId, fromMe: event.from_me, sender: byWhom, emoji: event.emoji, atMs })
    case 'edit':
      return putText(trx, { tenantId, messageId, body: event.body, atMs })
    case 'revoke':
      return putDeleted(trx, messageId, atMs)
    default:
      return event satisfies never
  }
}

/** What became of what we asked for. */
export async function believeChangeResults(trx: Trx, bot: BotRef, events: readonly ChangeResultEvent[]): Promise<Hint[]> {
  const hints: Hint[] = []
  for (const event of events) {
    const conversationId = await settleChange(trx, bot, event)
    if (conversationId !== null)
      hints.push(fileHint(bot, { conversationId }), { ...fileHint(bot, { conversationId }), noun: 'conversation' })
  }
  return hints
}
