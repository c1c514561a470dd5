import { useMutation } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { ApiError } from '../../api/client.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Logo } from '../../ui/logo.tsx'
import { Notice } from '../../ui/notice.tsx'
import { usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { LanguageSwitch } from './language-switch.tsx'
import { signIn, signInByLink } from './session.ts'

type SignInPageProps = {
  token: string | undefined
  /** Why one is here: the session of this tab is over, or a page was asked for that is not for everybody. */
  why: 'over' | 'asked' | null
  /** After it worked. */
  onSignedIn: () => void
  /** Leave the link aside and show the form. */
  onUsePassword: () => void
}

export function SignInPage({ token, why, onSignedIn, onUsePassword }: SignInPageProps) {
  const t = useT()
  usePageTitle(t('sign-in.title'))
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 px-5 py-10">
      <Logo className="justify-center text-2xl" />
      <div className="rounded-card border bg-surface p-6 shadow-card">
        {token === undefined ? (
          <>
            <Heading help={why === 'asked' ? t('sign-in.asked') : t('sign-in.help')}>{t('sign-in.title')}</Heading>
            {why === 'over' && (
              <Notice tone="info" title={t('session.over.title')} testId="signed-out" className="mb-4">
                {t('sign-in.over')}
              </Notice>
            )}
            <PasswordForm onSignedIn={onSignedIn} />
          </>
        ) : (
          <LinkForm token={token} onSignedIn={onSignedIn} onUsePassword={onUsePassword} />
        )}
      </div>
      <div className="flex justify-center">
        <LanguageSwitch />
      </div>
    </main>
  )
}

function useSignIn<T>(send: (input: T) => Promise<unknown>, onSignedIn: () => void) {
  return useMutation({ mutationFn: send, onSuccess: onSignedIn })
}

function Heading({ children, help }: { children: ReactNode; help: ReactNode }) {
  return (
    <div className="mb-5">
      <h1 className="text-lg font-semibold">{children}</h1>
      <p className="mt-1 text-sm text-ink-soft">{help}</p>
    </div>
  )
}

/** Here a 401 does not mean "sign in first". */
function SignInProblem({ error, refused, hint }: { error: unknown; refused: string; hint: string }) {
  if (!(error instanceof ApiError && error.status === 401)) return <ProblemNotice error={error} className="mb-4" />
  return (
    <Notice tone="bad" title={refused} role="alert" testId="problem" className="mb-4">
      {hint}
    </Notice>
  )
}

/** The link is used on a click, not on opening: mail scanners and previews open links too, and this one works once. */
function LinkForm({ token, onSignedIn, onUsePassword }: { token: string; onSignedIn: () => void; onUsePassword: () => void }) {
  const t = useT()
  const link = useSignIn(() => signInByLink(token), onSignedIn)
  return (
    <>
      <Heading help={t('sign-in.link.help')}>{t('sign-in.link.title')}</Heading>
      <SignInProblem error={link.error} refused={t('sign-in.link.refused')} hint={t('sign-in.link.refused.hint')} />
      <Button
        look="primary"
        className="w-full"
        busy={link.isPending}
        onClick={() => link.mutate(undefined)}
        data-testid="sign-in-link"
        autoFocus
      >
        {t('sign-in.link.submit')}
      </Button>
      <Button look="quiet" className="mt-2 w-full" onClick={onUsePassword}>
        {t('sign-in.use-password')}
      </Button>
    </>
  )
}

export function PasswordForm({ onSignedIn, autoFocus = false }: { onSignedIn: () => void; autoFocus?: boolean }) {
  const t = useT()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const form = useSignIn(() => signIn(email.trim(), password), onSignedIn)
  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault()
        form.mutate(undefined)
      }}
    >
      <SignInProblem error={form.error} refused={t('sign-in.refused')} hint={t('sign-in.refused.hint')} />
      <TextField
        label={t('sign-in.email')}
        type="email"
        name="email"
        autoComplete="username"
        required
        autoFocus={autoFocus}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        data-testid="email"
      />
      <TextField
        label={t('sign-in.password')}
        type="password"
        name="password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        data-testid="password"
      />
      <Button look="primary" type="submit" className="w-full" busy={form.isPending} data-testid="sign-in">
        {t('sign-in.submit')}
      </Button>
    </form>
  )
}
