import { cva, type VariantProps } from 'class-variance-authority'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { Spinner } from './spinner.tsx'

/** The look of a button, for links that are drawn as one too. Each has a border: where a system draws its own colours, that alone is left. */
export const buttonClass = cva(
  'inline-flex items-center justify-center gap-2 rounded-control border font-medium transition-colors select-none disabled:cursor-not-allowed disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      look: {
        primary: 'border-transparent bg-accent text-on-accent not-disabled:hover:bg-accent-hover',
        secondary: 'border-line-strong/60 bg-surface text-ink not-disabled:hover:bg-sunken',
        quiet: 'border-transparent text-ink-soft not-disabled:hover:bg-sunken not-disabled:hover:text-ink',
        danger: 'border-transparent bg-bad text-on-bad not-disabled:hover:bg-bad-hover',
        'danger-quiet': 'border-bad/50 text-bad not-disabled:hover:bg-bad-soft',
      },
      size: { md: 'min-h-10 px-4 text-sm', sm: 'min-h-8 px-3 text-sm', icon: 'size-10' },
    },
    defaultVariants: { look: 'secondary', size: 'md' },
  },
)

type ButtonProps = ComponentProps<'button'> & VariantProps<typeof buttonClass> & { busy?: boolean }

/** A button. `busy` shows that it works and refuses a second click, but keeps its place in the tab order. */
export function Button({ look, size, busy = false, className, children, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      type={type}
      className={cn(buttonClass({ look, size }), className)}
      aria-busy={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      {...rest}
    >
      {busy && <Spinner />}
      {children}
    </button>
  )
}
