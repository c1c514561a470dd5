import { useT } from '../../i18n/use-t.ts'
import { CopyField } from '../../ui/copy.tsx'
import { Notice } from '../../ui/notice.tsx'

/** A bot's token, on the one occasion that it is shown. */
export function TokenOnce({ token }: { token: string }) {
  const t = useT()
  return (
    <div className="space-y-3">
      <CopyField value={token} label={t('token.label')} testId="bot-token" />
      <Notice tone="warn" title={t('token.once')}>
        {t('token.once.why')}
      </Notice>
    </div>
  )
}
