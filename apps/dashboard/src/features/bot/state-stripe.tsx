import type { BotNumbers } from '@zaptria/contract'
import { formatExact, formatListTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { cn } from '../../ui/cn.ts'
import { summarizeState, type BotSummary, type BotTone } from './summary.ts'

/** Where it was well the stripe is whole; elsewhere it is lower too, so that colour is not all that tells. */
const LOOKS: Record<BotTone, string> = {
  ok: 'h-full bg-ok/75',
  busy: 'h-2/3 bg-info/60',
  wait: 'h-2/3 bg-info/60',
  warn: 'h-1/2 bg-warn/70',
  bad: 'h-1/3 bg-bad',
  off: 'h-1/3 bg-line-strong',
}

type Part = Pick<BotSummary, 'tone' | 'title'> & { fromMs: number; toMs: number }

/** What the bot said of itself, as lengths of time; neighbours that are said alike are one. */
export function partsOf({ states, from, to }: Pick<BotNumbers, 'states' | 'from' | 'to'>): Part[] {
  const [begin, end] = [Date.parse(from), Date.parse(to)]
  const parts: Part[] = []
  for (const [index, { state, reason, at }] of states.entries()) {
    const fromMs = Math.max(begin, Date.parse(at))
    const toMs = Math.min(end, Date.parse(states[index + 1]?.at ?? to))
    if (toMs <= fromMs) continue
    const { tone, title } = summarizeState({ state, reason })
    const last = parts.at(-1)
    if (last?.tone === tone && last.title === title) last.toMs = toMs
    else parts.push({ tone, title, fromMs, toMs })
  }
  return parts
}

/** The period as one stripe: when it was connected, and when not. */
export function StateStripe({ numbers }: { numbers: BotNumbers }) {
  const t = useT()
  const language = useLanguage()
  const [begin, end] = [Date.parse(numbers.from), Date.parse(numbers.to)]
  const parts = partsOf(numbers)
  const [first] = parts
  if (first === undefined) return null
  const time = (ms: number) => formatExact(new Date(ms), language)
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 2 }).format(numbers.uptime ?? 0)
  return (
    <div>
      <div
        role="img"
        aria-label={t('numbers.stripe', { share, from: time(first.fromMs) })}
        className="flex h-8 items-end overflow-hidden rounded-control bg-sunken"
        data-testid="state-stripe"
      >
        <div style={{ width: `${((first.fromMs - begin) / (end - begin)) * 100}%` }} />
        {parts.map((part) => (
          <div
            key={part.fromMs}
            data-tone={part.tone}
            title={t('numbers.stripe.part', { state: t(part.title), from: time(part.fromMs), to: time(part.toMs) })}
            className={cn('min-w-px', LOOKS[part.tone])}
            style={{ width: `${((part.toMs - part.fromMs) / (end - begin)) * 100}%` }}
          />
        ))}
      </div>
      <Ends from={numbers.from} to={numbers.to} />
    </div>
  )
}

/** The time axis under a picture of the period. */
export function Ends({ from, to }: Pick<BotNumbers, 'from' | 'to'>) {
  const t = useT()
  const language = useLanguage()
  const now = new Date(to)
  return (
    <div className="mt-1 flex justify-between text-xs text-ink-soft" aria-hidden>
      <span>
        {formatListTime(new Date(from), now, language)}
        {Date.parse(to) - Date.parse(from) <= 86_400_000 &&
          ` ${new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' }).format(new Date(from))}`}
      </span>
      <span>{t('numbers.now')}</span>
    </div>
  )
}
