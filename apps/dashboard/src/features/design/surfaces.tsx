import { useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/field.tsx'
import { Logo } from '../../ui/logo.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Sample, Section, State, States } from './sample.tsx'

export function Surfaces() {
  const t = useT()
  return (
    <Section title={t('design.surfaces')}>
      <div className="grid gap-6 lg:grid-cols-2">
        <Sample of="Card">
          <Card>
            <p className="text-sm wrap-anywhere">{t('design.sample.long')}</p>
          </Card>
        </Sample>
        <Sample of="CardTitle">
          <Card>
            <CardTitle help={t('design.help')} action={<Button>{t('design.open')}</Button>}>
              {t('design.title')}
            </CardTitle>
            <p className="text-sm">{t('design.sample')}</p>
          </Card>
        </Sample>
      </div>
      <Sample of="Dialog">
        <Dialogs />
      </Sample>
      <Sample of="Confirm">
        <Confirms />
      </Sample>
      <Sample of="Logo">
        <States>
          <State name="text-lg">
            <Logo />
          </State>
          <State name="text-2xl">
            <Logo className="text-2xl" />
          </State>
        </States>
      </Sample>
    </Section>
  )
}

function Dialogs() {
  const t = useT()
  const [open, setOpen] = useState<'plain' | 'long' | null>(null)
  return (
    <>
      <States>
        <Button onClick={() => setOpen('plain')} data-testid="design-dialog">
          {t('design.state.plain')}
        </Button>
        <Button onClick={() => setOpen('long')} data-testid="design-dialog-long">
          {t('design.state.long')}
        </Button>
      </States>
      <Dialog
        open={open !== null}
        onClose={() => setOpen(null)}
        title={t(open === 'long' ? 'design.sample.long' : 'design.sample')}
        description={t('design.help')}
        testId="design-dialog-open"
      >
        <div className="space-y-4">
          <TextField label={t('tenants.name')} hint={t('tenants.name.hint')} />
          {open === 'long' &&
            Array.from({ length: 12 }, (_, index) => (
              <p key={index} className="wrap-anywhere">
                {t('design.sample.long')}
              </p>
            ))}
          <div className="flex justify-end gap-2">
            <Button onClick={() => setOpen(null)}>{t('common.cancel')}</Button>
            <Button look="primary">{t('common.save')}</Button>
          </div>
        </div>
      </Dialog>
    </>
  )
}

const REFUSED = new ApiError({ code: 'unavailable', status: 503 })
type Asking = 'plain' | 'danger' | 'busy' | 'error'

function Confirms() {
  const t = useT()
  const [asking, setAsking] = useState<Asking | null>(null)
  return (
    <>
      <States>
        <Button onClick={() => setAsking('plain')}>{t('design.state.plain')}</Button>
        <Button look="danger-quiet" onClick={() => setAsking('danger')} data-testid="design-confirm">
          {t('deed.remove')}
        </Button>
        <Button onClick={() => setAsking('busy')}>{t('design.state.busy')}</Button>
        <Button onClick={() => setAsking('error')} data-testid="design-confirm-error">
          {t('design.state.error')}
        </Button>
      </States>
      <Confirm
        open={asking !== null}
        title={t('deed.remove.title')}
        confirm={t('deed.remove')}
        danger={asking === 'danger' || asking === 'error'}
        busy={asking === 'busy'}
        onCancel={() => setAsking(null)}
        onConfirm={() => setAsking(null)}
        error={asking === 'error' && <ProblemNotice error={REFUSED} className="mt-3" />}
      >
        {t('deed.remove.text')}
      </Confirm>
    </>
  )
}
