import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FlowVersion } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import { useDeferredValue, useMemo, useRef, useState } from 'react'
import { ApiError } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { checkFlow, placeIssues } from './check-flow.ts'
import { CodeArea } from './code-area.tsx'
import { FlowIssues } from './flow-issues.tsx'
import { FlowTrial } from './flow-trial.tsx'
import { publishFlow } from './flow.ts'

type FlowEditorProps = {
  tenant: string
  active: FlowVersion | null
  shown: FlowVersion | null
  onDirty: (dirty: boolean) => void
  onPublished: () => void
}

const write = (version: FlowVersion | null) => JSON.stringify(version?.flow ?? SAMPLE_FLOW, null, 2)

export function FlowEditor({ tenant, active, shown, onDirty, onPublished }: FlowEditorProps) {
  const t = useT()
  const language = useLanguage()
  const queryClient = useQueryClient()
  /** What the text began as. */
  const [base, setBase] = useState(shown)
  const [start, setStart] = useState(() => write(shown))
  const [text, setText] = useState(start)
  // Another version became the one to show. What somebody is typing is left alone.
  if (shown?.id !== base?.id && text === start) {
    setBase(shown)
    setStart(write(shown))
    setText(write(shown))
  }
  const [attempt, setAttempt] = useState(() => crypto.randomUUID())
  const area = useRef<HTMLTextAreaElement>(null)
  const checkedText = useDeferredValue(text)
  const checked = useMemo(() => checkFlow(checkedText, language, t), [checkedText, language, t])
  const publish = useMutation({
    mutationFn: async () => {
      const { flow } = checkFlow(text, language, t)
      return flow === null ? null : await publishFlow(tenant, flow, attempt)
    },
    onSuccess: async (published) => {
      if (published === null) return
      setBase(published)
      setStart(text)
      onDirty(false)
      await queryClient.invalidateQueries({ queryKey: keys.flow(tenant) })
      onPublished()
    },
    onSettled: () => setAttempt(crypto.randomUUID()),
  })

  const change = (next: string) => {
    setText(next)
    onDirty(next !== start)
    publish.reset()
  }
  const show = (offset: number) => {
    area.current?.focus()
    area.current?.setSelectionRange(offset, offset)
    // Only a blur and focus makes browsers scroll to a caret that was set by script.
    area.current?.blur()
    area.current?.focus()
  }
  const refused = publish.error instanceof ApiError && publish.error.errors.length > 0 ? placeIssues(text, publish.error.errors, t) : []
  const overtaken = active !== null && base?.id !== active.id
  const canPublish = checked.issues.length === 0 && (text !== start || active === null || overtaken)
  return (
    <>
      <Card>
        <CardTitle
          help={t('flow.help')}
          action={
            <Button
              look="primary"
              disabled={!canPublish}
              busy={publish.isPending}
              onClick={() => publish.mutate()}
              data-testid="flow-publish"
            >
              {t('flow.publish')}
            </Button>
          }
        >
          {base === null ? t('flow.title.none') : t('flow.title', { version: base.version })}
        </CardTitle>
        {active === null && (
          <Notice tone="info" title={t('flow.none')} className="mb-3" testId="flow-none">
            {t('flow.none.next')}
          </Notice>
        )}
        {overtaken && (
          <Notice tone="info" title={t('flow.other-active', { version: active.version })} className="mb-3" testId="flow-other-active">
            {t('flow.other-active.next')}
          </Notice>
        )}
        {publish.isSuccess && publish.data !== null && (
          <Notice
            tone="ok"
            role="status"
            title={t('flow.published', { version: publish.data.version })}
            className="mb-3"
            testId="flow-published"
          />
        )}
        {refused.length === 0 && <ProblemNotice error={publish.error} className="mb-3" />}
        <CodeArea ref={area} label={t('flow.text')} value={text} onChange={change} testId="flow-text" />
        <FlowIssues issues={refused.length > 0 ? refused : checked.issues} warnings={checked.warnings} onShow={show} />
      </Card>
      <FlowTrial flow={checked.flow} />
    </>
  )
}
