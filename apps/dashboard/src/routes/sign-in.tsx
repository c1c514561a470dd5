import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router'
import { safeBack } from '../features/session/session.ts'
import { SignInPage } from '../features/session/sign-in-page.tsx'

const route = getRouteApi('/sign-in')

export function SignInRoute() {
  const { token, back } = route.useSearch()
  const navigate = useNavigate()
  const router = useRouter()
  return (
    <SignInPage
      token={token}
      // By address, not by route: `back` is any page of ours. Replaced, so that "back" does not lead to a used link.
      onSignedIn={() => router.history.replace(safeBack(back))}
      onUsePassword={() => void navigate({ to: '/sign-in', search: back === undefined ? {} : { back }, replace: true })}
    />
  )
}
