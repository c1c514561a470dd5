import { useInfiniteQuery } from '@tanstack/react-query'
import { BellRing, UserRound } from 'lucide-react'
import { Fragment, type ReactNode } from 'react'
import type { Bot, TimelineEntry } from '@zaptria/contract'
import { faultText } from '../alerts/fault.ts'
import { formatExact, formatDay, formatRelative, formatSpan, formatTime } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import type { Language } from '../../i18n/language.ts'
import { useLanguage, useT, type Translate } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { cn } from '../../ui/cn.ts'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { StatusIcon } from '../../ui/status.tsx'
import { factText } from '../alerts/detail-text.ts'
import { timelineQuery } from './bot.ts'
import { summarizeState } from './summary.ts'

/** What happened to the bot and why, newest first: what it told, what was wrong, who asked for what. */
export function Timeline({ tenant, bot }: { tenant: string; bot: Pick<Bot, 'desired'> }) {
  const t = useT()
  const language = useLanguage()
  const now = useNow(10_000)
  const query = useInfiniteQuery(timelineQuery(tenant))
  const entries = query.data?.pages.flatMap((page) => page.items) ?? []
  const ends = endsOf(entries, bot)
  const heading = (entry: TimelineEntry | undefined) => (entry === undefined ? null : formatDay(new Date(entry.at), now, language))
  return (
    <Card>
      <CardTitle help={t('timeline.help')}>{t('timeline.title')}</CardTitle>
      <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      {query.isPending && <Loading />}
      {query.isSuccess && entries.length === 0 && <p className="text-sm text-ink-soft">{t('timeline.none')}</p>}
      <ol className="max-h-[32rem] overflow-y-auto" tabIndex={0} aria-label={t('timeline.title')}>
        {entries.map((entry, index) => (
          <Fragment key={`${entry.kind} ${entry.id}`}>
            {heading(entry) !== heading(entries[index - 1]) && (
              <li className="sticky top-0 z-10 bg-surface py-1.5 text-xs font-medium text-ink-soft first-letter:uppercase">
                {heading(entry)}
              </li>
            )}
            <Entry entry={entry} until={ends.get(entry) ?? null} now={now} />
          </Fragment>
        ))}
      </ol>
      {query.hasNextPage && (
        <Button size="sm" className="mt-3" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('common.more')}
        </Button>
      )}
    </Card>
  )
}

/** `now`: it lasts. Null: nobody can say. */
type End = string | null

/**
 * When each state ended: with the next one. The last one of a bot that is not wanted to run does not last, said or not: it ended when somebody asked for
 * that, or it was itself the end. Of newest first.
 */
function endsOf(entries: readonly TimelineEntry[], { desired }: Pick<Bot, 'desired'>): Map<TimelineEntry, End> {
  const ends = new Map<TimelineEntry, End>()
  let over = desired !== 'running'
  let end: End = over ? null : 'now'
  for (const entry of entries) {
    if (over && entry.kind === 'asked' && (entry.action === 'bot.stop' || entry.action === 'bot.remove')) end = entry.at
    if (entry.kind !== 'state') continue
    ends.set(entry, end)
    over = false
    end = entry.at
  }
  return ends
}

function Entry({ entry, until, now }: { entry: TimelineEntry; until: End; now: Date }) {
  const t = useT()
  const language = useLanguage()
  const at = new Date(entry.at)
  const { icon, title, text, facts } = lookOf(entry, t, language)
  const seconds = until === null || until === 'now' ? 0 : (Date.parse(until) - Date.parse(entry.at)) / 1000
  return (
    <li
      className="flex gap-3 border-l-2 py-2 pl-3 text-sm"
      data-testid="timeline-entry"
      data-kind={entry.kind}
      data-what={entry.kind === 'state' ? entry.state : entry.kind === 'asked' ? entry.action : entry.alert}
    >
      <span className="mt-0.5">{icon}</span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap justify-between gap-x-4">
          <span className={cn('font-medium', entry.kind === 'asked' && 'font-normal')}>{title}</span>
          <time dateTime={entry.at} title={formatExact(at, language)} className="text-ink-soft tabular-nums">
            {formatTime(at, language)}
            {seconds >= 1 && ` · ${t('timeline.lasted', { span: formatSpan(seconds, language) })}`}
            {until === 'now' && ` · ${t('timeline.now')}`}
          </time>
        </p>
        {text !== null && <p className="text-ink-soft">{text}</p>}
        {entry.kind === 'alert' && (
          <p className="text-ink-soft">
            {entry.resolved_at === null
              ? t('timeline.open')
              : t('timeline.resolved', { when: formatRelative(new Date(entry.resolved_at), now, language) })}
          </p>
        )}
        {facts !== null && <p className="font-mono text-xs break-words text-ink-soft">{facts}</p>}
      </div>
    </li>
  )
}

/** `text`: in the person's language; `facts`: as the server wrote them. */
type Look = { icon: ReactNode; title: string; text: string | null; facts: string | null }

/** A person by name; a program by its key's, of which the installation's own has none that says something. */
export function whoOf(
  { actor, actor_name: name }: Pick<Extract<TimelineEntry, { kind: 'asked' }>, 'actor' | 'actor_name'>,
  t: Translate,
): string {
  if (name === null) return t(actor === 'pairing_link' ? 'timeline.by-link' : 'timeline.by-somebody')
  if (!actor.startsWith('key:')) return name
  return name === 'bootstrap' ? t('timeline.by-installation') : t('timeline.by-key', { name })
}

function lookOf(entry: TimelineEntry, t: Translate, language: Language): Look {
  switch (entry.kind) {
    case 'state': {
      const { tone, title } = summarizeState(entry)
      return {
        icon: <StatusIcon tone={tone} still />,
        title: t(title),
        text: t(`reason.${entry.reason}`),
        facts: entry.detail === null ? null : faultText(entry.detail, t),
      }
    }
    case 'asked': {
      const who = whoOf(entry, t)
      const icon = <UserRound className="size-4 text-ink-soft" aria-hidden />
      return { icon, title: t(`asked.${entry.action}`, { who }), text: null, facts: null }
    }
    case 'alert': {
      const text = entry.detail === null ? null : factText(entry.alert, entry.detail, t, language)
      return {
        icon: <BellRing className={cn('size-4', entry.severity === 'critical' ? 'text-bad' : 'text-warn')} aria-hidden />,
        title: t(`alert.${entry.alert}`),
        text,
        facts: text !== null || entry.detail === null ? null : faultText(entry.detail, t),
      }
    }
    default:
      return entry satisfies never
  }
}
