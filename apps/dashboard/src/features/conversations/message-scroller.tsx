import { useVirtualizer, type Range } from '@tanstack/react-virtual'
import type { Message } from '@zaptria/contract'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { FloatingDay } from './day.tsx'
import { estimateRow } from './estimate-row.ts'
import { ToEnd } from './to-end.tsx'
import { MessageRow } from './message-row.tsx'
import { PendingBubble } from './pending-bubble.tsx'
import type { Pending } from './pending.ts'
import { Spoken } from './spoken.tsx'
import { useArrows } from './use-arrows.ts'
import { NEAR_PX, useEnd } from './use-end.ts'
import { useJump } from './use-jump.ts'
import { useKeptEnd } from './use-kept-end.ts'
import type { LoadedMessages } from './use-messages.ts'

/** Above the first row: where older messages are asked for. It is there for good, so that its going moves nothing. */
const TOP_PX = 52
const BOTTOM_PX = 12
/** Older messages are asked for when so many rows are left above. */
const AHEAD_ROWS = 15

type Props = {
  tenant: string
  conversation: string
  contactName: string | null
  loaded: LoadedMessages
  waiting: readonly Pending[]
  onReply: (message: Message) => void
}

/** The rows in view, and a few around them; of ten thousand messages some dozens are in the page. */
export function MessageScroller({ tenant, conversation, contactName, loaded, waiting, onReply }: Props) {
  const t = useT()
  const { rows, hasOlder, isFetchingOlder, fetchOlder, look } = loaded
  const box = useRef<HTMLDivElement>(null)
  /** The row that holds the focus, or whose menu does: it stays in the page wherever one scrolls. */
  const [held, setHeld] = useState<string | null>(null)
  const count = rows.length + waiting.length
  const keyOf = useCallback((index: number) => rows[index]?.message.id ?? waiting[index - rows.length]?.key ?? index, [rows, waiting])
  const heldIndex = held === null ? -1 : rows.findIndex(({ message }) => message.id === held)
  // oxlint-disable-next-line react/incompatible-library -- it is about the React Compiler, which is not used here
  const list = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    getItemKey: keyOf,
    estimateSize: (index) => estimateRow(rows[index]),
    initialOffset: () => rows.reduce((sum, row) => sum + estimateRow(row), TOP_PX),
    paddingStart: TOP_PX,
    paddingEnd: BOTTOM_PX,
    overscan: 6,
    anchorTo: 'end',
    followOnAppend: !isAtAMessage(box.current),
    scrollEndThreshold: NEAR_PX,
    rangeExtractor: useCallback((range: Range) => withHeld(range, heldIndex), [heldIndex]),
  })
  const drawn = list.getVirtualItems()
  const toEnd = useCallback(() => list.scrollToEnd(), [list])
  // Opened at the end; and what one writes oneself is always looked at.
  useLayoutEffect(toEnd, [toEnd])
  const own = waiting.at(-1)?.key
  useLayoutEffect(() => {
    if (own !== undefined) toEnd()
  }, [own, toEnd])
  useKeptEnd(box)
  const { atEnd, news } = useEnd(box, { rows, count, isScrolling: list.isScrolling })

  const first = drawn.find(({ index }) => index !== heldIndex)?.index ?? 0
  const last = drawn.findLast(({ index }) => index !== heldIndex)?.index ?? 0
  useEffect(() => {
    if (drawn.length > 0 && first < AHEAD_ROWS && hasOlder && !isFetchingOlder) fetchOlder()
  }, [drawn.length, first, hasOlder, isFetchingOlder, fetchOlder])
  const [firstMessage, lastMessage] = [rows[first]?.message, rows[Math.min(last, rows.length - 1)]?.message]
  useEffect(() => {
    if (!list.isScrolling && firstMessage !== undefined && lastMessage !== undefined) look(firstMessage, lastMessage)
  }, [list.isScrolling, firstMessage, lastMessage, look])
  const { marked, jump } = useJump(list, loaded)
  const arrows = useArrows({ list, rows, held, toEnd })

  return (
    <>
      <div
        ref={box}
        className="min-h-0 flex-1 overflow-y-auto [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
        role="log"
        // The rows come and go while one scrolls: what is new is spoken apart.
        aria-live="off"
        aria-label={t('messages.label')}
        aria-busy={isFetchingOlder}
        tabIndex={0}
        onKeyDown={arrows}
        data-testid="messages-box"
        data-at-end={atEnd}
      >
        <div className="flex min-h-full flex-col justify-end">
          <div className="relative" style={{ height: list.getTotalSize() }} data-testid="messages">
            <div className="absolute inset-x-0 top-2 flex justify-center text-xs text-ink-soft">
              {hasOlder ? (
                <Button size="sm" look="quiet" busy={isFetchingOlder} onClick={fetchOlder} data-testid="messages-older">
                  {t('messages.older')}
                </Button>
              ) : (
                <p className="py-2" data-testid="messages-start">
                  {t('messages.start')}
                </p>
              )}
            </div>
            {drawn.map(({ key, index, start }) => {
              const row = rows[index]
              const entry = waiting[index - rows.length]
              return (
                <div
                  key={key}
                  ref={list.measureElement}
                  data-index={index}
                  className="absolute inset-x-0 top-0 px-3 sm:px-[5%]"
                  style={{ transform: `translateY(${start}px)` }}
                  onFocus={row === undefined ? undefined : () => setHeld(row.message.id)}
                >
                  {row !== undefined && (
                    <MessageRow
                      tenant={tenant}
                      {...row}
                      contactName={contactName}
                      marked={row.message.id === marked}
                      onReply={onReply}
                      onJump={jump}
                    />
                  )}
                  {entry !== undefined && <PendingBubble tenant={tenant} conversation={conversation} entry={entry} />}
                </div>
              )
            })}
          </div>
        </div>
      </div>
      {list.isScrolling && <FloatingDay row={rows[list.range?.startIndex ?? 0]} />}
      <Spoken rows={rows} />
      {!atEnd && <ToEnd news={news} onClick={toEnd} />}
    </>
  )
}

/** The keyboard is in a message, or its menu is open: the view stays with that, whatever comes at the end. */
const isAtAMessage = (box: HTMLElement | null): boolean =>
  (box?.querySelector(':focus-visible, [aria-haspopup=menu][data-state=open]') ?? null) !== null

function withHeld({ startIndex, endIndex, overscan, count }: Range, held: number): number[] {
  const from = Math.max(0, startIndex - overscan)
  const to = Math.min(count - 1, endIndex + overscan)
  const indexes = Array.from({ length: to - from + 1 }, (_, nr) => from + nr)
  if (held === -1 || (held >= from && held <= to)) return indexes
  return held < from ? [held, ...indexes] : [...indexes, held]
}
