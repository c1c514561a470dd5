import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

/** Nothing here yet: says so, and what the next step is. */
export function Empty({
  icon: Icon,
  title,
  children,
  action,
  testId,
}: {
  icon: LucideIcon
  title: ReactNode
  children?: ReactNode
  action?: ReactNode
  testId?: string
}) {
  return (
    <div data-testid={testId} className="flex flex-col items-center gap-2 px-4 py-12 text-center wrap-anywhere">
      <span className="mb-1 rounded-full bg-accent-soft p-3 text-on-accent-soft">
        <Icon className="size-6" aria-hidden />
      </span>
      <p className="font-semibold">{title}</p>
      {children !== undefined && <div className="max-w-md text-sm text-ink-soft">{children}</div>}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  )
}
