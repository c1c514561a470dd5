import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { Conversation } from '@zaptria/contract'
import { CircleAlert, MessagesSquare, Reply, TriangleAlert } from 'lucide-react'
import { useDeferredValue, useEffect, useRef } from 'react'
import { formatListTime } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { answerer } from './answerer.ts'
import { Avatar } from './avatar.tsx'
import { contactName } from './contact.ts'
import { conversationsQuery } from './conversations.ts'
import { useDraft } from './drafts.ts'
import { ListFilters } from './list-filters.tsx'
import { useListView } from './list-view.ts'
import { messageKind } from './message-kind.ts'
import { usePending } from './pending.ts'

const ROW_PX = 76

type ConversationListProps = { tenant: string; selected: string | null; className?: string }

/** All conversations, the last spoken in first. Only the rows in view are drawn; further pages come while scrolling. */
export function ConversationList({ tenant, selected, className }: ConversationListProps) {
  const t = useT()
  const queryClient = useQueryClient()
  const [view, setView] = useListView(tenant)
  const { shown } = view
  const q = useDeferredValue(view.q.trim())
  const list = useInfiniteQuery({ ...conversationsQuery(tenant, { q, shown }), placeholderData: (previous) => previous })
  const items = list.data?.pages.flatMap((page) => page.items) ?? []
  const box = useRef<HTMLDivElement>(null)
  // oxlint-disable-next-line react/incompatible-library -- it is about the React Compiler, which is not used here
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 8,
  })
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  const drawn = rows.getVirtualItems()
  const last = drawn.at(-1)?.index ?? 0
  const isLong = (list.data?.pages.length ?? 0) > 1
  const isAtTop = rows.scrollOffset === 0 && !rows.isScrolling
  useEffect(() => {
    // Each hint fetches all pages again: back at the top the first is enough.
    if (isLong && isAtTop) queryClient.setQueryData(conversationsQuery(tenant, { q, shown }).queryKey, firstPage)
  }, [isLong, isAtTop, queryClient, tenant, q, shown])
  useEffect(() => {
    if (last >= items.length - 5 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage])

  return (
    <div className={cn('flex min-h-0 flex-col', className)}>
      <ListFilters view={view} onChange={setView} />
      <div ref={box} className="min-h-0 flex-1 overflow-y-auto">
        <ProblemNotice error={list.error} onRetry={() => void list.refetch()} className="m-3" />
        {list.isPending && <Loading lines={6} />}
        {list.isSuccess && items.length === 0 && (
          <Empty
            icon={MessagesSquare}
            title={t(q !== '' ? 'conversations.not-found' : shown === 'all' ? 'conversations.empty' : `conversations.none.${shown}`)}
            testId="conversations-empty"
          >
            {q === '' && shown === 'all' && t('conversations.empty.next')}
          </Empty>
        )}
        <ul className="relative" style={{ height: rows.getTotalSize() }} aria-label={t('tenant.conversations')}>
          {drawn.map((row) => {
            const conversation = items[row.index]
            if (conversation === undefined) return null
            return (
              <li key={row.key} className="absolute inset-x-0" style={{ transform: `translateY(${row.start}px)`, height: ROW_PX }}>
                <Row tenant={tenant} conversation={conversation} selected={conversation.id === selected} />
              </li>
            )
          })}
        </ul>
      </div>
    </div>
  )
}

const firstPage = <Page, Param>(all: InfiniteData<Page, Param> | undefined): InfiniteData<Page, Param> | undefined =>
  all && { pages: all.pages.slice(0, 1), pageParams: all.pageParams.slice(0, 1) }

function Row({ tenant, conversation, selected }: { tenant: string; conversation: Conversation; selected: boolean }) {
  const t = useT()
  const language = useLanguage()
  const now = useNow(60_000)
  const { last_message: last, unread } = conversation
  const kind = last === null ? null : messageKind(last.type)
  const { who, icon: Who, text } = answerer(conversation)
  const pending = usePending(conversation.id)
  // What did not leave this browser did not go either.
  const isUnsent = conversation.unsent || pending.some(({ error }) => error !== null)
  const kept = useDraft(conversation.id)
  // In the chat that is open it is before one's eyes.
  const draft = selected ? '' : kept
  return (
    <Link
      to="/tenants/$tenantId/conversations/$conversationId"
      params={{ tenantId: tenant, conversationId: conversation.id }}
      aria-current={selected ? 'true' : undefined}
      data-testid="conversation"
      data-conversation={conversation.id}
      data-answering={conversation.answering}
      data-unread={unread}
      data-phone={conversation.contact.phone ?? ''}
      className={cn(
        'flex h-full items-center gap-3 px-3 -outline-offset-2 hover:bg-sunken',
        selected && 'bg-accent-soft hover:bg-accent-soft',
      )}
    >
      <Avatar contact={conversation.contact} />
      <span className="flex h-full min-w-0 flex-1 flex-col justify-center gap-1 border-b">
        <span className="flex items-baseline justify-between gap-3">
          <span className={cn('truncate', unread > 0 ? 'font-semibold' : 'font-medium')} data-testid="conversation-name">
            {contactName(conversation, t)}
          </span>
          {last !== null && (
            <time dateTime={last.at} className={cn('shrink-0 text-xs', unread > 0 ? 'font-medium text-accent' : 'text-ink-soft')}>
              {formatListTime(new Date(last.at), now, language)}
            </time>
          )}
        </span>
        <span className="flex items-center gap-1.5 text-sm text-ink-soft">
          <Who className={cn('size-4 shrink-0', who === 'person' && 'text-warn')} aria-label={t(text)} role="img" />
          {conversation.stuck && <TriangleAlert className="size-4 shrink-0 text-bad" aria-label={t('conversation.stuck')} role="img" />}
          {isUnsent && (
            <CircleAlert className="size-4 shrink-0 text-bad" aria-label={t('conversations.unsent')} role="img" data-testid="unsent" />
          )}
          <span className={cn('min-w-0 flex-1 truncate', unread > 0 && 'text-ink')}>
            {draft !== '' && (
              <span data-testid="draft">
                <span className="text-warn">{t('conversations.draft')}</span> {draft}
              </span>
            )}
            {draft === '' && last !== null && (
              <>
                {last.from_me && <Reply className="mr-1 inline size-3.5" role="img" aria-label={t('conversations.sent')} />}
                {kind !== null && <>[{t(kind.text)}] </>}
                {last.body}
              </>
            )}
          </span>
          {unread > 0 && (
            <span
              className="min-w-5 shrink-0 rounded-full bg-accent px-1.5 text-center text-xs leading-5 font-semibold text-on-accent"
              data-testid="unread"
            >
              <span aria-hidden>{unread}</span>
              <span className="sr-only">{t('conversations.unread', { count: unread })}</span>
            </span>
          )}
        </span>
      </span>
    </Link>
  )
}
