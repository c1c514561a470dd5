import { AlertDialog } from 'radix-ui'
import type { ReactNode } from 'react'
import { useT } from '../i18n/use-t.ts'
import { Button } from './button.tsx'
import { useFocusBack } from './use-focus-back.ts'

type ConfirmProps = {
  open: boolean
  onCancel: () => void
  onConfirm: () => void
  title: ReactNode
  /** What follows from saying yes, spelled out. */
  children: ReactNode
  /** The deed itself, never just "OK". */
  confirm: ReactNode
  danger?: boolean
  busy?: boolean
  error?: ReactNode
}

/** Asks before a deed with consequences. Focus starts on "cancel". */
export function Confirm({ open, onCancel, onConfirm, title, children, confirm, danger = false, busy = false, error }: ConfirmProps) {
  const t = useT()
  const focusBack = useFocusBack(open)
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onCancel()}>
      <AlertDialog.Portal>
        <AlertDialog.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <AlertDialog.Content
          data-testid="confirm"
          onCloseAutoFocus={focusBack}
          className="fixed inset-x-3 top-[max(1rem,14vh)] z-50 mx-auto max-w-md rounded-card border bg-surface p-5 shadow-xl sm:p-6"
        >
          <AlertDialog.Title className="text-lg font-semibold">{title}</AlertDialog.Title>
          <AlertDialog.Description asChild>
            <div className="mt-2 space-y-2 text-sm text-ink-soft">{children}</div>
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
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
