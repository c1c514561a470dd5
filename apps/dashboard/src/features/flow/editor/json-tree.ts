import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { SyntaxNode, Tree } from '@lezer/common'

const VALUES = new Set(['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null'])

/** What one may wait for a tree of the whole text. It is parsed in slices, and nearly always there already. */
const PARSE_MS = 100

export const wholeTree = (state: EditorState): Tree => ensureSyntaxTree(state, state.doc.length, PARSE_MS) ?? syntaxTree(state)

/** A string's or a property name's own text; null where it is no whole JSON string. */
export function stringOf(state: EditorState, node: SyntaxNode | null): string | null {
  if (node === null || (node.name !== 'String' && node.name !== 'PropertyName')) return null
  try {
    return JSON.parse(state.sliceDoc(node.from, node.to)) as string
  } catch {
    return null
  }
}

export const keyOf = (state: EditorState, property: SyntaxNode): string | null => stringOf(state, property.getChild('PropertyName'))

export function valueOf(property: SyntaxNode): SyntaxNode | null {
  const last = property.lastChild
  return last !== null && VALUES.has(last.name) ? last : null
}

export type Member = { key: string; property: SyntaxNode; value: SyntaxNode | null }

export function membersOf(state: EditorState, object: SyntaxNode | null): Member[] {
  if (object?.name !== 'Object') return []
  return object.getChildren('Property').flatMap((property) => {
    const key = keyOf(state, property)
    return key === null ? [] : [{ key, property, value: valueOf(property) }]
  })
}

export const memberOf = (state: EditorState, object: SyntaxNode | null, key: string): SyntaxNode | null =>
  membersOf(state, object).find((member) => member.key === key)?.value ?? null

/** A key as it is written, and its value where that is a string. */
export type Written = { key: string; from: number; to: number; text: string | null }

const TOKEN = /"((?:[^"\\\n]|\\.)*)"|[{}[\]]/g
const COLON_AND_TEXT = /\s*:\s*(?:"((?:[^"\\\n]|\\.)*)")?/y

/** The keys of an object by its text alone: where a comma is missing, the tree loses what follows. */
export function writtenIn(state: EditorState, object: SyntaxNode): Written[] {
  const text = state.sliceDoc(object.from)
  const found: Written[] = []
  let depth = 0
  for (const { 0: token, 1: key, index } of text.matchAll(TOKEN)) {
    if (key === undefined) depth += token === '{' || token === '[' ? 1 : -1
    if (depth === 0) break
    if (key === undefined || depth > 1) continue
    COLON_AND_TEXT.lastIndex = index + token.length
    const value = COLON_AND_TEXT.exec(text)
    const from = object.from + index
    if (value !== null) found.push({ key, from, to: from + token.length, text: value[1] ?? null })
  }
  return found
}

/** The object of all nodes of the flow. */
export const nodesObject = (state: EditorState): SyntaxNode | null => memberOf(state, wholeTree(state).topNode.getChild('Object'), 'nodes')

/** The nearest object, array or property that `node` is or stands in. */
export function enclosing(node: SyntaxNode | null, names: readonly string[]): SyntaxNode | null {
  let at = node
  while (at !== null && !names.includes(at.name)) at = at.parent
  return at
}
