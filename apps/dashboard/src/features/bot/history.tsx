import { useQuery } from '@tanstack/react-query'
import { formatDateTime } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { logsQuery, statesQuery } from './bot.ts'

/** What the bot said of itself, newest first. */
export function BotHistory({ tenant }: { tenant: string }) {
  const t = useT()
  const language = useLanguage()
  const states = useQuery(statesQuery(tenant))
  return (
    <Card>
      <CardTitle>{t('history.title')}</CardTitle>
      <ProblemNotice error={states.error} onRetry={() => void states.refetch()} />
      {states.isPending && <Loading />}
      {states.data?.items.length === 0 && <p className="text-sm text-ink-soft">{t('history.none')}</p>}
      <ol className="max-h-96 space-y-3 overflow-y-auto" tabIndex={0} aria-label={t('history.title')}>
        {states.data?.items.map((entry) => (
          <li
            key={entry.id}
            className="border-l-2 pl-3 text-sm"
            data-testid="history-entry"
            data-state={entry.state}
            data-reason={entry.reason}
          >
            <p className="flex flex-wrap justify-between gap-x-4">
              <span className="font-medium">{t(`state.${entry.state}`)}</span>
              <time dateTime={entry.at} className="text-ink-soft tabular-nums">
                {formatDateTime(new Date(entry.at), language)}
              </time>
            </p>
            <p className="text-ink-soft">{t(`reason.${entry.reason}`)}</p>
            {entry.detail !== null && <p className="font-mono text-xs break-all text-ink-soft">{entry.detail}</p>}
          </li>
        ))}
      </ol>
    </Card>
  )
}

/** The end of the process's log. The box is reversed: it stays at its end unless the person reads further up. */
export function BotLog({ tenant }: { tenant: string }) {
  const t = useT()
  const logs = useQuery(logsQuery(tenant))
  return (
    <Card>
      <CardTitle help={t('logs.help')}>{t('logs.title')}</CardTitle>
      <ProblemNotice error={logs.error} onRetry={() => void logs.refetch()} />
      {logs.isPending && <Loading />}
      {logs.data?.items.length === 0 && <p className="text-sm text-ink-soft">{t('logs.none')}</p>}
      {logs.data !== undefined && logs.data.items.length > 0 && (
        <div
          className="flex max-h-96 flex-col-reverse overflow-auto rounded-control bg-sunken"
          tabIndex={0}
          role="region"
          aria-label={t('logs.title')}
        >
          <pre data-testid="logs" className="p-3 font-mono text-xs leading-relaxed">
            {logs.data.items.map(({ line }) => line).join('\n')}
          </pre>
        </div>
      )}
    </Card>
  )
}
