import type { BotNumbers } from '@zaptria/contract'
import { formatDateTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Ends } from './state-stripe.tsx'

/** Messages over the period: what came in at the bottom, what went out above it. */
export function MessageBars({ numbers }: { numbers: BotNumbers }) {
  const t = useT()
  const language = useLanguage()
  const { parts, received, sent, from, to } = numbers
  const most = Math.max(1, ...parts.map((part) => part.received + part.sent))
  if (received + sent === 0) return null
  const height = (count: number) => ({ height: `${(count / most) * 100}%` })
  return (
    <div>
      <p className="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-soft" aria-hidden>
        <Key className="bg-info/70">{t('numbers.received')}</Key>
        <Key className="bg-accent">{t('numbers.sent')}</Key>
      </p>
      <div
        role="img"
        aria-label={t('numbers.bars', { received, sent, most })}
        className="flex h-24 items-end gap-0.5 border-b sm:gap-1"
        data-testid="message-bars"
      >
        {parts.map((part) => (
          <div
            key={part.at}
            className="flex h-full min-w-0 flex-1 flex-col justify-end"
            title={t('numbers.bars.part', { from: formatDateTime(new Date(part.at), language), received: part.received, sent: part.sent })}
          >
            <div className="rounded-t-sm bg-accent" style={height(part.sent)} />
            <div className="bg-info/70" style={height(part.received)} />
          </div>
        ))}
      </div>
      <Ends from={from} to={to} />
    </div>
  )
}

function Key({ className, children }: { className: string; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span className={`size-2.5 rounded-sm ${className}`} />
      {children}
    </span>
  )
}
