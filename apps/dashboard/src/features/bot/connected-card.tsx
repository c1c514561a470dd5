import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Bot } from '@zaptria/contract'
import { CircleCheck, Info, MessagesSquare, Workflow } from 'lucide-react'
import { formatPhone } from '../../format/phone.ts'
import { useNow } from '../../format/use-now.ts'
import { useT } from '../../i18n/use-t.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { answeredByQuery } from '../overview/overview.ts'

/** The first moments after a scan are a success to be shown; later it is one line. */
const MOMENT_MS = 120_000

/** It works: which account, and where to go from here. */
export function ConnectedCard({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  const now = useNow(10_000)
  const answeredBy = useQuery(answeredByQuery(tenant)).data
  const justNow = now.getTime() - Date.parse(bot.state.at) < MOMENT_MS
  return (
    <Card
      data-testid="connect"
      className={cn('flex gap-x-4 gap-y-3', justNow ? 'flex-col items-center py-10 text-center' : 'flex-wrap items-center justify-between')}
    >
      <div className={cn('flex max-w-full min-w-0 items-center gap-3', justNow && 'flex-col')}>
        <CircleCheck
          className={cn('shrink-0 text-ok', justNow ? 'size-14 motion-safe:animate-[pop_400ms_ease-out]' : 'size-8')}
          aria-hidden
        />
        <div className="max-w-full min-w-0">
          <p role="status" className={cn('font-semibold', justNow && 'text-lg')} data-testid="connect-sentence">
            {t('connected.title')}
          </p>
          {bot.number !== null && (
            <p data-testid="connected-number" className={cn('truncate', !justNow && 'text-sm text-ink-soft')}>
              {bot.name !== null && <>{bot.name} · </>}
              {formatPhone(bot.number)}
            </p>
          )}
        </div>
      </div>
      {answeredBy === 'people' && (
        <p className={cn('text-sm text-ink-soft', justNow ? 'max-w-md' : 'order-last basis-full')} data-testid="answered-by-people">
          {!justNow && <Info className="mr-1.5 inline size-4 align-text-bottom text-info" aria-hidden />}
          {t('connected.nobody')}. {t('connected.nobody.do')}
        </p>
      )}
      {justNow && (answeredBy === 'flow' || answeredBy === 'program') && (
        <p className="max-w-md text-sm text-ink-soft">{t('connected.next')}</p>
      )}
      <div className={cn('flex flex-wrap gap-2', justNow && 'mt-2 justify-center')}>
        <Link to="/tenants/$tenantId/conversations" params={{ tenantId: tenant }} className={buttonClass({ look: 'primary' })}>
          <MessagesSquare aria-hidden />
          {t('connected.conversations')}
        </Link>
        <Link to="/tenants/$tenantId/flow" params={{ tenantId: tenant }} className={buttonClass()}>
          <Workflow aria-hidden />
          {t('connected.flow')}
        </Link>
      </div>
    </Card>
  )
}
