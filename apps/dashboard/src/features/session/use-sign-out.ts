import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { clearDrafts } from '../conversations/drafts.ts'
import { pending } from '../conversations/pending.ts'
import { forgetRecent } from '../palette/recent.ts'
import { signOut } from './session.ts'

/** Leaves nothing of this person's for the next one. */
export function useSignOut(): () => void {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const leave = useMutation({
    mutationFn: signOut,
    onSettled: async () => {
      clearDrafts()
      pending.clear()
      forgetRecent()
      await navigate({ to: '/sign-in' })
      queryClient.getQueryCache().clear()
    },
  })
  return leave.mutate
}
