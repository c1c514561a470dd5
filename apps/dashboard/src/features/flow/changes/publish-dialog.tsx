import type { Flow, FlowVersion } from '@zaptria/contract'
import { useT } from '../../../i18n/use-t.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ProblemNotice } from '../../../ui/problem-notice.tsx'
import { ChangesView } from './changes-view.tsx'

type PublishDialogProps = {
  flow: Flow
  active: FlowVersion | null
  busy: boolean
  error: unknown
  onPublish: () => void
  onClose: () => void
}

/** Says what the bot will do differently, before it does. */
export function PublishDialog({ flow, active, busy, error, onPublish, onClose }: PublishDialogProps) {
  const t = useT()
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('flow.publish.title')}
      description={active === null ? t('flow.publish.first') : t('flow.publish.against', { version: active.version })}
      testId="flow-publish-dialog"
    >
      <ChangesView from={active?.flow ?? null} to={flow} />
      <ProblemNotice error={error} className="mt-4" />
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="primary" busy={busy} onClick={onPublish} data-testid="flow-publish-confirm">
          {t('flow.publish')}
        </Button>
      </div>
    </Dialog>
  )
}
