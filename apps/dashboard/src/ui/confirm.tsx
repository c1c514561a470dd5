import { Suspense, type ReactNode } from 'react'
import { lazyPart } from '../api/part.ts'
import { DialogLoading } from './part-loading.tsx'

export type ConfirmProps = {
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

const Modal = lazyPart(async () => (await import('./modal/confirm-modal.tsx')).ConfirmModal)

/** Asks before a deed with consequences. Focus starts on "cancel". */
export function Confirm(props: ConfirmProps) {
  return (
    props.open && (
      <Suspense fallback={<DialogLoading onGiveUp={props.onCancel} />}>
        <Modal {...props} />
      </Suspense>
    )
  )
}
