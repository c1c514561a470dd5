import type { OverviewTenant } from '@zaptria/contract'
import { MessageCircleQuestion } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { statusLook } from '../../ui/status.tsx'
import { countAll, FILTERS, type Filter } from './standing.ts'

type CountsProps = { tenants: readonly OverviewTenant[]; filter: Filter | null; onFilter: (filter: Filter | null) => void }

/** How many stand how; each count shows those alone, once more all. */
export function Counts({ tenants, filter, onFilter }: CountsProps) {
  const t = useT()
  const counts = useMemo(() => countAll(tenants), [tenants])
  // What nobody is in says nothing; but the one that is chosen stays where it can be let go of.
  const there = FILTERS.filter((each) => counts[each] > 0 || each === filter)
  return (
    <div
      role="group"
      aria-label={t('overview.counts')}
      className="flex gap-2 max-sm:-mx-4 max-sm:overflow-x-auto max-sm:px-4 max-sm:py-1 sm:flex-wrap"
      data-testid="overview-counts"
    >
      <Chip chosen={filter === null} onClick={() => onFilter(null)} testId="count-all">
        {t('overview.count.all', { count: tenants.length })}
      </Chip>
      {there.map((each) => {
        const { icon: Icon, ink } = each === 'waiting' ? { icon: MessageCircleQuestion, ink: 'text-info' } : statusLook(each)
        return (
          <Chip key={each} chosen={filter === each} onClick={() => onFilter(filter === each ? null : each)} testId={`count-${each}`}>
            <Icon className={cn('size-4 shrink-0', ink)} aria-hidden />
            {t(`overview.count.${each}`, { count: counts[each] })}
          </Chip>
        )
      })}
    </div>
  )
}

function Chip({ chosen, onClick, children, testId }: { chosen: boolean; onClick: () => void; children: ReactNode; testId: string }) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onClick}
      data-testid={testId}
      className={cn(
        'inline-flex min-h-9 shrink-0 items-center gap-1.5 rounded-full border px-3 text-sm tabular-nums',
        chosen ? 'border-accent bg-accent-soft font-medium text-on-accent-soft' : 'bg-surface hover:bg-sunken',
      )}
    >
      {children}
    </button>
  )
}
