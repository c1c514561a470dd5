import { Check, Copy } from 'lucide-react'
import { useEffect, useRef, useState, type RefObject } from 'react'
import { useT } from '../i18n/use-t.ts'
import { Button } from './button.tsx'

type CopyButtonProps = {
  value: string
  /** Where it is shown: selected where there is no clipboard, so that the keyboard can copy it. */
  shown: RefObject<HTMLElement | null>
  testId: string
  /** For what is there to be copied. */
  autoFocus?: boolean
}

export function CopyButton({ value, shown, testId, autoFocus = false }: CopyButtonProps) {
  const t = useT()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value)
      setCopied(true)
    } catch {
      // There is none on plain-HTTP addresses.
      if (shown.current !== null) window.getSelection()?.selectAllChildren(shown.current)
    }
  }

  return (
    <Button onClick={() => void copy()} autoFocus={autoFocus} className="self-start" data-testid={`${testId}-copy`}>
      {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
      <span aria-live="polite">{copied ? t('common.copied') : t('common.copy')}</span>
    </Button>
  )
}

type CopyFieldProps = { value: string; label: string; testId: string; autoFocus?: boolean }

/** A value that people carry elsewhere: shown whole, selectable, with a button that copies it. */
export function CopyField({ value, label, testId, autoFocus = false }: CopyFieldProps) {
  const text = useRef<HTMLElement>(null)
  return (
    <div className="space-y-1.5">
      <p className="text-sm font-medium">{label}</p>
      <div className="flex flex-col items-stretch gap-2 sm:flex-row">
        <code
          ref={text}
          data-testid={testId}
          className="min-w-0 flex-1 rounded-control bg-sunken px-3 py-2.5 font-mono text-sm break-all select-all"
        >
          {value}
        </code>
        <CopyButton value={value} shown={text} testId={testId} autoFocus={autoFocus} />
      </div>
    </div>
  )
}
