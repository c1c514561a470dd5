import type { MessageStatus } from '@zaptria/contract'
import { Ban, CalendarClock, Check, CheckCheck, CircleAlert, CircleHelp, Clock, Hourglass, type LucideIcon } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'

const LOOKS: Record<Exclude<MessageStatus, 'received'>, { icon: LucideIcon; className?: string }> = {
  scheduled: { icon: CalendarClock },
  queued: { icon: Clock },
  handed: { icon: Clock },
  accepted: { icon: Check },
  delivered: { icon: CheckCheck },
  read: { icon: CheckCheck, className: 'text-info' },
  failed: { icon: CircleAlert, className: 'text-bad' },
  expired: { icon: Hourglass, className: 'text-bad' },
  cancelled: { icon: Ban },
  unknown: { icon: CircleHelp, className: 'text-warn' },
}

/** How far an outgoing message came: the ticks that everybody knows, with the word for them. */
export function Ticks({ status }: { status: MessageStatus }) {
  const t = useT()
  if (status === 'received') return null
  const { icon: Icon, className } = LOOKS[status]
  const word = t(`status.${status}`)
  return (
    <span title={word} className={cn('inline-flex', className)} data-testid="ticks">
      <Icon className="size-3.5" aria-hidden />
      <span className={status === 'cancelled' ? 'ml-1' : 'sr-only'}>{word}</span>
    </span>
  )
}
