import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'

/** Positioned, so that what is for screen readers alone stays in it, and makes no page longer. */
export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return <section className={cn('relative rounded-card border bg-surface p-5 shadow-card', className)} {...rest} />
}

type CardTitleProps = { children: ReactNode; help?: ReactNode; action?: ReactNode; id?: string }

export function CardTitle({ children, help, action, id }: CardTitleProps) {
  return (
    <div className="mb-4 flex flex-wrap items-start justify-between gap-3">
      <div className="min-w-0">
        <h2 id={id} className="text-base font-semibold">
          {children}
        </h2>
        {help !== undefined && <p className="mt-1 max-w-prose text-sm text-ink-soft">{help}</p>}
      </div>
      {action}
    </div>
  )
}
