import { Flow, FlowNode, FlowTrigger, MAX_NODES, NodeId } from '@zaptria/contract'
import type { FlowIssue } from '@zaptria/contract'
import { check } from './check.ts'
import type { Checked, Edge } from './check.ts'

/** `warnings` do not stop a flow from being published: unreachable nodes, variables that nothing gives a value. */
export type ParsedFlow = { ok: true; flow: Flow; warnings: FlowIssue[] } | { ok: false; issues: FlowIssue[] }

/**
 * Reads a flow document. Never throws; every issue names its place as a JSON path (`nodes.menu.options.0.next`), '' for the whole.
 * `words` are zod's own, for another language than English.
 */
export function parseFlow(json: unknown, words?: Parameters<typeof Flow.safeParse>[1]): ParsedFlow {
  const parsed = Flow.safeParse(json, words)
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => {
      // A bad name of a node is told inside "invalid key".
      const { message } = (issue.code === 'invalid_key' ? issue.issues[0] : undefined) ?? issue
      return { path: issue.path.join('.'), message }
    })
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
  const few = written.length > MAX_NODES ? [] : written
  const nodes = few.map(([id, node]) => [id, FlowNode.safeParse(node).data ?? null] as const)
  const start = NodeId.safeParse(first).data ?? nodes[0]?.[0] ?? 'start'
  return {
    trigger: FlowTrigger.safeParse(trigger).data ?? { type: 'any' },
    start,
    nodes: nodes.length === 0 ? { [start]: UNREADABLE } : Object.fromEntries(nodes.map(([id, node]) => [id, node ?? UNREADABLE])),
    written: few.flatMap(([id, node], at) => (nodes[at]?.[1] === null ? waysOf(id, recordOf(node)) : [])),
  }
}

/** Where a node leads whose type is known, whatever else is wrong with it. */
function waysOf(id: string, node: Record<string, unknown>): Edge[] {
  const fields: object = FlowNode.options.find(({ shape }) => shape.type.value === node['type'])?.shape ?? {}
  const ways = Object.keys(fields).flatMap((field): [path: string, to: unknown][] => {
    const value = node[field]
    if (field === 'options' || field === 'cases')
      return Array.isArray(value) ? value.map((item, at) => [`${field}.${at}.next`, recordOf(item)['next']]) : []
    return field === 'next' || field === 'otherwise' || field.startsWith('on_') ? [[field, value]] : []
  })
  return ways.flatMap(([path, to]) => {
    const named = NodeId.safeParse(to).data
    return named === undefined ? [] : [{ path: `nodes.${id}.${path}`, to: named }]
  })
}
