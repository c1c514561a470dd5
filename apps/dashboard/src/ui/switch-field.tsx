import { Switch } from 'radix-ui'
import { useId, type ReactNode } from 'react'

type SwitchFieldProps = {
  label: ReactNode
  hint?: ReactNode
  checked: boolean
  onChange: (checked: boolean) => void
  disabled?: boolean
  testId?: string
}

export function SwitchField({ label, hint, checked, onChange, disabled = false, testId }: SwitchFieldProps) {
  const id = useId()
  return (
    <div className="flex items-start justify-between gap-4">
      <div>
        <label htmlFor={id} className="text-sm font-medium">
          {label}
        </label>
        {hint !== undefined && (
          <p id={`${id}-hint`} className="text-sm wrap-anywhere text-ink-soft">
            {hint}
          </p>
        )}
      </div>
      <Switch.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled}
        data-testid={testId}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        className="relative h-6 w-11 shrink-0 rounded-full border border-transparent bg-line-strong transition-colors disabled:opacity-60 data-[state=checked]:bg-accent"
      >
        <Switch.Thumb className="block size-4.5 translate-x-0.5 rounded-full bg-surface transition-transform data-[state=checked]:translate-x-5.5" />
      </Switch.Root>
    </div>
  )
}
