import { Suspense, type ReactNode } from 'react'
import { lazyPart } from '../api/part.ts'
import { DialogLoading } from './part-loading.tsx'

export type DialogProps = {
  open: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  children: ReactNode
  testId?: string
  /** A click outside closes it; off where a slip would lose what is shown once. Escape is no slip. */
  dismissable?: boolean
  /** For what is read side by side or in long lines. */
  wide?: boolean
}

/** What draws it is fetched apart from the first page, which opens none (routes/ahead.ts fetches it once there is time). */
const Modal = lazyPart(async () => (await import('./modal/dialog-modal.tsx')).DialogModal)

/** A modal: focus is kept inside and given back, Escape closes it. */
export function Dialog(props: DialogProps) {
  return (
    props.open && (
      <Suspense fallback={props.dismissable === false ? null : <DialogLoading onGiveUp={props.onClose} />}>
        <Modal {...props} />
      </Suspense>
    )
  )
}
