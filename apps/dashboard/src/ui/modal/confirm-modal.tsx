import { AlertDialog } from 'radix-ui'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../button.tsx'
import type { ConfirmProps } from '../confirm.tsx'
import { useOpener } from './use-opener.ts'

export function ConfirmModal({ open, onCancel, ...content }: ConfirmProps) {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-scrim animate-fade bg-scrim" />
        <Content {...content} />
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}

function Content({ onConfirm, title, children, confirm, danger = false, busy = false, error }: Omit<ConfirmProps, 'open' | 'onCancel'>) {
  const t = useT()
  return (
    <AlertDialog.Content
      data-testid="confirm"
      className="fixed inset-x-3 top-[max(1rem,14vh)] z-modal mx-auto max-h-[80dvh] max-w-md animate-rise overflow-y-auto rounded-card border bg-surface p-5 shadow-modal sm:p-6"
      onCloseAutoFocus={useOpener()}
    >
      <AlertDialog.Title className="text-lg font-semibold wrap-anywhere">{title}</AlertDialog.Title>
      <AlertDialog.Description asChild>
        <div className="mt-2 space-y-2 text-sm wrap-anywhere text-ink-soft">{children}</div>
      </AlertDialog.Description>
      {error}
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <AlertDialog.Cancel asChild>
          <Button data-testid="confirm-no">{t('common.cancel')}</Button>
        </AlertDialog.Cancel>
        <Button look={danger ? 'danger' : 'primary'} busy={busy} onClick={onConfirm} data-testid="confirm-yes">
          {confirm}
        </Button>
      </div>
    </AlertDialog.Content>
  )
}
