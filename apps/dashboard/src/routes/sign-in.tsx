import { useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router'
import { sessionIsBack } from '../features/session/over.ts'
import { wasHere } from '../features/session/person.ts'
import { safeBack } from '../features/session/session.ts'
import { SignInPage } from '../features/session/sign-in-page.tsx'

const route = getRouteApi('/sign-in')

export function SignInRoute() {
  const { token, back } = route.useSearch()
  const navigate = useNavigate()
  const router = useRouter()
  const queryClient = useQueryClient()
  return (
    <SignInPage
      token={token}
      why={back === undefined ? null : wasHere() ? 'over' : 'asked'}
      // By address, not by route: `back` is any page of ours. Replaced, so that "back" does not lead to a used link.
      onSignedIn={() => {
        sessionIsBack()
        // Nothing of whoever was here before.
        queryClient.getQueryCache().clear()
        router.history.replace(safeBack(back))
      }}
      onUsePassword={() => void navigate({ to: '/sign-in', search: back === undefined ? {} : { back }, replace: true })}
    />
  )
}
