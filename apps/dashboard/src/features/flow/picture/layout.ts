import { Graph, layout, type EdgeLabel, type GraphLabel, type NodeLabel } from '@dagrejs/dagre'
import type { FlowGraph } from './graph.ts'

/** Sizes in the picture's own pixels. Fixed, so that nothing has to be measured before it can be placed. */
export const CARD = { width: 224, height: 88 }
export const PILL = { width: 264, height: 40 }
const LABEL = { height: 22, perLetter: 7, around: 24, most: 200 }

const MANY = 120

/** The id of what begins the flow: no node's name looks like that. */
export const TRIGGER = ':trigger'

export type Point = { x: number; y: number }
export type PlacedEdge = { points: Point[]; label: (Point & { width: number }) | null }
/** Nodes by their top left corner. */
export type Layout = { width: number; height: number; nodes: ReadonlyMap<string, Point>; edges: ReadonlyMap<string, PlacedEdge> }

/** All that a layout depends on, so that a new word in some text moves nothing. */
export type Shape = { start: string; nodes: string[]; edges: { id: string; from: string; to: string; letters: number }[] }

export const shapeOf = ({ start, nodes, edges }: FlowGraph): Shape => ({
  start,
  nodes: nodes.map(({ id }) => id),
  edges: edges.map(({ id, from, to, label }) => ({ id, from, to, letters: label.length })),
})

export function layOut({ start, nodes, edges }: Shape): Layout {
  const graph = new Graph<GraphLabel, NodeLabel, EdgeLabel>({ multigraph: true })
  graph.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 26, edgesep: 14, marginx: 8, marginy: 8 })
  graph.setNode(TRIGGER, { ...PILL })
  for (const id of nodes) graph.setNode(id, { ...CARD })
  const all = [...(nodes.includes(start) ? [{ id: TRIGGER, from: TRIGGER, to: start, letters: 0 }] : []), ...edges]
  for (const { id, from, to, letters } of all) graph.setEdge(from, to, letters === 0 ? {} : labelSize(letters), id)
  // Half the time for a few more crossings, which in so many lines nobody counts.
  layout(graph, { disableOptimalOrderHeuristic: nodes.length > MANY })
  const { width = 0, height = 0 } = graph.graph()
  return {
    width,
    height,
    nodes: new Map([TRIGGER, ...nodes].map((id) => [id, corner(graph.node(id))])),
    edges: new Map(all.map(({ id, from, to, letters }) => [id, placed(graph.edge({ v: from, w: to, name: id }), letters)])),
  }
}

const labelSize = (letters: number) => ({
  width: Math.min(LABEL.most, Math.ceil(letters * LABEL.perLetter) + LABEL.around),
  height: LABEL.height,
  labelpos: 'c' as const,
})

const corner = ({ x = 0, y = 0, width, height }: NodeLabel): Point => ({ x: Math.round(x - width / 2), y: Math.round(y - height / 2) })

function placed({ points = [], x, y, width = 0 }: EdgeLabel, letters: number): PlacedEdge {
  return { points, label: letters === 0 || x === undefined || y === undefined ? null : { x, y, width } }
}
