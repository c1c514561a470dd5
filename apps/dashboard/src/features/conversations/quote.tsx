import type { QuotedMessage } from '@zaptria/contract'
import type { MessageId } from '../../i18n/messages.ts'
import { useT } from '../../i18n/use-t.ts'
import { messageKind } from './message-kind.ts'

type Quotable = Pick<QuotedMessage, 'from_me' | 'author' | 'type' | 'body'>

/** Who wrote a message of this account, in words. */
export function authorText({ author }: Pick<Quotable, 'author'>): MessageId {
  return author === 'contact' ? 'author.owner' : `author.${author}`
}

/** A message that another one answers: who wrote it, and how it begins. Null: it is not here. */
export function Quote({ message }: { message: Quotable | null }) {
  const t = useT()
  const kind = message === null ? null : messageKind(message.type)
  return (
    <blockquote className="mb-1 border-l-4 border-accent/60 bg-ink/5 px-2 py-1 text-xs" data-testid="quote">
      {message === null ? (
        <p className="text-ink-soft">{t('quote.missing')}</p>
      ) : (
        <>
          <p className="font-medium text-ink-soft">{t(message.from_me ? authorText(message) : 'quote.contact')}</p>
          <p className="line-clamp-2 break-words">
            {kind !== null && <>[{t(kind.text)}] </>}
            {message.body}
          </p>
        </>
      )}
    </blockquote>
  )
}
