import type { Flow, FlowIssue, FlowNode } from '@zaptria/contract'
import { compileRegex } from './regex/regex.ts'
import { MAX_NODES_PER_STEP } from './step.ts'
import { unknownVariables } from './variables.ts'

export type Edge = { path: string; to: string }

export type Checked = Pick<Flow, 'trigger' | 'start' | 'nodes'> & {
  /** Edges of nodes that cannot be read as a whole. */
  written?: Edge[]
}

/** The mistakes that a schema cannot see. At most `MAX_NODES` nodes. */
export function check(flow: Checked): { issues: FlowIssue[]; warnings: FlowIssue[] } {
  const nodes = new Map(Object.entries(flow.nodes))
  const edges = new Map([...nodes].map(([id, node]) => [id, edgesOf(node).map((edge) => ({ ...edge, path: `nodes.${id}.${edge.path}` }))]))
  const issues = [
    ...dangling(nodes, [{ path: 'start', to: flow.start }, ...[...edges.values()].flat(), ...(flow.written ?? [])]),
    ...badPatterns(flow, nodes),
    ...reservedNames(nodes),
    ...timeoutsWithoutTime(nodes),
  ]
  const walk = issues.length === 0 ? longWalks(nodes, edges) : []
  return { issues: [...issues, ...walk], warnings: [...unreachable(flow, edges), ...unknownVariables(nodes)] }
}

function edgesOf(node: FlowNode): Edge[] {
  const edge = (path: string, to: string | undefined): Edge[] => (to === undefined ? [] : [{ path, to }])
  switch (node.type) {
    case 'text':
    case 'set':
      return edge('next', node.next)
    case 'ask':
      return [...edge('next', node.next), ...edge('on_timeout', node.on_timeout)]
    case 'menu':
      return [
        ...node.options.flatMap((option, i) => edge(`options.${i}.next`, option.next)),
        ...edge('on_invalid', node.on_invalid),
        ...edge('on_timeout', node.on_timeout),
      ]
    case 'wait':
      return [...edge('next', node.next), ...edge('on_answer', node.on_answer)]
    case 'condition':
      return [...node.cases.flatMap((branch, i) => edge(`cases.${i}.next`, branch.next)), ...edge('otherwise', node.otherwise)]
    case 'handover':
    case 'end':
      return []
    default:
      return node satisfies never
  }
}

function dangling(nodes: ReadonlyMap<string, FlowNode>, edges: Edge[]): FlowIssue[] {
  return edges.filter((edge) => !nodes.has(edge.to)).map((edge) => ({ path: edge.path, message: `there is no node "${edge.to}"` }))
}

function badPatterns(flow: Checked, nodes: ReadonlyMap<string, FlowNode>): FlowIssue[] {
  const patterns: { path: string; source: string }[] = []
  if (flow.trigger.type === 'keyword' && flow.trigger.operator === 'regex') {
    patterns.push(...flow.trigger.values.map((source, i) => ({ path: `trigger.values.${i}`, source })))
  }
  for (const [id, node] of nodes) {
    if (node.type !== 'condition') continue
    node.cases.forEach((branch, i) => {
      if (branch.operator === 'regex') patterns.push({ path: `nodes.${id}.cases.${i}.value`, source: branch.value })
    })
  }
  return patterns.flatMap(({ path, source }) => {
    const compiled = compileRegex(source)
    return compiled.ok ? [] : [{ path, message: compiled.message }]
  })
}

/** `phone` and `push_name` are what WhatsApp says; a flow that wrote them would read back something else than it wrote. */
function reservedNames(nodes: ReadonlyMap<string, FlowNode>): FlowIssue[] {
  return [...nodes].flatMap(([id, node]) => {
    const [field, name] = node.type === 'ask' ? ['save_as', node.save_as] : node.type === 'set' ? ['variable', node.variable] : ['', '']
    return name === 'phone' || name === 'push_name' ? [{ path: `nodes.${id}.${field}`, message: `"${name}" cannot be changed` }] : []
  })
}

function timeoutsWithoutTime(nodes: ReadonlyMap<string, FlowNode>): FlowIssue[] {
  return [...nodes].flatMap(([id, node]) =>
    (node.type === 'ask' || node.type === 'menu') && node.on_timeout !== undefined && node.timeout_minutes === undefined
      ? [{ path: `nodes.${id}.on_timeout`, message: '"on_timeout" needs "timeout_minutes"' }]
      : [],
  )
}

/** Where a step ends: the next one begins with an answer, or when its time has come. */
const waits = (node: FlowNode): boolean => node.type === 'menu' || node.type === 'ask' || node.type === 'wait'

/**
 * What one step cannot walk: circles of nodes that never wait, and chains longer than a step may be.
 * A chain is counted from its first node to the one that waits or ends, both included. Expects no dangling edge.
 */
function longWalks(nodes: ReadonlyMap<string, FlowNode>, edges: ReadonlyMap<string, Edge[]>): FlowIssue[] {
  const length = new Map<string, number>()
  const onPath = new Set<string>()
  const issues: FlowIssue[] = []
  // Depth is at most the number of nodes (500): recursion is safe.
  const visit = (id: string): number => {
    const known = length.get(id)
    if (known !== undefined) return known
    const node = nodes.get(id)
    let longest = 0
    if (node !== undefined && !waits(node)) {
      onPath.add(id)
      for (const edge of edges.get(id) ?? []) {
        if (onPath.has(edge.to)) issues.push({ path: edge.path, message: `a circle back to "${edge.to}" that never waits for an answer` })
        else longest = Math.max(longest, visit(edge.to))
      }
      onPath.delete(id)
    }
    length.set(id, longest + 1)
    if (longest === MAX_NODES_PER_STEP) {
      issues.push({ path: `nodes.${id}`, message: `more than ${MAX_NODES_PER_STEP} nodes follow here without waiting for an answer` })
    }
    return longest + 1
  }
  for (const id of nodes.keys()) visit(id)
  return issues
}

function unreachable(flow: Checked, edges: ReadonlyMap<string, Edge[]>): FlowIssue[] {
  const seen = new Set<string>()
  const todo = [flow.start]
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (seen.has(id)) continue
    seen.add(id)
    todo.push(...(edges.get(id) ?? []).map((edge) => edge.to))
  }
  return [...edges.keys()].filter((id) => !seen.has(id)).map((id) => ({ path: `nodes.${id}`, message: 'nothing leads here' }))
}
