import type { Subscription } from '@zaptria/contract'
import { BadgeCheck, CircleSlash, Hourglass, type LucideIcon } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'

const LOOKS: Record<Subscription, { icon: LucideIcon; className: string }> = {
  paid: { icon: BadgeCheck, className: 'text-ok' },
  past_due: { icon: Hourglass, className: 'text-warn' },
  cancelled: { icon: CircleSlash, className: 'text-ink-soft' },
}

export function SubscriptionBadge({ subscription }: { subscription: Subscription }) {
  const t = useT()
  const { icon: Icon, className } = LOOKS[subscription]
  return (
    <span className={cn('inline-flex items-center gap-1 text-sm', className)}>
      <Icon className="size-3.5" aria-hidden />
      {t(`subscription.${subscription}`)}
    </span>
  )
}
