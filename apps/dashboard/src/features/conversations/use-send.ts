import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { ApiError } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { sendMessage } from './conversations.ts'
import { putMessage } from './messages.ts'
import { pending, type Pending } from './pending.ts'

/** Sends a reply, or one that failed once more. It shows in the chat at once; what the server says decides how it stays. */
export function useSend(tenant: string, conversation: string): (reply: Pick<Pending, 'key' | 'body' | 'at' | 'replyTo'>) => void {
  const queryClient = useQueryClient()
  return useCallback(
    (reply) => {
      const { key } = reply
      pending.put(conversation, { ...reply, error: null })
      const deliver = async () => {
        try {
          // The real message takes the place of its stand-in: it must not vanish in between.
          putMessage(queryClient, tenant, await sendMessage(tenant, conversation, reply))
          pending.drop(conversation, key)
          void queryClient.invalidateQueries({ queryKey: keys.messages(tenant, conversation) })
          // A person has written, so a person answers here now.
          void queryClient.invalidateQueries({ queryKey: keys.conversation(tenant, conversation) })
          void queryClient.invalidateQueries({ queryKey: keys.conversations(tenant) })
        } catch (error) {
          pending.put(conversation, { ...reply, error })
          if (error instanceof ApiError && error.status === 401) void queryClient.invalidateQueries({ queryKey: keys.session })
        }
      }
      void deliver()
    },
    [tenant, conversation, queryClient],
  )
}
