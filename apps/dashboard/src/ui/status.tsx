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

const INKS: Record<StatusTone, string> = {
  ok: 'text-ok',
  busy: 'text-info',
  wait: 'text-info',
  warn: 'text-warn',
  bad: 'text-bad',
  off: 'text-ink-soft',
}

/** The tone's icon alone, beside words that say the same. `still`: of what is over, nothing turns. */
export function StatusIcon({ tone, still = false, className }: { tone: StatusTone; still?: boolean; className?: string }) {
  const { icon: Icon, spin } = LOOKS[tone]
  return <Icon className={cn('size-4 shrink-0', INKS[tone], spin === true && !still && 'animate-spin', className)} aria-hidden />
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
      className={cn('inline-flex max-w-full items-center gap-1.5 rounded-full px-2.5 py-1 text-sm font-medium', pill, className)}
    >
      <Icon className={cn('size-4 shrink-0', spin === true && 'animate-spin')} aria-hidden />
      <span className="min-w-0">{children}</span>
    </span>
  )
}
