import type { Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, type KeyboardEvent } from 'react'
import type { ChatRow } from './rows.ts'

type Arrows = {
  list: Virtualizer<HTMLDivElement, Element>
  rows: readonly ChatRow[]
  /** The message that has the focus, or had it last. */ held: string | null
  toEnd: () => void
}

/**
 * From message to message by the arrow keys, and by Home and End to the first and last that are loaded. Page keys scroll, as everywhere. The
 * keys of a menu or a field inside a message are its own.
 */
export function useArrows({ list, rows, held, toEnd }: Arrows): (event: KeyboardEvent<HTMLElement>) => void {
  /** Where the focus is to go once that row is in the page. */
  const going = useRef<string | null>(null)
  useEffect(() => {
    if (going.current === null) return
    const bubble = list.scrollElement?.querySelector<HTMLElement>(`[data-message="${going.current}"]`)
    if (bubble === null || bubble === undefined) return
    going.current = null
    bubble.focus({ preventScroll: true })
  })
  return (event) => {
    const target = event.target as HTMLElement
    const here = target === event.currentTarget || (target.dataset['message'] !== undefined && event.currentTarget.contains(target))
    if (!here || event.altKey || event.ctrlKey || event.metaKey || rows.length === 0) return
    // From the chat itself: the last one in view.
    const index =
      target === event.currentTarget ? (list.range?.endIndex ?? rows.length - 1) + 1 : rows.findIndex(({ message }) => message.id === held)
    const to = { ArrowUp: index - 1, ArrowDown: index + 1, Home: 0, End: rows.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))]
    if (row === undefined) return
    going.current = row.message.id
    if (to >= rows.length - 1) toEnd()
    else list.scrollToIndex(Math.max(0, to), { align: event.key === 'Home' ? 'start' : 'auto' })
    // Drawn already: no drawing follows that would take the focus there.
    list.scrollElement?.querySelector<HTMLElement>(`[data-message="${row.message.id}"]`)?.focus({ preventScroll: true })
  }
}
