import type { FlowVersion } from '@zaptria/contract'
import { useT } from '../../../i18n/use-t.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ProblemNotice } from '../../../ui/problem-notice.tsx'
import { ChangesView } from './changes-view.tsx'

type ActivateDialogProps = {
  version: FlowVersion
  active: FlowVersion | null
  busy: boolean
  error: unknown
  onShow: () => void
  onActivate: () => void
  onClose: () => void
}

/** Asks before the bot answers with another version, saying what it will do differently. */
export function ActivateDialog({ version, active, busy, error, onShow, onActivate, onClose }: ActivateDialogProps) {
  const t = useT()
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('flow.activate.title', { version: version.version })}
      description={active === null ? t('flow.activate.first') : t('flow.publish.against', { version: active.version })}
      testId="flow-activate-dialog"
    >
      <ChangesView from={active?.flow ?? null} to={version.flow} />
      <ProblemNotice error={error} className="mt-4" />
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onShow} data-testid="flow-activate-show">
          {t('flow.activate.show')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="primary" busy={busy} onClick={onActivate} data-testid="flow-activate-confirm">
          {t('flow.activate.confirm', { version: version.version })}
        </Button>
      </div>
    </Dialog>
  )
}
