import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { keys } from '../../api/keys.ts'
import { markRead } from './conversations.ts'

/** What is on the screen of a person who looks has been read. */
export function useMarkRead(tenant: string, conversation: string, unread: number): void {
  const queryClient = useQueryClient()
  useEffect(() => {
    if (unread === 0) return undefined
    const mark = () => {
      if (document.hidden) return
      document.removeEventListener('visibilitychange', mark)
      // Not worth a word when it fails: the number stays, and the next look tries again.
      const refetch = () =>
        Promise.all([
          queryClient.invalidateQueries({ queryKey: keys.conversations(tenant) }),
          queryClient.invalidateQueries({ queryKey: keys.conversation(tenant, conversation) }),
        ])
      markRead(tenant, conversation).then(refetch, () => undefined)
    }
    document.addEventListener('visibilitychange', mark)
    mark()
    return () => document.removeEventListener('visibilitychange', mark)
  }, [tenant, conversation, unread, queryClient])
}
