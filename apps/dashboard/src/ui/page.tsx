import { useLayoutEffect, type ReactNode } from 'react'
import { cn } from './cn.ts'

/** Names the browser tab while mounted. In the same step as the page is drawn: what says the title (features/keyboard/page-focus.tsx) must not read the one before. */
export function usePageTitle(title: string): void {
  useLayoutEffect(() => {
    document.title = title === '' ? 'Zaptria' : `${title} · Zaptria`
  }, [title])
}

export function Page({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div data-page className={cn('mx-auto w-full max-w-6xl space-y-5 px-4 py-6 sm:px-6', className)}>
      {children}
    </div>
  )
}

export function PageTitle({ children, action, help }: { children: ReactNode; action?: ReactNode; help?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-3">
      <div>
        <h1 tabIndex={-1} className="text-xl font-semibold tracking-tight outline-none sm:text-2xl">
          {children}
        </h1>
        {help !== undefined && <p className="mt-1 text-sm text-ink-soft">{help}</p>}
      </div>
      {action}
    </div>
  )
}
