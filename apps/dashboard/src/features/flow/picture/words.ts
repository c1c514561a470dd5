import type { Translate } from '../../../i18n/use-t.ts'
import type { FlowGraph, GraphEdge, GraphNode } from './graph.ts'

/** A way on, in words: "1. Horários → horarios". */
export const describeEdge = ({ label, to }: GraphEdge): string => (label === '' ? `→ ${to}` : `${label} → ${to}`)

/** What the drawing shows of a node beside its card's own words: marks, and where it leads. For whoever does not see it. */
export function describeNode(node: GraphNode, edges: FlowGraph['edges'], { t, start }: { t: Translate; start: boolean }): string {
  const ways = edges.filter(({ from }) => from === node.id).map(describeEdge)
  return [...(start ? [t('flow.picture.starts')] : []), ...node.problems, ...ways].join('. ')
}
