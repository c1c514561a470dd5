import { Handle, Position, type Node, type NodeProps } from '@xyflow/react'
import { CircleAlert, CirclePlay, TriangleAlert } from 'lucide-react'
import { createContext, useContext } from 'react'
import { useT } from '../../../i18n/use-t.ts'
import { cn } from '../../../ui/cn.ts'
import { KindIcon, kindName } from '../kind.ts'
import type { GraphNode } from './graph.ts'

/** Beside the nodes themselves, so that a step of the trial redraws cards and places nothing anew. */
export const PictureContext = createContext<{ current: string | null; tabStop: string | null }>({ current: null, tabStop: null })

export type CardNode = Node<{ node: GraphNode; words: string }, 'card'>
export type PillNode = Node<{ text: string }, 'pill'>

/** One node: what it does, its name, the beginning of its text, and what is wrong with it. */
export function NodeCard({ id, data: { node, words } }: NodeProps<CardNode>) {
  const t = useT()
  const { current, tabStop } = useContext(PictureContext)
  const bad = node.problems.length > 0
  const here = current === id
  return (
    <>
      <Ends />
      <button
        type="button"
        tabIndex={tabStop === id ? 0 : -1}
        aria-current={here ? 'step' : undefined}
        title={node.problems.join('\n') || node.excerpt}
        data-testid="flow-node"
        data-node={id}
        data-problems={node.problems.length}
        data-unreachable={node.unreachable}
        className={cn(
          'flex size-full flex-col rounded-control border bg-surface px-3 py-2 text-left text-sm shadow-xs hover:border-line-strong',
          (node.missing || node.unreachable) && 'border-dashed border-line-strong bg-sunken',
          bad && 'border-2 border-bad',
          here && 'border-2 border-accent bg-accent-soft ring-4 ring-accent/25',
        )}
      >
        <span className="flex w-full items-center gap-1.5 text-xs text-ink-soft">
          <KindIcon type={node.type} className="size-3.5 shrink-0" />
          <span className="min-w-0 flex-1 truncate">{node.missing ? t('flow.picture.missing') : kindName(node.type, t)}</span>
          {here && <CirclePlay className="size-4 shrink-0 text-accent" aria-hidden />}
          {bad && <CircleAlert className="size-4 shrink-0 text-bad" aria-hidden />}
          {node.unreachable && <TriangleAlert className="size-4 shrink-0 text-warn" aria-hidden />}
        </span>
        <span className="w-full truncate font-semibold">{id}</span>
        <span className={cn('line-clamp-2 w-full text-xs leading-snug break-words', node.unreachable ? 'text-warn' : 'text-ink-soft')}>
          {node.unreachable ? t('flow.issue.unreachable') : node.excerpt}
        </span>
        <span className="sr-only">{words}</span>
      </button>
    </>
  )
}

/** Where the flow begins, and at what. */
export function TriggerPill({ data: { text } }: NodeProps<PillNode>) {
  const t = useT()
  return (
    <>
      <Ends />
      <p
        data-testid="flow-trigger"
        title={text}
        className="flex size-full items-center justify-center gap-1.5 rounded-full bg-accent-soft px-4 text-sm text-on-accent-soft"
      >
        <CirclePlay className="size-4 shrink-0" aria-hidden />
        <span className="shrink-0 font-semibold">{t('flow.picture.start')}</span>
        <span className="truncate">{text}</span>
      </p>
    </>
  )
}

/** React Flow draws no edge to a node without them. */
function Ends() {
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} className="invisible" />
      <Handle type="source" position={Position.Bottom} isConnectable={false} className="invisible" />
    </>
  )
}
