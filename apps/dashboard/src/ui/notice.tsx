import { CircleAlert, CircleCheck, Info, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

export type NoticeTone = 'info' | 'ok' | 'warn' | 'bad'

const LOOKS: Record<NoticeTone, { icon: LucideIcon; className: string }> = {
  info: { icon: Info, className: 'bg-info-soft text-info' },
  ok: { icon: CircleCheck, className: 'bg-ok-soft text-ok' },
  warn: { icon: TriangleAlert, className: 'bg-warn-soft text-warn' },
  bad: { icon: CircleAlert, className: 'bg-bad-soft text-bad' },
}

type NoticeProps = {
  tone: NoticeTone
  title: ReactNode
  children?: ReactNode
  actions?: ReactNode
  className?: string
  testId?: string
  role?: 'alert' | 'status'
}

/** What happened and what to do next. Never colour alone: each tone has its icon. */
export function Notice({ tone, title, children, actions, className, testId, role }: NoticeProps) {
  const { icon: Icon, className: look } = LOOKS[tone]
  return (
    <div
      role={role}
      data-testid={testId}
      className={cn(
        'flex flex-wrap items-start gap-x-3 gap-y-2 rounded-control border border-transparent px-4 py-3 text-sm',
        look,
        className,
      )}
    >
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden />
      <div className="min-w-0 flex-1 basis-48 wrap-anywhere">
        <p className="font-medium">{title}</p>
        {children !== undefined && <div className="mt-0.5 text-ink">{children}</div>}
      </div>
      {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}
