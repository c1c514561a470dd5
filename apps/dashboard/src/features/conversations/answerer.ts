import type { Conversation, Message } from '@zaptria/contract'
import { Bot, UserRound, UsersRound } from 'lucide-react'
import type { LucideIcon } from 'lucide-react'
import type { MessageId } from '../../i18n/messages.ts'

/** Who answers in a conversation. In groups no flow does, whatever the conversation says. */
export function answerer({ answering, contact }: Pick<Conversation, 'answering' | 'contact'>): {
  who: 'bot' | 'person' | 'group'
  icon: LucideIcon
  text: MessageId
} {
  if (contact.group !== null) return { who: 'group', icon: UsersRound, text: 'answering.group' }
  return answering === 'bot'
    ? { who: 'bot', icon: Bot, text: 'answering.bot' }
    : { who: 'person', icon: UserRound, text: 'answering.person' }
}

/** WhatsApp's clock and ours differ a little, and what silences the bot is written down after it was said. */
const APART_MS = 60_000

/** Of the messages, newest first: where the bot was silenced, whether a person here has written since, or the owner on the phone. Null: neither that is known. */
export function writes(newestFirst: readonly Message[], silentSince: string): 'person' | 'owner' | null {
  const last = newestFirst.find(({ author }) => author === 'person' || author === 'owner')
  if (last === undefined || Date.parse(last.at) < Date.parse(silentSince) - APART_MS) return null
  return last.author === 'owner' ? 'owner' : 'person'
}
