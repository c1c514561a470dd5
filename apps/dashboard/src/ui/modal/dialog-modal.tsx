import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../cn.ts'
import type { DialogProps } from '../dialog.tsx'
import { useOpener } from './use-opener.ts'

export function DialogModal({ open, onClose, ...content }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-scrim animate-fade bg-scrim" />
        <Content {...content} />
      </Radix.Portal>
    </Radix.Root>
  )
}

function Content({ title, description, children, testId, dismissable = true, wide = false }: Omit<DialogProps, 'open' | 'onClose'>) {
  const t = useT()
  const giveBack = useOpener()
  const keepOpen = dismissable ? undefined : (event: Event) => event.preventDefault()
  return (
    <Radix.Content
      data-testid={testId}
      className={cn(
        'fixed inset-x-3 top-[max(1rem,8vh)] z-modal mx-auto max-h-[84dvh] animate-rise overflow-y-auto rounded-card border bg-surface p-5 shadow-modal sm:p-6',
        wide ? 'max-w-3xl' : 'max-w-lg',
      )}
      onCloseAutoFocus={giveBack}
      {...(keepOpen === undefined ? {} : { onInteractOutside: keepOpen })}
      {...(description === undefined ? { 'aria-describedby': undefined } : {})}
    >
      <div className="mb-4 flex items-start justify-between gap-4">
        <div className="min-w-0">
          <Radix.Title className="text-lg font-semibold wrap-anywhere">{title}</Radix.Title>
          {description !== undefined && <Radix.Description className="mt-1 text-sm text-ink-soft">{description}</Radix.Description>}
        </div>
        <Radix.Close
          className="-m-2 rounded-control p-2 text-ink-soft hover:bg-sunken"
          aria-label={t('common.close')}
          data-testid="dialog-close"
        >
          <X className="size-5" aria-hidden />
        </Radix.Close>
      </div>
      {children}
    </Radix.Content>
  )
}
