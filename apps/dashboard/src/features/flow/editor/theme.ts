import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Our own tokens, so that light and dark follow the page. Strings are what people write: they stay plain ink. */
const colours = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--accent)' },
  { tag: tags.string, color: 'var(--ink)' },
  { tag: tags.number, color: 'var(--warn)' },
  { tag: [tags.bool, tags.null], color: 'var(--info)' },
  { tag: [tags.separator, tags.squareBracket, tags.brace, tags.punctuation], color: 'var(--ink-soft)' },
])

const soft = (token: string, percent: number): string => `color-mix(in srgb, var(--${token}) ${percent}%, transparent)`
const wavy = (token: string) => ({ backgroundImage: 'none', textDecoration: `underline wavy var(--${token})`, textUnderlineOffset: '3px' })

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: 'inherit' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--font-mono)', lineHeight: '1.55', overscrollBehaviorX: 'contain' },
  '.cm-content': { padding: '0.5rem 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 0.75rem 0 0.5rem' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: soft('info', 26),
  },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--ink-soft)', borderRight: '1px solid var(--line)' },
  '.cm-activeLine': { backgroundColor: soft('accent', 6) },
  '.cm-activeLineGutter': { backgroundColor: soft('accent', 12), color: 'var(--ink)' },
  '.cm-foldGutter .cm-gutterElement': { color: 'var(--ink-soft)', cursor: 'pointer', padding: '0 0.15rem' },
  '.cm-foldPlaceholder': {
    backgroundColor: 'var(--sunken)',
    border: '1px solid var(--line-strong)',
    color: 'var(--ink-soft)',
    padding: '0 0.4em',
    borderRadius: '0.3rem',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: soft('accent', 22), outline: `1px solid ${soft('accent', 60)}` },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: soft('bad', 22) },
  '.cm-searchMatch': { backgroundColor: soft('warn', 30) },
  '.cm-searchMatch-selected': { backgroundColor: soft('warn', 55) },
  '.cm-selectionMatch': { backgroundColor: soft('accent', 16) },
  '.cm-lintRange-error': wavy('bad'),
  '.cm-lintRange-warning': wavy('warn'),
  '.cm-tooltip': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line)',
    borderRadius: 'var(--radius-control)',
    boxShadow: '0 8px 24px rgb(0 0 0 / 0.16)',
    overflow: 'hidden',
  },
  '.cm-diagnostic, .cm-field-help': { padding: '0.4rem 0.65rem', maxWidth: '24rem', fontFamily: 'var(--font-sans)', fontSize: '0.8125rem' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--warn)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--font-mono)', maxHeight: '15rem' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '0.3rem 0.6rem', lineHeight: '1.3' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-completionDetail': { color: 'var(--ink-soft)', fontStyle: 'normal', fontFamily: 'var(--font-sans)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-tooltip.cm-completionInfo': {
    padding: '0.5rem 0.65rem',
    maxWidth: '18rem',
    fontFamily: 'var(--font-sans)',
    fontSize: '0.8125rem',
    whiteSpace: 'pre-wrap',
  },
  // On a phone it would lie upon the list.
  '@media (max-width: 40rem)': { '.cm-tooltip.cm-completionInfo': { display: 'none' } },
  '.cm-panels': { backgroundColor: 'var(--sunken)', color: 'var(--ink)', fontFamily: 'var(--font-sans)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panel.cm-search, .cm-panel.cm-gotoLine': { padding: '0.5rem 2rem 0.5rem 0.6rem', fontSize: '0.8125rem' },
  '.cm-panel.cm-search label': { fontSize: 'inherit' },
  '.cm-panel .cm-textfield': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: '0.4rem',
    padding: '0.25rem 0.5rem',
    fontSize: 'inherit',
  },
  '.cm-panel .cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--line-strong)',
    borderRadius: '0.4rem',
    padding: '0.25rem 0.6rem',
    fontSize: 'inherit',
  },
  '.cm-panel.cm-search [name=close], .cm-panel.cm-gotoLine [name=close]': {
    color: 'var(--ink-soft)',
    width: '1.75rem',
    height: '1.75rem',
    fontSize: '1.1rem',
  },
})

export const theme: Extension = [look, syntaxHighlighting(colours)]
