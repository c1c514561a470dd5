import type { Message, MessageChange } from '@zaptria/contract'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { countedReactions } from './what-can-be-done.ts'

/** The emoji under a message. */
export function Reactions({ message }: { message: Message }) {
  const t = useT()
  const counted = countedReactions(message)
  if (counted.length === 0) return null
  return (
    <ul className="mt-1 flex flex-wrap gap-1" aria-label={t('message.reactions')} data-testid="reactions">
      {counted.map(({ emoji, count, mine }) => (
        <li
          key={emoji}
          className={cn('rounded-full border bg-surface px-1.5 text-xs', mine && 'border-accent')}
          title={mine ? t('message.reactions.mine') : undefined}
        >
          {emoji}
          {count > 1 && <span className="ml-1 text-ink-soft">{count}</span>}
        </li>
      ))}
    </ul>
  )
}

/** What was asked to be done to a message, and is not done: it is on its way, or will not be, and why. */
export function ChangeNote({ change }: { change: MessageChange | null }) {
  const t = useT()
  if (change === null) return null
  const { kind, status, failure } = change
  if (status === 'queued' || status === 'handed') {
    return (
      <p className="text-right text-xs text-ink-soft" data-testid="change-pending">
        {t(`change.${kind}.pending`)}
      </p>
    )
  }
  return (
    <p className="mt-1 border-t border-bad/30 pt-1 text-xs text-bad" data-testid="change-failed">
      {t(`change.${kind}.failed`)} {t(`change.why.${failure?.reason ?? 'engine_error'}`)}
    </p>
  )
}
