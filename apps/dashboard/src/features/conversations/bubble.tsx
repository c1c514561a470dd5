import type { Message } from '@zaptria/contract'
import { Bot } from 'lucide-react'
import { formatDateTime, formatExact, formatTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { BubbleActions } from './bubble-actions.tsx'
import { bubbleShape } from './bubble-shape.ts'
import { senderName } from './contact.ts'
import { ChangeNote, Reactions } from './message-aftermath.tsx'
import { MessageContentView } from './message-content.tsx'
import { MessageFile } from './message-file.tsx'
import { messageKind } from './message-kind.ts'
import { MessageText } from './message-text.tsx'
import { authorText, Quote } from './quote.tsx'
import { Ticks } from './ticks.tsx'
import { Trouble } from './trouble.tsx'

export type BubbleProps = {
  tenant: string
  message: Message
  /** Null for a group, or where it is not known. */
  contactName: string | null
  /** The first, the last of several in a row that belong together. */
  first: boolean
  last: boolean
  /** It was just led to. */
  marked: boolean
  onReply: (message: Message) => void
  /** Leads to the message with that id. */
  onJump: (message: string) => void
}

/** One message: whose it is by side, colour and word; how far it came by ticks and word. */
export function Bubble({ tenant, message, contactName, first, last, marked, onReply, onJump }: BubbleProps) {
  const t = useT()
  const language = useLanguage()
  const at = new Date(message.at)
  const kind = messageKind(message.type)
  const { from_me: fromMe, author } = message
  const deleted = message.deleted_at !== null
  const sender = first ? senderName(message, t) : null
  return (
    <article
      data-testid="message"
      data-message={message.id}
      data-from-me={fromMe}
      data-author={author}
      data-status={message.status}
      data-deleted={deleted}
      tabIndex={-1}
      className={cn(
        'group flex items-start gap-1 rounded-xl outline-none',
        fromMe && 'flex-row-reverse',
        first ? 'pt-2' : 'pt-0.5',
        last && 'pb-0.5',
      )}
    >
      <div
        className={cn(
          'max-w-[82%] group-focus-visible:outline-2 group-focus-visible:outline-offset-2 group-focus-visible:outline-ring sm:max-w-[65%]',
          bubbleShape(fromMe, first),
          marked && 'ring-2 ring-accent',
          author === 'flow' ? 'bg-bubble-bot' : fromMe ? 'bg-bubble-out' : 'bg-bubble-in',
        )}
      >
        {fromMe && first && (
          <p className="flex items-center gap-1 text-xs font-medium text-ink-soft">
            {author === 'flow' && <Bot className="size-3.5" aria-hidden />}
            {t(authorText(message))}
          </p>
        )}
        {sender !== null && (
          <p className="truncate text-xs font-medium text-accent" data-testid="message-sender">
            {sender}
          </p>
        )}
        {message.quoted !== null && <Quote message={message.quoted_message} contactName={contactName} onShow={onJump} />}
        {message.content !== null && <MessageContentView content={message.content} />}
        {message.media !== null && <MessageFile tenant={tenant} message={message} media={message.media} />}
        {!deleted && kind !== null && message.media === null && message.content === null && (
          <p className="flex items-center gap-1.5 text-ink-soft">
            <kind.icon className="size-4" aria-hidden />
            {t(kind.text)}
          </p>
        )}
        {/* The time stands beside the last line where there is room, else below it. */}
        <div className="flow-root">
          {/* Content has its own words. */}
          {(deleted || message.content === null) && (
            <span className={cn('break-words whitespace-pre-wrap', deleted && 'text-ink-soft italic')} data-testid="message-body">
              {deleted ? t('message.deleted') : <MessageText text={message.body} />}
            </span>
          )}
          <span className="float-right mt-1.5 -mb-0.5 ml-3 flex items-center gap-1 text-[0.6875rem] leading-4 text-ink-soft">
            {message.send_at !== null && <span>{t('message.send-at', { when: formatDateTime(new Date(message.send_at), language) })}</span>}
            {message.edited_at !== null && <span data-testid="edited">{t('message.edited')}</span>}
            <time dateTime={message.at} title={formatExact(at, language)}>
              {formatTime(at, language)}
            </time>
            {fromMe && <Ticks status={message.status} />}
          </span>
        </div>
        <Reactions message={message} />
        <ChangeNote change={message.change} />
        {fromMe && !deleted && <Trouble tenant={tenant} message={message} />}
      </div>
      <BubbleActions tenant={tenant} message={message} onReply={onReply} />
    </article>
  )
}
