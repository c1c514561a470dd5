import type { Flow, FlowVersion } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { useDeferredValue, useMemo, useState } from 'react'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { flowText } from './changes/flow-text.ts'
import { PublishDialog } from './changes/publish-dialog.tsx'
import { checkFlow, placeIssues } from './check-flow.ts'
import { FlowWorkbench } from './flow-workbench.tsx'
import { readGraph } from './picture/graph.ts'
import { refusalOf, usePublish } from './use-publish.ts'

type FlowEditorProps = {
  tenant: string
  active: FlowVersion | null
  shown: FlowVersion | null
  onDirty: (dirty: boolean) => void
  onPublished: () => void
}

const write = (version: FlowVersion | null): string => (version === null ? JSON.stringify(SAMPLE_FLOW, null, 2) : flowText(version.flow))

/** The text of a flow on its way from one version to the next. */
export function FlowEditor({ tenant, active, shown, onDirty, onPublished }: FlowEditorProps) {
  const t = useT()
  const language = useLanguage()
  /** What the text began as. */
  const [base, setBase] = useState(shown)
  const [start, setStart] = useState(() => write(shown))
  const [text, setText] = useState(start)
  const [edition, setEdition] = useState(0)
  // Another version became the one to show. What somebody is typing is left alone.
  if (shown?.id !== base?.id && text === start) {
    setBase(shown)
    setStart(write(shown))
    setText(write(shown))
    setEdition(edition + 1)
  }
  const checkedText = useDeferredValue(text)
  const checked = useMemo(() => ({ text: checkedText, ...checkFlow(checkedText, language, t) }), [checkedText, language, t])
  const graph = useMemo(() => readGraph(checked.json, { t, language, issues: checked.issues }), [checked, t, language])
  const [drawn, setDrawn] = useState(graph)
  if (graph !== null && graph !== drawn) setDrawn(graph)

  /** What is about to be published, while that is asked. */
  const [asked, setAsked] = useState<Flow | null>(null)
  const publish = usePublish(tenant, (published) => {
    setAsked(null)
    setBase(published)
    setStart(text)
    onDirty(false)
  })
  const change = (next: string) => {
    setText(next)
    onDirty(next !== start)
    publish.reset()
  }
  const refusal = refusalOf(publish.error)
  const refused = refusal.length > 0 ? placeIssues(text, refusal, t) : []
  const overtaken = active !== null && base?.id !== active.id
  const canPublish = checked.issues.length === 0 && (text !== start || active === null || overtaken)
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0">
          <h2 className="text-base font-semibold">{base === null ? t('flow.title.none') : t('flow.title', { version: base.version })}</h2>
          <p className="mt-1 max-w-prose text-sm text-ink-soft">{t('flow.help')}</p>
        </div>
        <Button
          look="primary"
          disabled={!canPublish}
          onClick={() => {
            publish.reset()
            setAsked(checkFlow(text, language, t).flow)
          }}
          data-testid="flow-publish"
        >
          {t('flow.publish')}
        </Button>
      </div>
      {active === null && (
        <Notice tone="info" title={t('flow.none')} testId="flow-none">
          {t(base === null ? 'flow.none.next' : 'flow.none.again')}
        </Notice>
      )}
      {overtaken && (
        <Notice tone="info" title={t('flow.other-active', { version: active.version })} testId="flow-other-active">
          {t('flow.other-active.next')}
        </Notice>
      )}
      {publish.isSuccess && (
        <Notice tone="ok" role="status" title={t('flow.published', { version: publish.data.version })} testId="flow-published" />
      )}
      <FlowWorkbench
        text={text}
        edition={edition}
        onChange={change}
        checked={checked}
        refused={refused}
        graph={drawn}
        stale={graph === null && drawn !== null}
      />
      {asked !== null && (
        <PublishDialog
          flow={asked}
          active={active}
          busy={publish.isPending}
          error={publish.error}
          onPublish={() =>
            publish.mutate(asked, {
              onSuccess: onPublished,
              // Mistakes that only the server saw are listed below the text.
              onError: (error) => refusalOf(error).length > 0 && setAsked(null),
            })
          }
          onClose={() => setAsked(null)}
        />
      )}
    </>
  )
}
