import { useQuery } from '@tanstack/react-query'
import type { Bot, BotNumbers } from '@zaptria/contract'
import { useState, type ReactNode } from 'react'
import { formatRelative, formatSpan } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Card } from '../../ui/card.tsx'
import { Choice } from '../../ui/choice.tsx'
import { cn } from '../../ui/cn.ts'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { numbersQuery, statsQuery } from './bot.ts'
import { MessageBars } from './message-bars.tsx'
import { StateStripe } from './state-stripe.tsx'

const PERIODS = [
  { value: 'day', hours: 24, text: 'numbers.day' },
  { value: 'week', hours: 168, text: 'numbers.week' },
] as const
type Period = (typeof PERIODS)[number]['value']

/** How a bot did: uptime, messages, time to answer, memory; of a day or a week. */
export function NumbersCard({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  const [period, setPeriod] = useState<Period>('day')
  const { hours } = PERIODS.find(({ value }) => value === period) ?? PERIODS[0]
  const numbers = useQuery({ ...numbersQuery(tenant, hours), placeholderData: (previous) => previous })
  return (
    <Card data-testid="numbers">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <h2 className="text-base font-semibold">{t('numbers.title')}</h2>
        <Choice
          label={t('numbers.period')}
          options={PERIODS.map(({ value, text }) => ({ value, text: t(text) }))}
          value={period}
          onChange={setPeriod}
        />
      </div>
      <ProblemNotice error={numbers.error} onRetry={() => void numbers.refetch()} className="mb-4" />
      {numbers.isPending && <Loading lines={4} />}
      {numbers.data !== undefined && (
        <div className="space-y-5">
          <Figures tenant={tenant} bot={bot} numbers={numbers.data} />
          <StateStripe numbers={numbers.data} />
          <MessageBars numbers={numbers.data} />
        </div>
      )}
    </Card>
  )
}

function Figures({ tenant, bot, numbers }: { tenant: string; bot: Bot; numbers: BotNumbers }) {
  const t = useT()
  const language = useLanguage()
  const now = useNow(10_000)
  const running = bot.instance.state === 'running'
  const { data: stats } = useQuery({ ...statsQuery(tenant), enabled: running })
  const write = (value: number, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options).format(value)
  const seconds = (ms: number) => write(ms / 1000, { style: 'unit', unit: 'second', maximumFractionDigits: ms < 10_000 ? 1 : 0 })
  const { uptime, connected_since, received, sent, failed, waiting, answer_ms } = numbers
  const memory = running ? (stats?.memory_bytes ?? null) : null
  const behind = [
    failed > 0 ? t('numbers.sent.failed', { count: failed }) : null,
    waiting > 0 ? t('numbers.sent.waiting', { count: waiting }) : null,
  ].filter((each) => each !== null)
  return (
    <dl className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-5">
      <Figure
        name={t('numbers.uptime')}
        value={uptime === null ? '–' : write(uptime, { style: 'percent', maximumFractionDigits: uptime > 0.99 && uptime < 1 ? 2 : 0 })}
        testId="number-uptime"
      >
        {connected_since === null
          ? uptime === null && t('numbers.uptime.none')
          : t('numbers.uptime.since', { when: formatRelative(new Date(connected_since), now, language) })}
      </Figure>
      <Figure name={t('numbers.received')} value={write(received)} testId="number-received" />
      <Figure name={t('numbers.sent')} value={write(sent)} testId="number-sent" tone={failed > 0 ? 'warn' : undefined}>
        {behind.length > 0 ? behind.join(' · ') : sent > 0 && t('numbers.sent.all')}
      </Figure>
      <Figure name={t('numbers.answer')} value={answer_ms === null ? '–' : seconds(answer_ms.p50)} testId="number-answer">
        {answer_ms === null ? t('numbers.answer.none') : t('numbers.answer.p95', { span: seconds(answer_ms.p95) })}
      </Figure>
      <Figure
        name={t('numbers.memory')}
        value={memory === null ? '–' : write(memory / 1024 ** 2, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 })}
        testId="number-memory"
      >
        {running
          ? stats?.uptime_s != null && t('numbers.memory.up', { span: formatSpan(stats.uptime_s, language) })
          : t('numbers.memory.none')}
      </Figure>
    </dl>
  )
}

type FigureProps = { name: string; value: string; children?: ReactNode; testId: string; tone?: 'warn' | undefined }

function Figure({ name, value, children, testId, tone }: FigureProps) {
  return (
    <div className="rounded-control bg-sunken px-3.5 py-3 max-sm:last:col-span-2">
      <dt className="text-sm text-ink-soft">{name}</dt>
      <dd>
        <span className="block text-2xl font-semibold tracking-tight tabular-nums" data-testid={testId}>
          {value}
        </span>
        <span className={cn('block text-xs', tone === 'warn' ? 'text-warn' : 'text-ink-soft')}>{children}</span>
      </dd>
    </div>
  )
}
