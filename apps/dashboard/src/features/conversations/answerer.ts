import type { Conversation } from '@zaptria/contract'
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
