import { setDiagnostics } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { useEffect, useEffectEvent, useImperativeHandle, useLayoutEffect, useRef, type Ref } from 'react'
import { useT } from '../../../i18n/use-t.ts'
import type { PlacedIssue } from '../check-flow.ts'
import { extensions } from './extensions.ts'
import { marksOf } from './marks.ts'

/** `show` moves the caret there, into view, and takes the focus. */
export type CodeEditorHandle = { show: (offset: number) => void }

type CodeEditorProps = {
  ref: Ref<CodeEditorHandle>
  label: string
  /** The id of what says how to leave it. */
  describedBy: string
  /** What it begins with. From then on it holds the text itself: another text is another `key`, another language too. */
  value: string
  onChange: (value: string) => void
  /** What is wrong with `text`, which is what was written now or a moment ago. */
  checked: { text: string; issues: readonly PlacedIssue[]; warnings: readonly PlacedIssue[] }
  testId: string
}

/** CodeMirror for JSON, in our colours and words. */
export function CodeEditor({ ref, label, describedBy, value, onChange, checked, testId }: CodeEditorProps) {
  const t = useT()
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  const tell = useEffectEvent((text: string) => onChange(text))
  const create = useEffectEvent((parent: HTMLElement) => {
    const attributes = {
      'aria-label': label,
      'aria-describedby': describedBy,
      'data-testid': testId,
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
    }
    const listen = EditorView.updateListener.of((update) => {
      if (update.docChanged) tell(update.state.doc.toString())
    })
    const state = EditorState.create({ doc: value, extensions: [extensions(t), EditorView.contentAttributes.of(attributes), listen] })
    return new EditorView({ state, parent })
  })

  useLayoutEffect(() => {
    if (host.current === null) return undefined
    const made = create(host.current)
    view.current = made
    return () => {
      view.current = null
      made.destroy()
    }
  }, [])

  useEffect(() => {
    const { current } = view
    // The check lags behind fast typing: the next one is on its way then.
    if (current === null || current.state.doc.toString() !== checked.text) return
    current.dispatch(setDiagnostics(current.state, marksOf(current.state, checked.issues, checked.warnings)))
  }, [checked])

  useImperativeHandle(ref, () => ({
    show(offset) {
      const { current } = view
      if (current === null) return
      const anchor = Math.min(offset, current.state.doc.length)
      current.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) })
      current.focus()
    },
  }))

  return <div ref={host} className="h-full min-h-0 text-base sm:text-[0.8125rem]" />
}
