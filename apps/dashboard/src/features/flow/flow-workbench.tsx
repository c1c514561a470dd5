import { MessagesSquare, Network, SquarePen, type LucideIcon } from 'lucide-react'
import { Tabs } from 'radix-ui'
import { Suspense, useId, useRef, useState, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { jsonPlaces } from '@zaptria/core'
import { lazyPart } from '../../api/part.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Card, CardTitle } from '../../ui/card.tsx'
import { PartLoading } from '../../ui/part-loading.tsx'
import type { CheckedFlow, PlacedIssue } from './check-flow.ts'
import { nodePath } from './edges.ts'
import type { CodeEditorHandle } from './editor/code-editor.tsx'
import { FlowIssues } from './flow-issues.tsx'
import { FlowTrial } from './flow-trial.tsx'
import type { FlowGraph } from './picture/graph.ts'
import { PicturePanel } from './picture/picture-panel.tsx'
import { useWide } from './use-wide.ts'

const CodeEditor = lazyPart(async () => (await import('./editor/code-editor.tsx')).CodeEditor)

type View = 'text' | 'picture' | 'try'

type FlowWorkbenchProps = {
  /** What the editor begins with; a new `edition` puts it there anew. */
  text: string
  edition: number
  onChange: (text: string) => void
  checked: CheckedFlow & { text: string }
  /** The server's own list, while it stands. */
  refused: PlacedIssue[]
  graph: FlowGraph | null
  stale: boolean
}

/** A flow's text, its drawing and its trial: the drawing beside the others where there is room, else one at a time. */
export function FlowWorkbench({ text, edition, onChange, checked, refused, graph, stale }: FlowWorkbenchProps) {
  const t = useT()
  const language = useLanguage()
  const wide = useWide()
  const hint = useId()
  const [chosen, setView] = useState<View>('text')
  const [at, setAt] = useState<string | null>(null)
  const editor = useRef<CodeEditorHandle>(null)
  const view = wide && chosen === 'picture' ? 'text' : chosen

  const show = (offset: number) => {
    // A hidden editor cannot take the focus.
    flushSync(() => setView('text'))
    editor.current?.show(offset)
  }
  const showNode = (node: string) => {
    const places = jsonPlaces(checked.text)
    const written = places.ok ? places.offsets.get(nodePath(node)) : undefined
    show(written ?? Math.max(0, checked.text.indexOf(JSON.stringify(node))))
  }
  const picture = <PicturePanel graph={graph} stale={stale} current={at} onChoose={showNode} />
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <Tabs.Root value={view} onValueChange={(next) => setView(next as View)} asChild>
        <Card className="min-w-0">
          <Tabs.List aria-label={t('flow.views')} className="-mt-1 mb-4 flex gap-4 border-b">
            <Tab value="text" icon={SquarePen}>
              {t('flow.view.text')}
            </Tab>
            {!wide && (
              <Tab value="picture" icon={Network}>
                {t('flow.view.picture')}
              </Tab>
            )}
            <Tab value="try" icon={MessagesSquare}>
              {t('flow.try')}
            </Tab>
          </Tabs.List>
          {/* Kept where it is while something else is looked at: its undo, its caret, its conversation. */}
          <Tabs.Content value="text" forceMount tabIndex={-1} className="data-[state=inactive]:hidden">
            <div className="h-[60dvh] min-h-64 overflow-hidden rounded-control border border-line-strong focus-within:outline-2 focus-within:outline-ring lg:h-[clamp(22rem,100dvh-27rem,46rem)]">
              <Suspense fallback={<PartLoading lines={8} />}>
                <CodeEditor
                  key={`${language}:${edition}`}
                  ref={editor}
                  label={t('flow.text')}
                  describedBy={hint}
                  value={text}
                  onChange={onChange}
                  checked={checked}
                  testId="flow-text"
                />
              </Suspense>
            </div>
            <p id={hint} className="mt-2 text-xs text-ink-soft">
              {t('flow.editor.hint')}
            </p>
            <FlowIssues issues={refused.length > 0 ? refused : checked.issues} warnings={checked.warnings} onShow={show} />
          </Tabs.Content>
          {!wide && <Tabs.Content value="picture">{picture}</Tabs.Content>}
          <Tabs.Content value="try" forceMount tabIndex={-1} className="data-[state=inactive]:hidden">
            <FlowTrial flow={checked.flow} onAt={setAt} />
          </Tabs.Content>
        </Card>
      </Tabs.Root>
      {wide && (
        <Card className="min-w-0">
          <CardTitle>{t('flow.view.picture')}</CardTitle>
          {picture}
        </Card>
      )}
    </div>
  )
}

function Tab({ value, icon: Icon, children }: { value: View; icon: LucideIcon; children: ReactNode }) {
  return (
    <Tabs.Trigger
      value={value}
      data-testid={`flow-view-${value}`}
      className="-mb-px flex min-h-10 items-center gap-2 border-b-2 border-transparent px-1 text-sm whitespace-nowrap text-ink-soft hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink max-sm:[&_svg]:hidden"
    >
      <Icon className="size-4" aria-hidden />
      {children}
    </Tabs.Trigger>
  )
}
