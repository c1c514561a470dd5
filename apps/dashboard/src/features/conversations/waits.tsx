import { useQuery } from '@tanstack/react-query'
import type { Message } from '@zaptria/contract'
import { Clock } from 'lucide-react'
import { formatDateTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { botQuery } from '../bot/bot.ts'
import { summarize } from '../bot/summary.ts'

/** Nothing leaves now, because the bot is not connected. */
function useWaits(tenant: string): boolean {
  const { data: bot } = useQuery(botQuery(tenant))
  return bot !== undefined && summarize(bot).tone !== 'ok'
}

/** Before something is sent: that it will wait. */
export function WillWait({ tenant }: { tenant: string }) {
  const t = useT()
  const waits = useWaits(tenant)
  return (
    <div role="status" className="basis-full empty:hidden">
      {waits && (
        <p className="flex items-center gap-2 px-1 text-xs text-ink-soft" data-testid="composer-waits">
          <Clock className="size-3.5 shrink-0" aria-hidden />
          {t('composer.waits')}
        </p>
      )}
    </div>
  )
}

/** By a message: that it waits, and for how long. */
export function Waits({ tenant, message: { expires_at: until } }: { tenant: string; message: Pick<Message, 'expires_at'> }) {
  const t = useT()
  const language = useLanguage()
  if (!useWaits(tenant)) return null
  return (
    <p className="text-right text-xs text-ink-soft" data-testid="message-waits">
      {until === null ? t('message.waits-bot') : t('message.waits-bot.until', { when: formatDateTime(new Date(until), language) })}
    </p>
  )
}
