import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import { hasDrafts } from '../conversations/drafts.ts'
import { pending } from '../conversations/pending.ts'
import { forgetPerson } from './person.ts'
import { signOut } from './session.ts'

let asking = false
const listeners = new Set<() => void>()
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
const ask = (is: boolean): void => {
  asking = is
  for (const listener of listeners) listener()
}

/** Whether it is being asked about what would be lost, and how that ends (sign-out-question.tsx). */
export function useSignOutQuestion(): { open: boolean; busy: boolean; onCancel: () => void; onConfirm: () => void } {
  const leave = useLeave()
  const open = useSyncExternalStore(subscribe, () => asking)
  return { open, busy: leave.isPending, onCancel: () => ask(false), onConfirm: () => leave.mutate() }
}

/** Signs out, wherever it was asked for; with words that were written and not sent, after a question. */
export function useSignOut(): () => void {
  const leave = useLeave()
  return () => {
    if (hasDrafts() || pending.any()) ask(true)
    else leave.mutate()
  }
}

function useLeave() {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: signOut,
    onSettled: async () => {
      ask(false)
      forgetPerson()
      await navigate({ to: '/sign-in' })
      queryClient.getQueryCache().clear()
    },
  })
}
