import { Suspense } from 'react'
import { lazyPart } from '../../../api/part.ts'
import { useT } from '../../../i18n/use-t.ts'
import { Notice } from '../../../ui/notice.tsx'
import { PartLoading } from '../../../ui/part-loading.tsx'
import { cn } from '../../../ui/cn.ts'
import type { FlowGraph } from './graph.ts'
import { NodeList } from './node-list.tsx'

const FlowPicture = lazyPart(async () => (await import('./picture.tsx')).FlowPicture)

type PicturePanelProps = {
  graph: FlowGraph | null
  /** The text has changed since, and cannot be drawn as it stands. */
  stale: boolean
  current: string | null
  onChoose: (node: string) => void
}

/** The drawing, its words, and what to know while it cannot follow the text. */
export function PicturePanel({ graph, stale, current, onChoose }: PicturePanelProps) {
  const t = useT()
  if (graph === null) return <p className="text-sm text-ink-soft">{t('flow.picture.none')}</p>
  return (
    <>
      {stale && (
        <Notice tone="info" role="status" title={t('flow.picture.stale')} className="mb-3" testId="flow-picture-stale">
          {t('flow.picture.stale.next')}
        </Notice>
      )}
      <div
        className={cn(
          'h-[60dvh] min-h-64 overflow-hidden rounded-control border lg:h-[clamp(22rem,100dvh-25rem,48rem)]',
          stale && 'opacity-60',
        )}
      >
        <Suspense fallback={<PartLoading lines={6} />}>
          <FlowPicture graph={graph} current={current} onChoose={onChoose} />
        </Suspense>
      </div>
      <NodeList graph={graph} current={current} onChoose={onChoose} />
    </>
  )
}
