import type { Subscription } from '@zaptria/contract'
import { BadgeCheck, CircleSlash, Hourglass, type LucideIcon } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'

const LOOKS: Record<Subscription, { icon: LucideIcon; className: string }> = {
  paid: { icon: BadgeCheck, className: 'text-ok' },
  past_due: { icon: Hourglass, className: 'text-warn' },
  cancelled: { icon: CircleSlash, className: 'text-ink-soft' },
}

/** `small`: its words are for whoever points at it or cannot see it. */
export function SubscriptionBadge({ subscription, small = false }: { subscription: Subscription; small?: boolean }) {
  const t = useT()
  const { icon: Icon, className } = LOOKS[subscription]
  const words = t(`subscription.${subscription}`)
  return (
    <span className={cn('inline-flex shrink-0 items-center gap-1 text-sm', className)} {...(small ? { title: words } : {})}>
      <Icon className="size-3.5" aria-hidden />
      <span className={cn(small && 'sr-only')}>{words}</span>
    </span>
  )
}
