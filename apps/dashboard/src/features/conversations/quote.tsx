import type { QuotedMessage } from '@zaptria/contract'
import type { MessageId } from '../../i18n/messages.ts'
import { useT } from '../../i18n/use-t.ts'
import { senderName } from './contact.ts'
import { messageKind } from './message-kind.ts'

type Quotable = Pick<QuotedMessage, 'id' | 'from_me' | 'author' | 'sender' | 'type' | 'body'>

/** Who wrote a message of this account, in words. */
export function authorText({ author }: Pick<Quotable, 'author'>): MessageId {
  return author === 'contact' ? 'author.owner' : `author.${author}`
}

type Props = {
  /** Null: it is not here. */ message: Quotable | null
  /** What to call the contact; null in a group. */ contactName: string | null
  /** Leads to it, by its id. */ onShow?: (message: string) => void
}

/** A message that another one answers: who wrote it, and how it begins. */
export function Quote({ message, contactName, onShow }: Props) {
  const t = useT()
  return (
    <blockquote className="mb-1 overflow-hidden rounded-md border-l-4 border-accent/60 bg-ink/5 text-xs" data-testid="quote">
      {message === null ? (
        <p className="px-2 py-1 text-ink-soft">{t('quote.missing')}</p>
      ) : onShow === undefined ? (
        <div className="px-2 py-1">
          <Words message={message} contactName={contactName} />
        </div>
      ) : (
        <button
          type="button"
          className="block w-full px-2 py-1 text-left hover:bg-ink/5"
          title={t('quote.show')}
          onClick={() => onShow(message.id)}
          data-testid="quote-show"
        >
          <Words message={message} contactName={contactName} />
        </button>
      )}
    </blockquote>
  )
}

function Words({ message, contactName }: { message: Quotable; contactName: string | null }) {
  const t = useT()
  const kind = messageKind(message.type)
  return (
    <>
      <span className="block truncate font-medium text-ink-soft" data-testid="quote-author">
        {message.from_me ? t(authorText(message)) : (senderName(message, t) ?? contactName ?? t('quote.contact'))}
      </span>
      <span className="line-clamp-2 break-words">
        {kind !== null && <>[{t(kind.text)}] </>}
        {message.body}
      </span>
    </>
  )
}
