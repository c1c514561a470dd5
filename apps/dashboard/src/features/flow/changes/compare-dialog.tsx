import type { FlowVersion } from '@zaptria/contract'
import { useT } from '../../../i18n/use-t.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { ProblemNotice } from '../../../ui/problem-notice.tsx'
import { ChangesView } from './changes-view.tsx'

type CompareDialogProps = {
  version: FlowVersion
  active: FlowVersion | null
  busy: boolean
  error: unknown
  onShow: () => void
  onActivate: () => void
  onClose: () => void
}

/** What going back (or forth) to a version would change, and the way there. */
export function CompareDialog({ version, active, busy, error, onShow, onActivate, onClose }: CompareDialogProps) {
  const t = useT()
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t('flow.compare.title', { version: version.version })}
      description={active === null ? t('flow.compare.none') : t('flow.compare.against', { version: active.version })}
      testId="flow-compare-dialog"
    >
      <ChangesView from={active?.flow ?? null} to={version.flow} />
      <ProblemNotice error={error} className="mt-4" />
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button look="quiet" onClick={onShow} data-testid="flow-compare-show">
          {t('flow.compare.show')}
        </Button>
        <Button look="primary" busy={busy} onClick={onActivate} data-testid="flow-compare-activate">
          {t('flow.compare.activate', { version: version.version })}
        </Button>
      </div>
    </Dialog>
  )
}
