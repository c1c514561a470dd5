import { useRef, type Ref } from 'react'

type CodeAreaProps = { ref: Ref<HTMLTextAreaElement>; label: string; value: string; onChange: (value: string) => void; testId: string }

/** A plain text field for code, with line numbers that scroll along. Tab leaves it, as everywhere. */
export function CodeArea({ ref, label, value, onChange, testId }: CodeAreaProps) {
  const gutter = useRef<HTMLPreElement>(null)
  const lines = value.split('\n').length
  return (
    <div className="flex h-[28rem] max-h-[65dvh] overflow-hidden rounded-control border border-line-strong font-mono text-[13px] leading-5 focus-within:outline-2 focus-within:outline-ring">
      <pre ref={gutter} aria-hidden className="shrink-0 overflow-hidden border-r bg-sunken px-2 py-2 text-right text-ink-soft select-none">
        {Array.from({ length: lines }, (_, index) => index + 1).join('\n')}
      </pre>
      <textarea
        ref={ref}
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop
        }}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        wrap="off"
        data-testid={testId}
        className="min-w-0 flex-1 resize-none overflow-auto bg-surface px-3 py-2 whitespace-pre outline-none"
      />
    </div>
  )
}
