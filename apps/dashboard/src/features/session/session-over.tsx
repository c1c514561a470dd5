import { Suspense } from 'react'
import { lazyPart } from '../../api/part.ts'
import { useSessionOver } from './over.ts'

const Question = lazyPart(async () => (await import('./session-over-dialog.tsx')).SessionOverDialog)

/** Over the page on which a session has ended: says so, and lets its person in again. */
export function SessionOver() {
  return (
    useSessionOver() && (
      <Suspense fallback={null}>
        <Question />
      </Suspense>
    )
  )
}
