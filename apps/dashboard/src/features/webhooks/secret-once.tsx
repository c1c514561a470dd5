import { useT } from '../../i18n/use-t.ts'
import { CopyField } from '../../ui/copy.tsx'
import { Notice } from '../../ui/notice.tsx'

/** A webhook's secret, the one time that it is shown. */
export function SecretOnce({ secret, label }: { secret: string; label: string }) {
  const t = useT()
  return (
    <div className="space-y-3">
      <CopyField value={secret} label={label} testId="webhook-secret" />
      <Notice tone="warn" title={t('webhooks.secret.once')}>
        {t('webhooks.secret.once.why')}
      </Notice>
    </div>
  )
}
