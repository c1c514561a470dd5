import { ChevronRight, CircleAlert, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { useT } from '../../../i18n/use-t.ts'
import { kindName } from '../kind.ts'
import type { FlowGraph, GraphNode } from './graph.ts'
import { describeEdge } from './words.ts'

type NodeListProps = { graph: FlowGraph; current: string | null; onChoose: (node: string) => void }

/** The drawing in words: the same nodes, what they say, and where they lead. */
export function NodeList({ graph, current, onChoose }: NodeListProps) {
  const t = useT()
  const [open, setOpen] = useState(false)
  return (
    <details className="mt-3 text-sm" onToggle={(event) => setOpen(event.currentTarget.open)} data-testid="flow-words">
      <summary className="inline-flex min-h-8 list-none items-center gap-1.5 rounded-control px-2 text-ink-soft hover:bg-sunken [&::-webkit-details-marker]:hidden">
        <ChevronRight className="size-4 in-open:rotate-90" aria-hidden />

        {t('flow.picture.words')}
      </summary>
      {open && (
        <ol className="mt-2 max-h-80 space-y-1 overflow-y-auto" tabIndex={0} aria-label={t('flow.picture.words')}>
          {graph.nodes.map((node) => (
            <Item key={node.id} node={node} graph={graph} here={node.id === current} onChoose={onChoose} />
          ))}
        </ol>
      )}
    </details>
  )
}

function Item({ node, graph, here, onChoose }: { node: GraphNode; graph: FlowGraph; here: boolean; onChoose: (node: string) => void }) {
  const t = useT()
  const ways = graph.edges.filter(({ from }) => from === node.id)
  return (
    <li aria-current={here ? 'step' : undefined} className="border-l-2 pl-3 aria-[current=step]:border-accent" data-testid="flow-word">
      <button
        type="button"
        onClick={() => onChoose(node.id)}
        className="min-h-6 max-w-full rounded text-left font-semibold hover:underline"
      >
        {node.id}
      </button>{' '}
      <span className="text-ink-soft">
        {node.missing ? t('flow.picture.missing') : kindName(node.type, t)}
        {node.id === graph.start && ` · ${t('flow.picture.starts')} (${graph.trigger})`}
      </span>
      {node.unreachable && <Remark icon={TriangleAlert} look="text-warn" text={t('flow.issue.unreachable')} />}
      {node.problems.map((problem) => (
        <Remark key={problem} icon={CircleAlert} look="text-bad" text={problem} />
      ))}
      {node.excerpt !== '' && <p className="break-words whitespace-pre-wrap">{node.excerpt}</p>}
      {ways.length > 0 && (
        <ul className="text-ink-soft">
          {ways.map((way) => (
            <li key={way.id}>{describeEdge(way)}</li>
          ))}
        </ul>
      )}
    </li>
  )
}

function Remark({ icon: Icon, look, text }: { icon: typeof CircleAlert; look: string; text: string }) {
  return (
    <p className={`flex items-start gap-1.5 ${look}`}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <span className="min-w-0">{text}</span>
    </p>
  )
}
