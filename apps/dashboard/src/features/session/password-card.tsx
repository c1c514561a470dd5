import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { TextField } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { changePassword, sessionQuery } from './session.ts'

const SHORTEST = 10

export function PasswordCard() {
  const t = useT()
  const email = useQuery(sessionQuery).data?.email ?? ''
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const [checked, setChecked] = useState(false)
  const short = password.length < SHORTEST
  const differs = password !== again
  const change = useMutation({
    mutationFn: () => changePassword({ password, ...(current === '' ? {} : { current }) }),
    onSuccess: () => {
      setCurrent('')
      setPassword('')
      setAgain('')
      setChecked(false)
    },
  })
  const wrongCurrent = change.error instanceof ApiError && change.error.code === 'forbidden'
  return (
    <Card>
      <CardTitle help={t('password.help')}>{t('password.title')}</CardTitle>
      <form
        className="max-w-sm space-y-4"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          setChecked(true)
          if (!short && !differs) change.mutate()
        }}
      >
        <p className="text-sm" data-testid="password-email">
          {t('password.email', { email })}
        </p>
        {/* For programs that keep passwords. */}
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
        {wrongCurrent ? (
          <Notice tone="bad" role="alert" title={t('password.wrong')}>
            {t('password.wrong.hint')}
          </Notice>
        ) : (
          <ProblemNotice error={change.error} />
        )}
        {change.isSuccess && <Notice tone="ok" role="status" title={t('password.done')} testId="password-done" />}
        <TextField
          label={t('password.current')}
          type="password"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          data-testid="password-current"
        />
        <TextField
          label={t('password.new')}
          type="password"
          autoComplete="new-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          data-testid="password-new"
          {...(checked && short ? { error: t('password.short') } : {})}
        />
        <TextField
          label={t('password.again')}
          type="password"
          autoComplete="new-password"
          value={again}
          onChange={(event) => setAgain(event.target.value)}
          data-testid="password-again"
          {...(checked && differs ? { error: t('password.differs') } : {})}
        />
        <Button type="submit" busy={change.isPending} data-testid="password-submit">
          {t('password.submit')}
        </Button>
      </form>
    </Card>
  )
}
