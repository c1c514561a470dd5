import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Message } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { problemText } from '../../api/problem.ts'
import { formatDateTime, formatTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Reply } from 'lucide-react'
import { cancelMessage } from './conversations.ts'
import { ChangeNote, Reactions } from './message-aftermath.tsx'
import { MessageContentView } from './message-content.tsx'
import { messageKind } from './message-kind.ts'
import { MessageMenu } from './message-menu.tsx'
import { MessageFile } from './message-file.tsx'
import { pending, type Pending } from './pending.ts'
import { senderName } from './contact.ts'
import { authorText, Quote } from './quote.tsx'
import { Ticks } from './ticks.tsx'
import { useSend } from './use-send.ts'

const LINK_BUTTON = 'inline-flex min-h-6 items-center text-left font-medium underline underline-offset-2 hover:no-underline'

/** What never left for WhatsApp cannot be answered there. */
const NOT_THERE: ReadonlySet<string> = new Set(['scheduled', 'failed', 'expired', 'cancelled'])

/** One message: whose it is by side, colour and word; how far it came by ticks and word. */
export function Bubble({ tenant, message, onReply }: { tenant: string; message: Message; onReply: (message: Message) => void }) {
  const t = useT()
  const language = useLanguage()
  const at = new Date(message.at)
  const kind = messageKind(message.type)
  const deleted = message.deleted_at !== null
  const sender = senderName(message, t)
  return (
    <article
      data-testid="message"
      data-message={message.id}
      data-from-me={message.from_me}
      data-author={message.author}
      data-status={message.status}
      data-deleted={deleted}
      className={cn(
        'max-w-[85%] min-w-24 rounded-2xl px-3 py-1.5 text-sm shadow-xs sm:max-w-[70%]',
        message.from_me ? 'self-end rounded-br-md bg-bubble-out' : 'self-start rounded-bl-md bg-bubble-in',
        message.author === 'flow' && 'bg-bubble-bot',
      )}
    >
      {message.from_me && <p className="text-xs font-medium text-ink-soft">{t(authorText(message))}</p>}
      {sender !== null && (
        <p className="truncate text-xs font-medium text-accent" data-testid="message-sender">
          {sender}
        </p>
      )}
      {message.quoted !== null && <Quote message={message.quoted_message} />}
      {message.content !== null && <MessageContentView content={message.content} />}
      {message.media !== null && <MessageFile tenant={tenant} message={message} media={message.media} />}
      {!deleted && kind !== null && message.media === null && message.content === null && (
        <p className="flex items-center gap-1.5 text-ink-soft">
          <kind.icon className="size-4" aria-hidden />
          {t(kind.text)}
        </p>
      )}
      {/* Content has its own words. */}
      {(deleted || message.content === null) && (
        <p className={cn('break-words whitespace-pre-wrap', deleted && 'text-ink-soft italic')} data-testid="message-body">
          {deleted ? t('message.deleted') : message.body}
        </p>
      )}
      <Reactions message={message} />
      <div className="flex items-center justify-end gap-1 text-xs text-ink-soft">
        <time dateTime={message.at} title={formatDateTime(at, language)}>
          {formatTime(at, language)}
        </time>
        {message.send_at !== null && <span>{t('message.send-at', { when: formatDateTime(new Date(message.send_at), language) })}</span>}
        {message.edited_at !== null && <span data-testid="edited">{t('message.edited')}</span>}
        {message.from_me && <Ticks status={message.status} />}
        {!deleted && message.wa_id !== null && !NOT_THERE.has(message.status) && (
          <button
            type="button"
            className="-my-1 inline-flex size-6 items-center justify-center rounded-control hover:bg-sunken"
            aria-label={t('message.reply')}
            title={t('message.reply')}
            onClick={() => onReply(message)}
            data-testid="message-reply"
          >
            <Reply className="size-3.5" aria-hidden />
          </button>
        )}
        <MessageMenu tenant={tenant} message={message} />
      </div>
      <ChangeNote change={message.change} />
      {message.from_me && !deleted && <Trouble tenant={tenant} message={message} />}
    </article>
  )
}

/** Under a message that did not go, or has not gone yet: why, and what can be done. */
function Trouble({ tenant, message }: { tenant: string; message: Message }) {
  const t = useT()
  const queryClient = useQueryClient()
  const send = useSend(tenant, message.conversation_id)
  const cancel = useMutation({
    mutationFn: () => cancelMessage(tenant, message.conversation_id, message.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.messages(tenant, message.conversation_id) }),
  })
  const again = () =>
    send({ key: crypto.randomUUID(), body: message.body, at: new Date().toISOString(), replyTo: message.quoted_message?.id ?? null })
  switch (message.status) {
    case 'scheduled':
    case 'queued':
      return (
        <p className="text-right text-xs">
          <button type="button" className={LINK_BUTTON} onClick={() => cancel.mutate()} data-testid="message-cancel">
            {t('message.cancel')}
          </button>
          <ProblemNotice error={cancel.error} className="mt-1 text-left" />
        </p>
      )
    case 'failed':
    case 'expired':
    case 'unknown':
      return (
        <div className="mt-1 border-t border-bad/30 pt-1 text-xs text-bad" data-testid="message-failure">
          <p>
            {message.status === 'failed' && message.failure !== null
              ? t(`failure.${message.failure.reason}`)
              : t(`status.${message.status}.why`)}
          </p>
          {/* A file is chosen anew: its message holds no more than the caption. Content comes from other systems. */}
          {message.media === null && message.content === null && (
            <button type="button" className={LINK_BUTTON} onClick={again} data-testid="message-again">
              {t(message.status === 'unknown' ? 'message.again.maybe-twice' : 'message.again')}
            </button>
          )}
        </div>
      )
    default:
      return null
  }
}

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
      className={cn(
        'max-w-[85%] min-w-24 self-end rounded-2xl rounded-br-md bg-bubble-out px-3 py-1.5 text-sm sm:max-w-[70%]',
        !failed && 'opacity-75',
      )}
    >
      <p className="break-words whitespace-pre-wrap">{entry.body}</p>
      {problem === null ? (
        <p className="text-right text-xs text-ink-soft">{t('message.sending')}</p>
      ) : (
        <div role="alert" className="mt-1 border-t border-bad/30 pt-1 text-xs text-bad">
          <p>
            {t('message.not-sent')} {problem.title} {problem.hint}
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
