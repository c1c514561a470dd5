import { useLayoutEffect, useState, type RefObject } from 'react'
import type { ChatRow } from './rows.ts'

/** Nearer to the end than this counts as being there. */
export const NEAR_PX = 80

/**
 * Whether the reader is at the end, and if not, how many messages of others have come there since. Looked up after the list has followed what was added: in
 * between it would seem left behind. And not in every frame of scrolling: to ask is to lay out.
 */
export function useEnd(
  box: RefObject<HTMLElement | null>,
  { rows, count, isScrolling }: { rows: readonly ChatRow[]; count: number; isScrolling: boolean },
): { atEnd: boolean; news: number } {
  const newest = rows.at(-1)?.message.id ?? null
  const [atEnd, setAtEnd] = useState(true)
  const [seen, setSeen] = useState(newest)
  useLayoutEffect(() => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {}
    const isThere = scrollHeight - scrollTop - clientHeight <= NEAR_PX
    setAtEnd(isThere)
    if (isThere) setSeen(newest)
    // What is looked up is not drawn by React: these say when it may have changed.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [box, count, isScrolling, newest])
  if (atEnd || seen === newest) return { atEnd, news: 0 }
  const at = rows.findLastIndex(({ message }) => message.id === seen)
  return { atEnd, news: rows.slice(at + 1).filter(({ message }) => !message.from_me).length }
}
