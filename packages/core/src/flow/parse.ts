import { Flow, FlowNode, FlowTrigger, MAX_NODES, NodeId } from '@zaptria/contract'
import type { FlowIssue } from '@zaptria/contract'
import { check } from './check.ts'
import type { Checked } from './check.ts'

/** `warnings` do not stop a flow from being published: unreachable nodes. */
export type ParsedFlow = { ok: true; flow: Flow; warnings: FlowIssue[] } | { ok: false; issues: FlowIssue[] }

/** Reads a flow document. Never throws; every issue names its place as a JSON path (`nodes.menu.options.0.next`), '' for the whole. */
export function parseFlow(json: unknown): ParsedFlow {
  const parsed = Flow.safeParse(json)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }))
    return { ok: false, issues: [...issues, ...check(readable(json)).issues] }
  }
  const { issues, warnings } = check(parsed.data)
  return issues.length === 0 ? { ok: true, flow: parsed.data, warnings } : { ok: false, issues }
}

const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

/** In place of what cannot be read: it is there, and leads nowhere. */
const UNREADABLE = { type: 'end' } as const

/** What can be read of a document with mistakes, so that those which a schema cannot see are told in the same answer. */
function readable(json: unknown): Checked {
  const { nodes: all, trigger, start: first } = recordOf(json)
  const written = Object.entries(recordOf(all))
  const nodes = written.length > MAX_NODES ? [] : written.map(([id, node]) => [id, FlowNode.safeParse(node).data ?? UNREADABLE] as const)
  const start = NodeId.safeParse(first).data ?? nodes[0]?.[0] ?? 'start'
  return {
    trigger: FlowTrigger.safeParse(trigger).data ?? { type: 'any' },
    start,
    nodes: nodes.length === 0 ? { [start]: UNREADABLE } : Object.fromEntries(nodes),
  }
}
