import { useInfiniteQuery } from '@tanstack/react-query'
import type { Message } from '@zaptria/contract'
import { ArrowDown } from 'lucide-react'
import { Fragment, useEffect, useMemo, useRef } from 'react'
import { formatDay } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Bubble, PendingBubble } from './bubble.tsx'
import { byDay } from './by-day.ts'
import { messagesQuery } from './conversations.ts'
import { usePending } from './pending.ts'
import { useStickyScroll } from './use-sticky-scroll.ts'

type Props = { tenant: string; conversation: string; onReply: (message: Message) => void }

/** What was said, oldest at the top. Older messages come when scrolling up; the view stays where the reader is. */
export function MessageList({ tenant, conversation, onReply }: Props) {
  const t = useT()
  const language = useLanguage()
  const now = useNow(60_000)
  const query = useInfiniteQuery(messagesQuery(tenant, conversation))
  const waiting = usePending(conversation)
  const messages = useMemo(() => (query.data?.pages ?? []).flatMap((page) => page.items).toReversed(), [query.data])
  const newest = waiting.at(-1)?.key ?? messages.at(-1)?.id ?? null
  const { box, behind, onScroll, toEnd } = useStickyScroll(newest, messages.length + waiting.length)
  const days = byDay(messages, (at) => formatDay(at, now, language))
  const top = useRef<HTMLDivElement>(null)
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    const sentinel = top.current
    if (sentinel === null || !hasNextPage || isFetchingNextPage) return undefined
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting === true) void fetchNextPage()
      },
      { root: box.current, rootMargin: '200px' },
    )
    observer.observe(sentinel)
    return () => observer.disconnect()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, box])

  return (
    <div className="relative min-h-0 flex-1">
      {/* Reversed, so that the browser measures from the bottom: what is added above moves nothing. */}
      <div
        ref={box}
        onScroll={onScroll}
        className="flex h-full flex-col-reverse overflow-y-auto [overflow-anchor:none]"
        data-testid="messages-box"
      >
        <div
          className="flex min-h-full flex-col justify-end gap-1.5 bg-canvas p-4"
          role="log"
          aria-label={t('messages.label')}
          tabIndex={0}
          data-testid="messages"
        >
          <div ref={top} />
          {query.isPending && <Loading lines={6} />}
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
          {hasNextPage && (
            <Button size="sm" look="quiet" className="self-center" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t('messages.older')}
            </Button>
          )}
          {query.isSuccess && messages.length === 0 && waiting.length === 0 && (
            <p className="self-center py-8 text-sm text-ink-soft">{t('messages.none')}</p>
          )}
          {days.map(({ heading, messages: ofDay }) => (
            <Fragment key={heading}>
              <h3 className="my-2 self-center rounded-full bg-sunken px-3 py-0.5 text-xs text-ink-soft first-letter:uppercase">
                {heading}
              </h3>
              {ofDay.map((message) => (
                <Bubble key={message.id} tenant={tenant} message={message} onReply={onReply} />
              ))}
            </Fragment>
          ))}
          {waiting.map((entry) => (
            <PendingBubble key={entry.key} tenant={tenant} conversation={conversation} entry={entry} />
          ))}
        </div>
      </div>
      {behind && (
        <Button size="sm" className="absolute bottom-3 left-1/2 -translate-x-1/2 shadow-md" onClick={toEnd} data-testid="to-end">
          <ArrowDown aria-hidden />
          {t('messages.new')}
        </Button>
      )}
    </div>
  )
}
