import { lazy, Suspense } from 'react'

const Dialog = lazy(async () => ({ default: (await import('./tenant-create-dialog.tsx')).TenantCreateDialog }))

/** The dialog that makes a tenant, fetched when somebody wants it. */
export function TenantCreate({ onClose }: { onClose: () => void }) {
  return (
    <Suspense fallback={null}>
      <Dialog onClose={onClose} />
    </Suspense>
  )
}
