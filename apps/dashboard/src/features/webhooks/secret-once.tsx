import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { CopyField } from '../../ui/copy.tsx'
import { Notice } from '../../ui/notice.tsx'

/** A webhook's secret, the one time that it is shown. */
export function SecretOnce({ secret, label, onDone }: { secret: string; label: string; onDone: () => void }) {
  const t = useT()
  return (
    <div className="space-y-3">
      <CopyField value={secret} label={label} testId="webhook-secret" autoFocus />
      <Notice tone="warn" title={t('webhooks.secret.once')}>
        {t('webhooks.secret.once.why')}
      </Notice>
      <div className="flex justify-end">
        <Button onClick={onDone}>{t('common.done')}</Button>
      </div>
    </div>
  )
}
