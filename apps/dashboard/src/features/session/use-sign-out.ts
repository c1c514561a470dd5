import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { forgetPerson } from './person.ts'
import { signOut } from './session.ts'

export function useSignOut(): () => void {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const leave = useMutation({
    mutationFn: signOut,
    onSettled: async () => {
      forgetPerson()
      await navigate({ to: '/sign-in' })
      queryClient.getQueryCache().clear()
    },
  })
  return leave.mutate
}
