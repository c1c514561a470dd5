import type { FlowIssue, FlowNode } from '@zaptria/contract'
import { namesIn } from './text.ts'

/** What WhatsApp says of the contact, and what they wrote last: in every flow. */
export const GIVEN_VARIABLES = ['answer', 'phone', 'push_name'] as const

/** Variables that are read and never written: `{{nome}}`, where nothing asks for a `nome`, says nothing at all. */
export function unknownVariables(nodes: ReadonlyMap<string, FlowNode>): FlowIssue[] {
  const known = new Set<string>([...GIVEN_VARIABLES, ...[...nodes.values()].flatMap(written)])
  const said = [...nodes].flatMap(([id, node]) =>
    textsOf(node).flatMap(({ path, text }): FlowIssue[] => {
      const { names, others } = namesIn(text)
      const issue = (message: string): FlowIssue => ({ path: `nodes.${id}.${path}`, message })
      return [
        ...[...new Set(names)].filter((name) => !known.has(name)).map((name) => issue(unknown(name))),
        ...[...new Set(others)].map((other) => issue(`"{{${other}}}" is no variable: it is said as it is written`)),
      ]
    }),
  )
  const compared = [...nodes].flatMap(([id, node]) =>
    node.type === 'condition' && !known.has(node.variable) ? [{ path: `nodes.${id}.variable`, message: unknown(node.variable) }] : [],
  )
  return [...said, ...compared]
}

const unknown = (name: string): string => `nothing gives "${name}" a value: it is empty`

const written = (node: FlowNode): string[] => (node.type === 'ask' ? [node.save_as] : node.type === 'set' ? [node.variable] : [])

function textsOf(node: FlowNode): { path: string; text: string }[] {
  const one = (path: string, text: string | undefined) => (text === undefined ? [] : [{ path, text }])
  switch (node.type) {
    case 'text':
    case 'ask':
    case 'handover':
    case 'end':
      return one('text', node.text)
    case 'menu':
      return [
        ...one('text', node.text),
        ...node.options.flatMap(({ label }, at) => one(`options.${at}.label`, label)),
        ...one('invalid_text', node.invalid_text),
      ]
    case 'set':
      return one('value', node.value)
    case 'condition':
    case 'wait':
      return []
    default:
      return node satisfies never
  }
}
