import { CircleCheck, CircleDashed, CircleX, Hand, LoaderCircle, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

export type StatusTone = 'ok' | 'busy' | 'wait' | 'warn' | 'bad' | 'off'

const LOOKS: Record<StatusTone, { icon: LucideIcon; pill: string; spin?: boolean }> = {
  ok: { icon: CircleCheck, pill: 'bg-ok-soft text-ok' },
  busy: { icon: LoaderCircle, pill: 'bg-info-soft text-info', spin: true },
  wait: { icon: Hand, pill: 'bg-info-soft text-info' },
  warn: { icon: TriangleAlert, pill: 'bg-warn-soft text-warn' },
  bad: { icon: CircleX, pill: 'bg-bad-soft text-bad' },
  off: { icon: CircleDashed, pill: 'bg-sunken text-ink-soft' },
}

/** How something fares: an icon of its own and a colour for each tone, always with words. */
export function Status({
  tone,
  children,
  testId,
  className,
}: {
  tone: StatusTone
  children: ReactNode
  testId?: string
  className?: string
}) {
  const { icon: Icon, pill, spin } = LOOKS[tone]
  return (
    <span
      data-testid={testId}
      data-tone={tone}
      className={cn(
        'inline-flex max-w-full items-center gap-1.5 rounded-full border border-transparent px-2.5 py-0.5 text-sm font-medium',
        pill,
        className,
      )}
    >
      <Icon className={cn('size-4 shrink-0', spin === true && 'animate-spin')} aria-hidden />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </span>
  )
}
