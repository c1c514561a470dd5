import { GIVEN_VARIABLES } from '@zaptria/core'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { memberOf, membersOf, nodesObject, stringOf, wholeTree } from './json-tree.ts'
import { branches, namesNode, namesVariable, schemasInside, type Schema } from './schema.ts'

export type KnownNode = { name: string; type: string; text: string }

/** The flow's nodes, as far as they can be read, in the text's order. */
export function knownNodes(state: EditorState): KnownNode[] {
  return membersOf(state, nodesObject(state)).map(({ key, value }) => ({
    name: key,
    type: stringOf(state, memberOf(state, value, 'type')) ?? '',
    text: stringOf(state, memberOf(state, value, 'text')) ?? '',
  }))
}

/** Every variable that some node writes, and those that are given. */
export function knownVariables(state: EditorState): string[] {
  return [...new Set<string>([...GIVEN_VARIABLES, ...stringsOf(state, namesVariable)])].filter((name) => name !== '')
}

/** Nodes that are led to but are not there (yet). */
export function danglingNames(state: EditorState): string[] {
  const there = new Set(knownNodes(state).map(({ name }) => name))
  return [...new Set(stringsOf(state, namesNode))].filter((name) => name !== '' && !there.has(name))
}

/** All strings of the flow whose schema is of the wanted kind. */
function stringsOf(state: EditorState, wanted: (schema: Schema) => boolean): string[] {
  const found: string[] = []
  const look = (container: SyntaxNode): void => {
    const members =
      container.name === 'Array'
        ? children(container).map((value) => ({ key: null, value }))
        : membersOf(state, container).map(({ key, value }) => ({ key, value }))
    for (const { key, value } of members) {
      if (value === null) continue
      if (value.name === 'Object' || value.name === 'Array') look(value)
      else if (value.name === 'String' && schemasInside(state, container, key).flatMap(branches).some(wanted))
        found.push(stringOf(state, value) ?? '')
    }
  }
  const root = wholeTree(state).topNode.getChild('Object')
  if (root !== null) look(root)
  return found
}

function children(node: SyntaxNode): SyntaxNode[] {
  const all: SyntaxNode[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) all.push(child)
  return all
}
