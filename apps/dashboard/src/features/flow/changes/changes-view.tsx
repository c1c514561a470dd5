import type { Flow } from '@zaptria/contract'
import { Suspense, useMemo } from 'react'
import { lazyPart } from '../../../api/part.ts'
import { PartLoading } from '../../../ui/part-loading.tsx'
import { changesBetween } from './changes.ts'
import { ChangesSummary } from './changes-summary.tsx'

const FlowDiff = lazyPart(async () => (await import('./flow-diff.tsx')).FlowDiff)

/** What `to` does differently from `from`: in a sentence, by name, line by line. */
export function ChangesView({ from, to }: { from: Flow | null; to: Flow }) {
  const changes = useMemo(() => changesBetween(from, to), [from, to])
  return (
    <div className="space-y-4">
      <ChangesSummary changes={changes} />
      {from !== null && (
        <Suspense fallback={<PartLoading lines={4} />}>
          <FlowDiff from={from} to={to} />
        </Suspense>
      )}
    </div>
  )
}
