import type { Virtualizer } from '@tanstack/react-virtual'
import { useEffect, useState } from 'react'
import type { LoadedMessages } from './use-messages.ts'

/** Further back than so many pages a message is not looked for. */
const MOST_PAGES = 20
const MARKED_MS = 1800

type Jump = {
  /** The message that was just led to: it is marked for a moment. */ marked: string | null
  jump: (message: string) => void
}

/** Leads to a message, also one that is not loaded yet. */
export function useJump(
  list: Virtualizer<HTMLDivElement, Element>,
  { rows, hasOlder, isFetchingOlder, fetchOlder }: Pick<LoadedMessages, 'rows' | 'hasOlder' | 'isFetchingOlder' | 'fetchOlder'>,
): Jump {
  const [wanted, setWanted] = useState<{ id: string; pages: number } | null>(null)
  const [marked, setMarked] = useState<string | null>(null)
  useEffect(() => {
    if (wanted === null || isFetchingOlder) return
    const index = rows.findIndex(({ message }) => message.id === wanted.id)
    if (index !== -1) {
      list.scrollToIndex(index, { align: 'center' })
      // The list has been led there just now.
      // oxlint-disable-next-line react/set-state-in-effect
      setMarked(wanted.id)
    } else if (hasOlder && wanted.pages < MOST_PAGES) {
      fetchOlder()
      setWanted({ id: wanted.id, pages: wanted.pages + 1 })
      return
    }
    setWanted(null)
  }, [wanted, rows, hasOlder, isFetchingOlder, fetchOlder, list])
  useEffect(() => {
    if (marked === null) return undefined
    const timer = setTimeout(() => setMarked(null), MARKED_MS)
    return () => clearTimeout(timer)
  }, [marked])
  const [jump] = useState(() => (id: string) => setWanted({ id, pages: 0 }))
  return { marked, jump }
}
