import type { ReactNode } from 'react'
import { cn } from '../../ui/cn.ts'

export function Section({ title, help, children }: { title: string; help?: string; children: ReactNode }) {
  return (
    <section className="space-y-6 border-t pt-6">
      <div>
        <h2 className="text-lg font-semibold">{title}</h2>
        {help !== undefined && <p className="mt-1 text-sm text-ink-soft">{help}</p>}
      </div>
      {children}
    </section>
  )
}

/** One component in its states, under the name that it has in the code. The test of this folder counts them by `data-sample`. */
export function Sample({ of, children }: { of: string; children: ReactNode }) {
  return (
    <div data-sample={of} className="min-w-0 space-y-3">
      <h3 className="font-mono text-sm font-medium text-ink-soft">{of}</h3>
      {children}
    </div>
  )
}

/** States beside each other. */
export function States({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn('flex flex-wrap items-end gap-x-5 gap-y-4', className)}>{children}</div>
}

export function State({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <figure className="min-w-0 space-y-1.5">
      {children}
      <figcaption className="text-xs text-ink-soft">{name}</figcaption>
    </figure>
  )
}
