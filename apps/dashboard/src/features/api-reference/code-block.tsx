import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'

/** Code to read, and to carry away at a click. */
export function CodeBlock({ code, label, className }: { code: string; label: string; className?: string }) {
  return (
    <div className={cn('flex items-start gap-2 rounded-control bg-sunken', className)}>
      {/* It scrolls, so that the keyboard must reach it. */}
      <pre
        tabIndex={0}
        aria-label={label}
        role="group"
        className="max-h-96 min-w-0 flex-1 overflow-y-auto rounded-control p-4 pr-0 font-mono [overflow-wrap:anywhere] whitespace-pre-wrap text-[0.8125rem] leading-relaxed"
      >
        <code>{code}</code>
      </pre>
      <CopyButton text={code} label={label} />
    </div>
  )
}

function CopyButton({ text, label }: { text: string; label: string }) {
  const t = useT()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      aria-label={t('reference.copy', { what: label })}
      title={copied ? t('common.copied') : t('common.copy')}
      data-testid="reference-copy"
      className="m-2 inline-flex size-8 shrink-0 items-center justify-center rounded-lg border bg-surface text-ink-soft hover:text-ink"
      onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
    >
      {copied ? <Check className="size-4 text-ok" aria-hidden /> : <Copy className="size-4" aria-hidden />}
      <span className="sr-only" aria-live="polite">
        {copied ? t('common.copied') : ''}
      </span>
    </button>
  )
}
