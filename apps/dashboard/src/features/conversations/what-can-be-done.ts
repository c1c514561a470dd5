import { DELETE_WITHIN_MS, EDIT_WITHIN_MS, type Message } from '@zaptria/contract'

export type Possible = { react: boolean; edit: boolean; delete: boolean }

const NOTHING: Possible = { react: false, edit: false, delete: false }

/** What is offered for a message: what WhatsApp would still do, as far as can be told here. The server decides. */
export function whatCanBeDone(message: Message, nowMs: number): Possible {
  const { status, from_me, type } = message
  const arrived = status === 'received' || status === 'accepted' || status === 'delivered' || status === 'read'
  if (message.deleted_at !== null || !arrived) return NOTHING
  const age = nowMs - Date.parse(message.at)
  return { react: true, edit: from_me && type === 'chat' && age < EDIT_WITHIN_MS, delete: from_me && age < DELETE_WITHIN_MS }
}

/** What is one tap away; more than these are on the phone. */
export const EMOJI: readonly string[] = ['👍', '❤️', '😂', '😮', '😢', '🙏']

/** This number's own reaction; empty when there is none. */
export const ownReaction = (message: Message): string => message.reactions.find((reaction) => reaction.from_me)?.emoji ?? ''

/** Emoji with how many put them, the most first. */
export function countedReactions(message: Message): { emoji: string; count: number; mine: boolean }[] {
  const all = new Map<string, { emoji: string; count: number; mine: boolean }>()
  for (const { emoji, from_me } of message.reactions) {
    const before = all.get(emoji) ?? { emoji, count: 0, mine: false }
    all.set(emoji, { emoji, count: before.count + 1, mine: before.mine || from_me })
  }
  return [...all.values()].toSorted((a, b) => b.count - a.count)
}
