import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { useT } from '../i18n/use-t.ts'
import { cn } from './cn.ts'
import { useFocusBack } from './use-focus-back.ts'

type DialogProps = {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  children: ReactNode
  testId?: string
  /** A click outside closes it; off where that would lose what is shown once. */
  dismissable?: boolean
  /** For what is read side by side or in long lines. */
  wide?: boolean
}

/** A modal: focus is kept inside and given back, Escape closes it. */
export function Dialog({ open, onClose, title, description, children, testId, dismissable = true, wide = false }: DialogProps) {
  const t = useT()
  const focusBack = useFocusBack(open)
  const keepOpen = dismissable ? undefined : (event: Event) => event.preventDefault()
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          data-testid={testId}
          onCloseAutoFocus={focusBack}
          className={cn(
            'fixed inset-x-3 top-[max(1rem,8vh)] z-50 mx-auto max-h-[84dvh] overflow-y-auto rounded-card border bg-surface p-5 shadow-xl sm:p-6',
            wide ? 'max-w-3xl' : 'max-w-lg',
          )}
          {...(keepOpen === undefined ? {} : { onInteractOutside: keepOpen, onEscapeKeyDown: keepOpen })}
          {...(description === undefined ? { 'aria-describedby': undefined } : {})}
        >
          <div className="mb-4 flex items-start justify-between gap-4">
            <div>
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
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
      </Radix.Portal>
    </Radix.Root>
  )
}
