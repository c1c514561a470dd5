import type { QueryClient } from '@tanstack/react-query'
import { ApiError } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { untilServerAnswers } from '../../api/reach.ts'
import { sessionEnded } from '../session/over.ts'
import { sendMessage } from './conversations.ts'
import { putMessage } from './messages.ts'
import { pending, waitsForLine, type Pending } from './pending.ts'

/** Conversations whose replies are on their way: one after the other, so that they arrive in the order in which they were written. */
const busy = new Set<string>()

/** Sends what is to go in a conversation, the oldest first. */
export async function deliver(queryClient: QueryClient, conversation: string): Promise<void> {
  if (busy.has(conversation)) return
  busy.add(conversation)
  try {
    for (;;) {
      const next = pending.of(conversation).find(({ error }) => error === null)
      if (next === undefined) return
      await deliverOne(queryClient, conversation, next)
    }
  } finally {
    busy.delete(conversation)
  }
}

async function deliverOne(queryClient: QueryClient, conversation: string, reply: Pending): Promise<void> {
  const { tenant, key } = reply
  try {
    // The real message takes the place of its stand-in: it must not vanish in between.
    putMessage(queryClient, tenant, await sendMessage(tenant, conversation, reply))
    pending.drop(conversation, key)
    void queryClient.invalidateQueries({ queryKey: keys.messages(tenant, conversation) })
    // A person has written, so a person answers here now.
    void queryClient.invalidateQueries({ queryKey: keys.conversation(tenant, conversation) })
    void queryClient.invalidateQueries({ queryKey: keys.conversations(tenant) })
  } catch (error) {
    pending.fail(conversation, key, error)
    if (error instanceof ApiError && error.code === 'unauthorized') sessionEnded(queryClient)
    if (!waitsForLine({ ...reply, error })) return
    // What was written after it does not overtake it.
    for (const each of pending.of(conversation)) if (each.error === null) pending.fail(conversation, each.key, error)
    void deliverWaiting(queryClient)
  }
}

const LONGEST_PAUSE_MS = 30_000
let isWaiting = false

/** Sends by itself what did not leave for want of a connection, when the server can be reached. Also what was left when the page was loaded anew. */
export async function deliverWaiting(queryClient: QueryClient): Promise<void> {
  if (isWaiting) return
  isWaiting = true
  try {
    for (let rounds = 0; pending.waiting().length > 0; rounds += 1) {
      if (rounds > 0) await pause(Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** rounds))
      await untilServerAnswers()
      for (const conversation of pending.waiting()) {
        pending.release(conversation)
        await deliver(queryClient, conversation)
      }
    }
  } finally {
    isWaiting = false
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
