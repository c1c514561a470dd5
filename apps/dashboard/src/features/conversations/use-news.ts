import { useEffect, useState } from 'react'
import type { ChatRow } from './rows.ts'

/** How many messages have come below since the reader was last at the end. */
export function useNews(rows: readonly ChatRow[], atEnd: boolean): number {
  const newest = rows.at(-1)?.message.id ?? null
  const [seen, setSeen] = useState(newest)
  useEffect(() => {
    if (atEnd) setSeen(newest)
  }, [atEnd, newest])
  if (atEnd || seen === newest) return 0
  const at = rows.findLastIndex(({ message }) => message.id === seen)
  return rows.slice(at + 1).filter(({ message }) => !message.from_me).length
}
