import type { Diagnostic } from '@codemirror/lint'
import type { EditorState } from '@codemirror/state'
import type { PlacedIssue } from '../check-flow.ts'
import { enclosing, wholeTree } from './json-tree.ts'

/** Mistakes and remarks as marks in the text. */
export function marksOf(state: EditorState, issues: readonly PlacedIssue[], warnings: readonly PlacedIssue[]): Diagnostic[] {
  const mark =
    (severity: 'error' | 'warning') =>
    (issue: PlacedIssue): Diagnostic => ({ ...rangeAt(state, issue.offset), severity, message: issue.text })
  return [...issues.map(mark('error')), ...warnings.map(mark('warning'))]
}

/** What is wrong, as short as it can be said: a value, or the name of an object or array that goes over many lines. */
function rangeAt(state: EditorState, offset: number): { from: number; to: number } {
  const { length } = state.doc
  const node = wholeTree(state).resolveInner(Math.min(offset, length), 1)
  const container = enclosing(node, ['Object', 'Array'])
  if (container?.from === offset) {
    const name = container.parent?.getChild('PropertyName')
    return name === null || name === undefined ? { from: offset, to: Math.min(offset + 1, length) } : { from: name.from, to: name.to }
  }
  if (node.from === offset && node.to > offset && node.firstChild === null) return { from: node.from, to: node.to }
  // Where the text stops being JSON: one character, the last one at the end.
  const from = Math.max(0, Math.min(offset, length - 1))
  return { from, to: Math.min(from + 1, length) }
}
