import { Suspense } from 'react'
import { lazyPart } from '../../api/part.ts'
import { DialogLoading } from '../../ui/part-loading.tsx'

const Dialog = lazyPart(async () => (await import('./tenant-create-dialog.tsx')).TenantCreateDialog)

/** The dialog that makes a tenant, fetched when somebody wants it. */
export function TenantCreate({ onClose }: { onClose: () => void }) {
  return (
    <Suspense fallback={<DialogLoading onGiveUp={onClose} />}>
      <Dialog onClose={onClose} />
    </Suspense>
  )
}
