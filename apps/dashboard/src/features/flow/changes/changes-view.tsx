import type { Flow } from '@zaptria/contract'
import { lazy, Suspense, useMemo } from 'react'
import { Loading } from '../../../ui/loading.tsx'
import { changesBetween } from './changes.ts'
import { ChangesSummary } from './changes-summary.tsx'

const FlowDiff = lazy(async () => ({ default: (await import('./flow-diff.tsx')).FlowDiff }))

/** What `to` does differently from `from`: in a sentence, by name, line by line. */
export function ChangesView({ from, to }: { from: Flow | null; to: Flow }) {
  const changes = useMemo(() => changesBetween(from, to), [from, to])
  return (
    <div className="space-y-4">
      <ChangesSummary changes={changes} />
      {from !== null && (
        <Suspense fallback={<Loading lines={4} />}>
          <FlowDiff from={from} to={to} />
        </Suspense>
      )}
    </div>
  )
}
