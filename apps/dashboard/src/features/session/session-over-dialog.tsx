import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { deliver } from '../conversations/deliver.ts'
import { pending } from '../conversations/pending.ts'
import { sessionIsBack } from './over.ts'
import { isHere } from './person.ts'
import { sessionQuery } from './session.ts'
import { PasswordForm } from './sign-in-page.tsx'

export function SessionOverDialog() {
  const t = useT()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  useEffect(() => {
    // They may have signed in in another tab: by a link, say.
    const look = () => {
      if (!document.hidden) void goOn(queryClient).catch(() => undefined)
    }
    window.addEventListener('focus', look)
    document.addEventListener('visibilitychange', look)
    return () => {
      window.removeEventListener('focus', look)
      document.removeEventListener('visibilitychange', look)
    }
  }, [queryClient])
  const leave = () => {
    const { pathname, search } = window.location
    void navigate({ to: '/sign-in', search: { back: pathname + search } })
  }
  return (
    <Dialog
      open
      dismissable={false}
      onClose={leave}
      title={t('session.over.title')}
      description={t('session.over.text')}
      testId="session-over"
    >
      <PasswordForm autoFocus onSignedIn={() => void goOn(queryClient)} />
    </Dialog>
  )
}

/** The same person again: what is shown is fetched anew, what could not be sent goes. Somebody else begins with an empty page. */
async function goOn(queryClient: QueryClient): Promise<void> {
  const user = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 })
  if (user === null) return
  if (!isHere(user.id)) return window.location.assign('/')
  sessionIsBack()
  await queryClient.invalidateQueries()
  for (const conversation of pending.signedOut()) {
    pending.releaseSignedOut(conversation)
    void deliver(queryClient, conversation)
  }
}
