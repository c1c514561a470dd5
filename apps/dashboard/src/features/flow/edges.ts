/** One way on from a node, as it is written; `at` counts options and cases from 1. */
export type Edge =
  | { kind: 'next' | 'otherwise' | 'on_invalid' | 'on_timeout' | 'on_answer'; to: string }
  | { kind: 'option'; to: string; at: number; label: string }
  | { kind: 'case'; to: string; at: number; operator: string; value: string }

export const recordOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}

export const wordsOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A node's place in the document, as issues name it. */
export const nodePath = (node: string): string => ['nodes', node].join('.')

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** Whatever leads on from a node, in the order in which it is tried. Reads what is half written too: a picture must not jump with each key. */
export function edgesOf(node: unknown): Edge[] {
  const fields = recordOf(node)
  const options = listOf(fields['options']).map((option, index): Edge => {
    const { label, next } = recordOf(option)
    return { kind: 'option', to: wordsOf(next), at: index + 1, label: wordsOf(label) }
  })
  const cases = listOf(fields['cases']).map((branch, index): Edge => {
    const { operator, value, next } = recordOf(branch)
    return { kind: 'case', to: wordsOf(next), at: index + 1, operator: wordsOf(operator), value: wordsOf(value) }
  })
  const plain = (['next', 'on_answer', 'otherwise', 'on_invalid', 'on_timeout'] as const).map((kind): Edge => ({
    kind,
    to: wordsOf(fields[kind]),
  }))
  return [...options, ...cases, ...plain].filter(({ to }) => to !== '')
}

/** Names of nodes as people meet them: by the way from the start, the shortest first; then what nothing leads to. */
export function walkOrder(start: string, nodes: ReadonlyMap<string, unknown>): { order: string[]; reached: ReadonlySet<string> } {
  const reached = new Set<string>()
  const todo = [start]
  for (let id = todo.shift(); id !== undefined; id = todo.shift()) {
    if (reached.has(id) || !nodes.has(id)) continue
    reached.add(id)
    todo.push(...edgesOf(nodes.get(id)).map(({ to }) => to))
  }
  return { order: [...reached, ...[...nodes.keys()].filter((id) => !reached.has(id))], reached }
}
