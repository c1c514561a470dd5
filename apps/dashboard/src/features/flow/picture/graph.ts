import { FlowTrigger } from '@zaptria/contract'
import type { Language } from '../../../i18n/language.ts'
import type { Translate } from '../../../i18n/use-t.ts'
import type { PlacedIssue } from '../check-flow.ts'
import { edgeLabel, matchWords, spanOf } from '../edge-label.ts'
import { edgesOf, nodePath, recordOf, walkOrder, wordsOf } from '../edges.ts'

export type GraphNode = {
  id: string
  /** The node's type as written; '' for a node that is led to but not there. */
  type: string
  excerpt: string
  missing: boolean
  unreachable: boolean
  /** What is wrong with it, in words. */
  problems: string[]
}
/** `usual` edges are the dialogue as it is meant; the others are for silence, wrong answers, anything else. */
export type GraphEdge = { id: string; from: string; to: string; label: string; usual: boolean }
export type FlowGraph = { start: string; trigger: string; nodes: GraphNode[]; edges: GraphEdge[] }

type Told = { t: Translate; language: Language; issues: readonly PlacedIssue[] }

/** The flow as nodes and edges, as far as it can be read; null where it cannot at all. */
export function readGraph(json: unknown, told: Told): FlowGraph | null {
  const flow = recordOf(json)
  const nodes = new Map(Object.entries(recordOf(flow['nodes'])))
  if (nodes.size === 0) return null
  const start = wordsOf(flow['start'])
  const { order, reached } = walkOrder(start, nodes)
  const edges = order.flatMap((id) => {
    const node = recordOf(nodes.get(id))
    return edgesOf(node).map((edge, at): GraphEdge => {
      const usual = edge.kind === 'next' || edge.kind === 'option' || edge.kind === 'case'
      return { id: `${id}:${at}`, from: id, to: edge.to, label: edgeLabel(edge, node, told), usual }
    })
  })
  const missing = [...new Set([start, ...edges.map(({ to }) => to)])].filter((id) => id !== '' && !nodes.has(id))
  return {
    start,
    trigger: triggerWords(flow['trigger'], told.t),
    nodes: [
      ...order.map((id): GraphNode => {
        const node = recordOf(nodes.get(id))
        const place = nodePath(id)
        const problems = told.issues.filter(({ path }) => path === place || path.startsWith(`${place}.`)).map(({ text }) => text)
        return {
          id,
          type: wordsOf(node['type']),
          excerpt: excerptOf(node, told),
          missing: false,
          unreachable: nodes.has(start) && !reached.has(id),
          problems,
        }
      }),
      ...missing.map((id): GraphNode => {
        const problems = [told.t('flow.issue.dangling', { what: id })]
        return { id, type: '', excerpt: '', missing: true, unreachable: false, problems }
      }),
    ],
    edges,
  }
}

function excerptOf(node: Record<string, unknown>, { t, language }: Told): string {
  switch (node['type']) {
    case 'condition':
      return t('flow.picture.condition', { variable: wordsOf(node['variable']) || 'answer' })
    case 'set':
      return `${wordsOf(node['variable'])} = ${wordsOf(node['value'])}`
    case 'wait':
      return spanOf(node['minutes'], language)
    default:
      return wordsOf(node['text'])
  }
}

/** What makes the flow begin. */
function triggerWords(trigger: unknown, t: Translate): string {
  const parsed = FlowTrigger.safeParse(trigger)
  if (!parsed.success) return ''
  if (parsed.data.type === 'any') return t('flow.picture.any')
  return matchWords(parsed.data.operator, parsed.data.values.join(' · '), t)
}
