import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

export type ChoiceOption<T extends string> = {
  value: T
  text: ReactNode
  icon?: LucideIcon
  /** Where the text is not in the page's language. */
  lang?: string
  testId?: string
}

type ChoiceProps<T extends string> = {
  /** Names the group for screen readers. */
  label: string
  options: readonly ChoiceOption<T>[]
  value: T
  onChange: (value: T) => void
  className?: string
}

/** One of a few, side by side, taken at once. */
export function Choice<T extends string>({ label, options, value, onChange, className }: ChoiceProps<T>) {
  return (
    <div role="group" aria-label={label} className={cn('inline-flex flex-wrap rounded-control border bg-surface p-0.5', className)}>
      {options.map(({ value: each, text, icon: Icon, lang, testId }) => (
        <button
          key={each}
          type="button"
          lang={lang}
          aria-pressed={value === each}
          data-testid={testId}
          onClick={() => onChange(each)}
          className={cn(
            'inline-flex min-h-8 items-center gap-1.5 rounded-lg px-3 text-sm transition-colors',
            value === each ? 'bg-accent-soft font-medium text-on-accent-soft' : 'text-ink-soft hover:text-ink',
          )}
        >
          {Icon !== undefined && <Icon className="size-4" aria-hidden />}
          {text}
        </button>
      ))}
    </div>
  )
}
