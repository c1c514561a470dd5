import { Link } from '@tanstack/react-router'
import type { Bot } from '@zaptria/contract'
import { CircleCheck, MessagesSquare, Workflow } from 'lucide-react'
import { formatPhone } from '../../format/phone.ts'
import { useT } from '../../i18n/use-t.ts'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'

/** It works: which account, and where to go from here. */
export function ConnectedCard({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  return (
    <Card data-testid="connect" className="flex flex-col items-center gap-3 py-10 text-center">
      <CircleCheck className="size-10 text-ok" aria-hidden />
      <p role="status" className="text-lg font-semibold" data-testid="connect-sentence">
        {t('connected.title')}
      </p>
      {bot.number !== null && (
        <p data-testid="connected-number">
          {bot.name !== null && <>{bot.name} · </>}
          {formatPhone(bot.number)}
        </p>
      )}
      <p className="max-w-md text-sm text-ink-soft">{t('connected.next')}</p>
      <div className="mt-2 flex flex-wrap justify-center gap-2">
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
