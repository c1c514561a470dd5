import type { Translate } from '../../../i18n/use-t.ts'
import type { GraphEdge, GraphNode } from './graph.ts'

/** A way on, in words: "1. Horários → horarios". */
export const describeEdge = ({ label, to }: GraphEdge): string => (label === '' ? `→ ${to}` : `${label} → ${to}`)

/** What the drawing shows of a node beside its card's own words: marks, and where it leads. For whoever does not see it. */
export const describeNode = (node: GraphNode, ways: readonly GraphEdge[], { t, start }: { t: Translate; start: boolean }): string =>
  [...(start ? [t('flow.picture.starts')] : []), ...node.problems, ...ways.map(describeEdge)].join('. ')
