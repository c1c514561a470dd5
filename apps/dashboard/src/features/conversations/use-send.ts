import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { deliver } from './deliver.ts'
import { pending, type Pending } from './pending.ts'

/** Sends a reply, or one that failed once more. It shows in the chat at once; what the server says decides how it stays. */
export function useSend(tenant: string, conversation: string): (reply: Omit<Pending, 'tenant' | 'error'>) => void {
  const queryClient = useQueryClient()
  return useCallback(
    ({ key, body, at, replyTo }) => {
      pending.put(conversation, { tenant, key, body, at, replyTo, error: null })
      // What waits for the line was written before.
      pending.release(conversation)
      void deliver(queryClient, conversation)
    },
    [tenant, conversation, queryClient],
  )
}
