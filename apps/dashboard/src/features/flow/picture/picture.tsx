import { Controls, MiniMap, Position, ReactFlow, type NodeHandle } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useMemo, useState, type KeyboardEvent } from 'react'
import { useT, type Translate } from '../../../i18n/use-t.ts'
import { PartLoading } from '../../../ui/part-loading.tsx'
import { EdgeLine, type LineEdge } from './edge-line.tsx'
import { Follow } from './follow.tsx'
import type { FlowGraph } from './graph.ts'
import { CARD, PILL, TRIGGER, type Layout } from './layout.ts'
import { NodeCard, PictureContext, TriggerPill, type CardNode, type PillNode } from './node-card.tsx'
import './picture.css'
import { SMALLEST } from './sight.ts'
import { useLayout } from './use-layout.ts'
import { useShared } from './use-shared.ts'
import { describeNode } from './words.ts'
import { ZoomButtons } from './zoom-buttons.tsx'

const NODE_TYPES = { card: NodeCard, pill: TriggerPill }
const EDGE_TYPES = { line: EdgeLine }
/** From so many nodes on a small map of the whole helps. */
const MANY = 24

type FlowPictureProps = { graph: FlowGraph; current: string | null; onChoose: (node: string) => void }

/** The flow as a drawing that lays itself out. To be looked at: what is clicked is shown in the text. */
export function FlowPicture({ graph, ...rest }: FlowPictureProps) {
  const t = useT()
  const drawn = useLayout(graph)
  if (drawn === 'failed') return <p className="p-4 text-sm text-ink-soft">{t('flow.picture.failed')}</p>
  return drawn === null ? <PartLoading lines={6} /> : <Drawing {...drawn} {...rest} />
}

function Drawing({ graph, layout, current, onChoose }: FlowPictureProps & { layout: Layout }) {
  const t = useT()
  const nodes = useShared(useMemo(() => nodesOf(graph, layout, t), [graph, layout, t]))
  const edges = useShared(useMemo(() => edgesOf(graph, layout), [graph, layout]))
  const [chosen, setChosen] = useState(false)
  const [focused, setFocused] = useState<string | null>(null)
  const ids = graph.nodes.map(({ id }) => id)
  const tabStop = focused !== null && ids.includes(focused) ? focused : (ids[0] ?? null)
  const context = useMemo(() => ({ current, tabStop }), [current, tabStop])

  /** One stop of the Tab key for all nodes; arrows go from one to the next. */
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const here = event.target instanceof HTMLElement ? event.target.dataset['node'] : undefined
    if (here === undefined) return
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key]
    const next =
      event.key === 'Home' ? ids[0] : event.key === 'End' ? ids.at(-1) : step === undefined ? undefined : ids[ids.indexOf(here) + step]
    if (next === undefined) return
    event.preventDefault()
    setFocused(next)
    event.currentTarget.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus({ preventScroll: true })
  }

  return (
    <PictureContext value={context}>
      <div
        role="group"
        aria-label={t('flow.picture.label', { count: graph.nodes.length })}
        className="flow-picture h-full"
        onKeyDown={move}
        data-testid="flow-picture"
      >
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodeClick={(_, node) => node.type === 'card' && onChoose(node.id)}
          minZoom={SMALLEST}
          attributionPosition="top-right"
          onMoveStart={(event) => {
            // Without an event it was us.
            if (event !== null) setChosen(true)
          }}
          maxZoom={1.6}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          edgesReconnectable={false}
          elementsSelectable={false}
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          deleteKeyCode={null}
          selectionKeyCode={null}
          multiSelectionKeyCode={null}
          panActivationKeyCode={null}
          disableKeyboardA11y
          ariaLabelConfig={{
            'controls.ariaLabel': t('flow.picture.zoom'),
            'minimap.ariaLabel': t('flow.picture.map'),
          }}
        >
          <Controls orientation="horizontal" showInteractive={false} showZoom={false} showFitView={false}>
            <ZoomButtons layout={layout} onChoose={setChosen} />
          </Controls>
          {graph.nodes.length > MANY && <MiniMap pannable zoomable nodeColor="var(--line-strong)" nodeBorderRadius={12} />}
          <Follow layout={layout} current={current} focused={focused} chosen={chosen} />
        </ReactFlow>
      </div>
    </PictureContext>
  )
}

function nodesOf({ start, trigger, nodes, edges }: FlowGraph, layout: Layout, t: Translate): (CardNode | PillNode)[] {
  const at = (id: string) => layout.nodes.get(id) ?? { x: 0, y: 0 }
  const ways = Map.groupBy(edges, ({ from }) => from)
  const cards = nodes.map((node): CardNode => {
    const words = describeNode(node, ways.get(node.id) ?? [], { t, start: node.id === start })
    return { id: node.id, type: 'card', position: at(node.id), data: { node, words }, ...sizes(CARD) }
  })
  const pill: PillNode = { id: TRIGGER, type: 'pill', position: at(TRIGGER), data: { text: trigger }, ...sizes(PILL) }
  return nodes.some(({ id }) => id === start) ? [pill, ...cards] : cards
}

/** Told beforehand, so that React Flow measures nothing and every line is there in the first frame. */
function sizes({ width, height }: { width: number; height: number }) {
  const end = { x: width / 2, width: 1, height: 1 }
  const handles: NodeHandle[] = [
    { type: 'target', position: Position.Top, y: 0, ...end },
    { type: 'source', position: Position.Bottom, y: height, ...end },
  ]
  return { width, height, measured: { width, height }, handles }
}

function edgesOf({ start, edges }: FlowGraph, layout: Layout): LineEdge[] {
  const all = [{ id: TRIGGER, from: TRIGGER, to: start, label: '', usual: true }, ...edges]
  return all.flatMap(({ id, from, to, label, usual }): LineEdge[] => {
    const placed = layout.edges.get(id)
    return placed === undefined ? [] : [{ id, type: 'line', source: from, target: to, data: { placed, label, usual } }]
  })
}
