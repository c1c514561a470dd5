import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useSessionOver } from '../session/over.ts'
import { openLive } from './live.ts'

/** Short gaps happen at every restart of the server and are not worth a word. */
const NOTICE_AFTER_MS = 5000

/** Keeps the tab's event stream open; false when it has been down for long enough to say so, until what is shown was fetched anew. */
export function useLive(): boolean {
  const queryClient = useQueryClient()
  const [up, setUp] = useState(true)
  const over = useSessionOver()
  useEffect(() => {
    if (over) return undefined
    let notice: ReturnType<typeof setTimeout> | null = null
    const clear = () => {
      if (notice !== null) clearTimeout(notice)
      notice = null
    }
    const close = openLive({
      queryClient,
      onChange: (line) => {
        if (line === 'down') {
          notice ??= setTimeout(() => setUp(false), NOTICE_AFTER_MS)
          return
        }
        clear()
        setUp(line === 'up')
      },
    })
    return () => {
      clear()
      close()
    }
  }, [queryClient, over])
  return up
}
