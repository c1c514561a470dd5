import { problemText } from '../../api/problem.ts'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { bubbleShape } from './bubble-shape.ts'
import { pending, waitsForLine, type Pending } from './pending.ts'
import { LINK_BUTTON } from './trouble.tsx'
import { useSend } from './use-send.ts'

/** A reply that the server has not confirmed yet, or did not take. */
export function PendingBubble({ tenant, conversation, entry }: { tenant: string; conversation: string; entry: Pending }) {
  const t = useT()
  const send = useSend(tenant, conversation)
  const failed = entry.error !== null
  const problem = failed ? problemText(entry.error, t) : null
  return (
    <article
      data-testid="pending-message"
      data-failed={failed}
      className={cn('mt-2 ml-auto w-fit max-w-[82%] bg-bubble-out sm:max-w-[65%]', bubbleShape(true, true), !failed && 'opacity-75')}
    >
      <p className="break-words whitespace-pre-wrap">{entry.body}</p>
      {problem === null ? (
        <p className="text-right text-xs text-ink-soft">{t('message.sending')}</p>
      ) : (
        <div role="alert" className="mt-1 border-t border-bad/30 pt-1 text-xs text-bad">
          <p>
            {t('message.not-sent')} {waitsForLine(entry) ? t('message.waits') : `${problem.title} ${problem.hint}`}
          </p>
          <div className="mt-1 flex gap-4">
            <button type="button" className={LINK_BUTTON} onClick={() => send(entry)} data-testid="retry-send">
              {t('common.retry')}
            </button>
            <button type="button" className={LINK_BUTTON} onClick={() => pending.drop(conversation, entry.key)}>
              {t('message.discard')}
            </button>
          </div>
        </div>
      )}
    </article>
  )
}
