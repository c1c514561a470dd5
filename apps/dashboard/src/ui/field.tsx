import { useId, type ComponentProps, type ReactNode } from 'react'
import { cn } from './cn.ts'

const CONTROL =
  'w-full rounded-control border border-line-strong bg-surface px-3 text-base text-ink placeholder:text-ink-soft placeholder-shown:text-ellipsis disabled:opacity-60 sm:text-sm aria-invalid:border-bad'

type Frame = { label: ReactNode; hint?: ReactNode; error?: ReactNode; hideLabel?: boolean }

function FieldFrame({ id, label, hint, error, hideLabel, children }: Frame & { id: string; children: ReactNode }) {
  return (
    <div className="min-w-0 space-y-1.5">
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'block text-sm font-medium'}>
        {label}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="text-sm wrap-anywhere text-ink-soft">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="text-sm text-bad" role="alert">
          {error}
        </p>
      )}
    </div>
  )
}

function describedBy(id: string, { hint, error }: Frame): string | undefined {
  return [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean).join(' ') || undefined
}

export function TextField({ label, hint, error, hideLabel = false, className, ...rest }: Frame & ComponentProps<'input'>) {
  const id = useId()
  const frame = { label, hint, error, hideLabel }
  return (
    <FieldFrame id={id} {...frame}>
      <input
        id={id}
        className={cn(CONTROL, 'min-h-10', className)}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy(id, frame)}
        {...rest}
      />
    </FieldFrame>
  )
}

export function TextAreaField({ label, hint, error, hideLabel = false, className, ...rest }: Frame & ComponentProps<'textarea'>) {
  const id = useId()
  const frame = { label, hint, error, hideLabel }
  return (
    <FieldFrame id={id} {...frame}>
      <textarea
        id={id}
        className={cn(CONTROL, 'field-sizing-content max-h-60 min-h-20 py-2', className)}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy(id, frame)}
        {...rest}
      />
    </FieldFrame>
  )
}

export function SelectField({ label, hint, error, hideLabel = false, className, children, ...rest }: Frame & ComponentProps<'select'>) {
  const id = useId()
  const frame = { label, hint, error, hideLabel }
  return (
    <FieldFrame id={id} {...frame}>
      <select
        id={id}
        className={cn(CONTROL, 'min-h-10', className)}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy(id, frame)}
        {...rest}
      >
        {children}
      </select>
    </FieldFrame>
  )
}
