import type { Translate } from '../../../i18n/use-t.ts'
import { kindName } from '../kind.ts'
import type { FlowGraph, GraphEdge, GraphNode } from './graph.ts'

/** A way on, in words: "1. Horários → horarios". */
export const describeEdge = ({ label, to }: GraphEdge): string => (label === '' ? `→ ${to}` : `${label} → ${to}`)

/** All that the drawing shows of a node, in one sentence for whoever does not see it. */
export function describeNode(node: GraphNode, edges: FlowGraph['edges'], { t, start }: { t: Translate; start: boolean }): string {
  const ways = edges.filter(({ from }) => from === node.id).map(describeEdge)
  return [
    `${node.id}, ${node.missing ? t('flow.picture.missing') : kindName(node.type, t)}`,
    ...(start ? [t('flow.picture.starts')] : []),
    ...(node.unreachable ? [t('flow.issue.unreachable')] : []),
    ...node.problems,
    ...(node.excerpt === '' ? [] : [node.excerpt]),
    ...ways,
  ].join('. ')
}
