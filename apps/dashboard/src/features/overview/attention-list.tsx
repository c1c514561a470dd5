import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { OverviewTenant } from '@zaptria/contract'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import { useId, useMemo, useState } from 'react'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useNow } from '../../format/use-now.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { alertsQuery } from '../alerts/alerts.ts'
import { useDetailText } from '../alerts/use-detail-text.ts'
import { attentionOf, type Attention } from './attention.ts'
import { keepByHand, useByHand } from './by-hand.ts'
import { StepButton } from './step-button.tsx'

const LOOKS = {
  bad: { icon: CircleAlert, className: 'bg-bad-soft text-bad' },
  warn: { icon: TriangleAlert, className: 'bg-warn-soft text-warn' },
  info: { icon: Info, className: 'bg-info-soft text-info' },
} as const

/** More would push the tiles off the screen. */
const AT_FIRST = 3

/** What waits for a person, why, and the one thing to do about each. */
export function AttentionList({ tenants }: { tenants: readonly OverviewTenant[] }) {
  const t = useT()
  const id = useId()
  const now = useNow(60_000)
  const { data: alerts } = useQuery(alertsQuery)
  const [all, setAll] = useState(false)
  const byHand = useByHand()
  const found = useMemo(() => attentionOf(tenants, alerts?.items ?? [], now.getTime(), byHand), [tenants, alerts, now, byHand])
  if (found.length === 0) {
    return (
      <p className="flex items-center gap-2 text-sm text-ink-soft" data-testid="attention-none">
        <CircleCheck className="size-4 text-ok" aria-hidden />
        {t('overview.attention.none')}
      </p>
    )
  }
  return (
    <section aria-labelledby={id} className="overflow-hidden rounded-card border bg-surface shadow-xs" data-testid="attention">
      <h2 id={id} className="border-b px-4 py-2.5 text-sm font-semibold">
        {t('alerts.many', { count: found.length })}
      </h2>
      <ul className={cn('divide-y', all && 'max-h-[60vh] overflow-y-auto')}>
        {(all ? found : found.slice(0, AT_FIRST)).map((each) => (
          <Item key={each.key} attention={each} />
        ))}
      </ul>
      {found.length > AT_FIRST && (
        <div className="border-t px-2 py-1">
          <Button size="sm" look="quiet" aria-expanded={all} onClick={() => setAll(!all)} data-testid="attention-all">
            {all ? t('overview.attention.less') : t('overview.attention.all', { count: found.length })}
          </Button>
        </div>
      )}
    </section>
  )
}

function Item({ attention }: { attention: Attention }) {
  const t = useT()
  const { tone, tenantId, name, what, count, advice, detail, since, step, meant } = attention
  const fact = useDetailText(detail?.kind, detail?.text ?? null)
  const { icon: Icon, className } = LOOKS[tone]
  return (
    <li
      className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 gap-y-2 px-4 py-3 sm:grid-cols-[auto_minmax(0,1fr)_auto]"
      data-testid="attention-item"
      data-tone={tone}
    >
      <span className={cn('grid size-9 shrink-0 place-items-center self-start rounded-control', className)}>
        <Icon className="size-5" aria-hidden />
      </span>
      <div className="min-w-0 text-sm">
        <p className="line-clamp-2 font-medium">
          {tenantId !== null && name !== null && (
            <>
              <Link to="/tenants/$tenantId" params={{ tenantId }} className="underline-offset-2 hover:underline">
                {name}
              </Link>
              {': '}
            </>
          )}
          {t(what, { count })}
        </p>
        <p className="text-ink-soft">
          {t(advice)}
          {since !== null && (
            <>
              {' · '}
              <TimeAgo at={since} />
            </>
          )}
        </p>
        {fact !== null && (
          <p className="line-clamp-2 break-words" title={fact} data-testid="attention-detail">
            {fact}
          </p>
        )}
      </div>
      <span className="flex flex-wrap gap-2 max-sm:col-start-2">
        <StepButton step={step} tenantId={tenantId} name={name} />
        {meant && tenantId !== null && (
          <Button
            size="sm"
            look="quiet"
            onClick={() => keepByHand(tenantId)}
            aria-label={`${t('overview.by-hand')}: ${name}`}
            data-testid="by-hand"
          >
            {t('overview.by-hand')}
          </Button>
        )}
      </span>
    </li>
  )
}
