import type { Conversation } from '@zaptria/contract'
import { UserRound, UsersRound } from 'lucide-react'
import { cn } from '../../ui/cn.ts'

const LOOKS = [
  'bg-line text-ink',
  'bg-info-soft text-info',
  'bg-warn-soft text-warn',
  'bg-bubble-bot text-ink',
  'bg-bad-soft text-bad',
] as const

/** The first letters of the first and last name; empty where there is no name with letters. */
export function initials(name: string | null): string {
  const words = (name ?? '').split(/\s+/u).filter((word) => /^\p{L}/u.test(word))
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  return ends.map((word) => /^\p{L}/u.exec(word ?? '')?.[0].toUpperCase() ?? '').join('')
}

/** A contact as a coloured round, the same each time: known again before it is read. It says nothing that the name beside it does not. */
export function Avatar({ contact, className }: Pick<Conversation, 'contact'> & { className?: string }) {
  const letters = contact.group === null ? initials(contact.name) : ''
  const look = LOOKS[Number.parseInt(contact.id.slice(-4), 16) % LOOKS.length]
  const Icon = contact.group === null ? UserRound : UsersRound
  return (
    <span
      className={cn('flex size-11 shrink-0 items-center justify-center rounded-full text-sm font-semibold select-none', look, className)}
      aria-hidden
    >
      {letters === '' ? <Icon className="size-5" /> : letters}
    </span>
  )
}
