import type { EditorState } from '@codemirror/state'
import type { SyntaxNode } from '@lezer/common'
import { enclosing, keyOf, wholeTree } from './json-tree.ts'

/**
 * Where the caret stands in a JSON text: writing a key of `container`, or a value in it (of `key`, or an array's item).
 * `from` to `to` is what is written there, without its quotes.
 */
export type Place = { kind: 'key' | 'value'; container: SyntaxNode; key: string | null; from: number; to: number }

const WORD = /[\w-]*$/

/** Null where neither a key nor a value can be written. Also in the midst of a text that is not (yet) JSON. */
export function placeAt(state: EditorState, pos: number): Place | null {
  const token = wholeTree(state).resolveInner(pos, -1)
  const inside = pos > token.from && pos < token.to
  if (token.name === 'PropertyName' && inside) {
    const container = enclosing(token, ['Object'])
    return container && { kind: 'key', container, key: null, from: token.from + 1, to: token.to - 1 }
  }
  if (token.name === 'String' && inside) return valuePlace(state, token.parent, token.from + 1, token.to - 1)

  // Not in a whole string: what stands before the word says what comes here.
  const line = state.sliceDoc(0, pos)
  const from = pos - (WORD.exec(line)?.[0].length ?? 0)
  const before = line.slice(0, from).replace(/"$/, '').trimEnd()
  const at = before.length
  const around = wholeTree(state).resolveInner(at, -1)
  switch (before.at(-1)) {
    case '{': {
      const container = enclosing(around, ['Object'])
      return container && { kind: 'key', container, key: null, from, to: pos }
    }
    case ':':
      return valuePlace(state, enclosing(around, ['Property']), from, pos)
    case '[':
      return valuePlace(state, enclosing(around, ['Array']), from, pos)
    case ',': {
      const container = enclosing(around, ['Object', 'Array'])
      if (container?.name === 'Array') return valuePlace(state, container, from, pos)
      return container && { kind: 'key', container, key: null, from, to: pos }
    }
    default:
      return null
  }
}

function valuePlace(state: EditorState, around: SyntaxNode | null, from: number, to: number): Place | null {
  if (around?.name === 'Array') return { kind: 'value', container: around, key: null, from, to }
  const container = around?.name === 'Property' ? enclosing(around, ['Object']) : null
  return around === null || container === null ? null : { kind: 'value', container, key: keyOf(state, around), from, to }
}
