import { useQuery } from '@tanstack/react-query'
import { parseLogLine, type LogLevel, type ParsedLogLine } from '@zaptria/core'
import { Pause, Play, Radio } from 'lucide-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { formatTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { TextField } from '../../ui/field.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { logsQuery } from './bot.ts'

const LEVELS: Record<LogLevel, string> = {
  trace: 'text-ink-soft',
  debug: 'text-ink-soft',
  info: 'text-info',
  warn: 'text-warn',
  error: 'text-bad font-semibold',
}

/** The end of the process's log, as it is written. The box is reversed: it stays at its end unless the person reads further up. */
export function BotLog({ tenant }: { tenant: string }) {
  const t = useT()
  const [live, setLive] = useState(true)
  const [typed, setTyped] = useState('')
  const filter = useDeferredValue(typed.trim().toLowerCase())
  const logs = useQuery(logsQuery(tenant, live))
  const lines = useMemo(() => logs.data?.items.map((item) => ({ text: item.line, ...parseLogLine(item) })) ?? [], [logs.data])
  const shown = filter === '' ? lines : lines.filter(({ text }) => text.toLowerCase().includes(filter))
  return (
    <Card>
      <CardTitle
        help={t('logs.help')}
        action={
          <div className="flex items-center gap-3">
            <span role="status" className={cn('inline-flex items-center gap-1.5 text-sm', live ? 'text-ok' : 'text-ink-soft')}>
              <Radio className="size-4" aria-hidden />
              {t(live ? 'logs.follow' : 'logs.paused')}
            </span>
            <Button size="sm" onClick={() => setLive(!live)} data-testid="logs-live">
              {live ? <Pause aria-hidden /> : <Play aria-hidden />}
              {t(live ? 'logs.pause' : 'logs.resume')}
            </Button>
          </div>
        }
      >
        {t('logs.title')}
      </CardTitle>
      <ProblemNotice error={logs.error} onRetry={() => void logs.refetch()} className="mb-3" />
      {logs.isPending && <Loading />}
      {logs.data?.items.length === 0 && <p className="text-sm text-ink-soft">{t('logs.none')}</p>}
      {lines.length > 0 && (
        <div className="space-y-3">
          <TextField
            label={t('logs.filter')}
            hideLabel
            type="search"
            placeholder={t('logs.filter')}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            data-testid="logs-filter"
          />
          {shown.length === 0 && <p className="text-sm text-ink-soft">{t('logs.none-found')}</p>}
          <div
            className="flex max-h-96 flex-col-reverse overflow-auto rounded-control bg-sunken"
            tabIndex={0}
            role="region"
            aria-label={t('logs.title')}
          >
            <ol data-testid="logs" className="p-3 font-mono text-xs leading-relaxed">
              {shown.map((line, index) => (
                <Line key={`${index} ${line.text}`} line={line} />
              ))}
            </ol>
          </div>
        </div>
      )}
    </Card>
  )
}

function Line({ line: { at, level, message, rest } }: { line: ParsedLogLine }) {
  const language = useLanguage()
  return (
    <li className="break-words">
      {at !== null && (
        <time dateTime={at.toISOString()} className="mr-2 text-ink-soft tabular-nums">
          {formatTime(at, language)}:{String(at.getSeconds()).padStart(2, '0')}
        </time>
      )}
      {level !== null && <span className={cn('mr-2', LEVELS[level])}>{level}</span>}
      {message}
      {rest !== '' && <span className="ml-2 text-ink-soft">{rest}</span>}
    </li>
  )
}
