import { EditorState, type Extension } from '@codemirror/state'
import type { MessageId } from '../../../i18n/messages.ts'
import type { Translate } from '../../../i18n/use-t.ts'

/** CodeMirror's own words, and ours for them. What is not here is never shown to people by what we switched on. */
const PHRASES: readonly [theirs: string, ours: MessageId][] = [
  ['Find', 'flow.editor.find'],
  ['Replace', 'flow.editor.replace-by'],
  ['next', 'flow.editor.find.next'],
  ['previous', 'flow.editor.find.previous'],
  ['all', 'flow.editor.find.all'],
  ['match case', 'flow.editor.find.case'],
  ['regexp', 'flow.editor.find.regexp'],
  ['by word', 'flow.editor.find.word'],
  ['replace', 'flow.editor.replace'],
  ['replace all', 'flow.editor.replace.all'],
  ['close', 'flow.editor.find.close'],
  ['current match', 'flow.editor.find.current'],
  ['on line', 'flow.editor.find.line'],
  ['replaced match on line $', 'flow.editor.replaced'],
  ['replaced $ matches', 'flow.editor.replaced.all'],
  ['Go to line', 'flow.editor.line'],
  ['go', 'flow.editor.line.go'],
  ['Completions', 'flow.editor.completions'],
  ['Fold line', 'flow.editor.fold'],
  ['Unfold line', 'flow.editor.unfold'],
  ['folded code', 'flow.editor.folded'],
  ['unfold', 'flow.editor.unfold.verb'],
  ['Folded lines', 'flow.editor.folded.lines'],
  ['Unfolded lines', 'flow.editor.unfolded.lines'],
  ['to', 'flow.editor.lines.to'],
]

/** `$` stands for CodeMirror's number: it is no value of ours. */
export const phrases = (t: Translate): Extension =>
  EditorState.phrases.of(Object.fromEntries(PHRASES.map(([theirs, ours]) => [theirs, t(ours)])))
