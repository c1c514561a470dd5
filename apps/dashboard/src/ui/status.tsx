import { CircleCheck, CircleDashed, CircleX, Hand, LoaderCircle, TriangleAlert, type LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

export type StatusTone = 'ok' | 'busy' | 'wait' | 'warn' | 'bad' | 'off'

/** `spin`: its class where it turns. It rests where the page does not know how things are now (routes/shell.tsx). */
type StatusLook = { icon: LucideIcon; soft: string; ink: string; spin?: string }

const LOOKS: Record<StatusTone, StatusLook> = {
  ok: { icon: CircleCheck, soft: 'bg-ok-soft', ink: 'text-ok' },
  busy: { icon: LoaderCircle, soft: 'bg-info-soft', ink: 'text-info', spin: 'animate-spin in-data-stale:animate-none' },
  wait: { icon: Hand, soft: 'bg-info-soft', ink: 'text-info' },
  warn: { icon: TriangleAlert, soft: 'bg-warn-soft', ink: 'text-warn' },
  bad: { icon: CircleX, soft: 'bg-bad-soft', ink: 'text-bad' },
  off: { icon: CircleDashed, soft: 'bg-sunken', ink: 'text-ink-soft' },
}

/** For what shows a tone in a shape of its own: icon and colour stay the same everywhere. */
export const statusLook = (tone: StatusTone): StatusLook => LOOKS[tone]

/** The tone's icon alone, beside words that say the same. `still`: of what is over, nothing turns. */
export function StatusIcon({ tone, still = false, className }: { tone: StatusTone; still?: boolean; className?: string }) {
  const { icon: Icon, ink, spin } = LOOKS[tone]
  return <Icon className={cn('size-4 shrink-0', ink, !still && spin, className)} aria-hidden />
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
  const { icon: Icon, soft, ink, spin } = LOOKS[tone]
  return (
    <span
      data-testid={testId}
      data-tone={tone}
      className={cn(
        'inline-flex max-w-full items-center gap-1.5 rounded-full border border-transparent px-2.5 py-0.5 text-sm font-medium',
        soft,
        ink,
        className,
      )}
    >
      <Icon className={cn('size-4 shrink-0', spin)} aria-hidden />
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </span>
  )
}
