import { useT } from '../../i18n/use-t.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { useSignOutQuestion } from './use-sign-out.ts'

/** Before words are lost that were written and not sent: what is kept for this person ends with their session. */
export function SignOutQuestion() {
  const t = useT()
  const question = useSignOutQuestion()
  return (
    <Confirm {...question} danger title={t('session.sign-out.title')} confirm={t('session.sign-out')}>
      {t('session.sign-out.text')}
    </Confirm>
  )
}
