import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language'
import { lintGutter, nextDiagnostic, previousDiagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'
import type { Translate } from '../../../i18n/use-t.ts'
import { completeFlow } from './complete.ts'
import { fieldHover } from './hover.ts'
import { phrases } from './phrases.ts'
import { theme } from './theme.ts'

/** For so long after Escape, Tab goes on to what follows on the page. CodeMirror's own rule forgets it where Escape also undid a selection. */
const LEAVE_MS = 2000

function letTabLeave(view: EditorView): boolean {
  view.setTabFocusMode(LEAVE_MS)
  return false
}

/**
 * The editor's abilities. Tab indents; Escape and then Tab leaves, as the hint says, so that nobody who goes by keyboard is
 * caught.
 */
export const extensions = (t: Translate): Extension => [
  lineNumbers(),
  foldGutter(),
  lintGutter(),
  highlightSpecialChars(),
  history(),
  drawSelection(),
  indentOnInput(),
  indentUnit.of('  '),
  EditorState.tabSize.of(2),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  highlightSelectionMatches(),
  search({ top: true }),
  [EditorView.lineWrapping, json()],
  autocompletion({ override: [completeFlow(t)], icons: false }),
  fieldHover(t),
  keymap.of([
    { key: 'Tab', run: acceptCompletion },
    { key: 'Escape', run: letTabLeave },
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    { key: 'F8', run: nextDiagnostic },
    { key: 'Shift-F8', run: previousDiagnostic },
    indentWithTab,
  ]),
  phrases(t),
  theme,
]
