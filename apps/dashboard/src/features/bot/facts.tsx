import { useQuery } from '@tanstack/react-query'
import type { Bot } from '@zaptria/contract'
import type { ReactNode } from 'react'
import { TimeAgo } from '../../format/time-ago.tsx'
import { formatSpan } from '../../format/time.ts'
import { useLanguage, useT } from '../../i18n/use-t.ts'
import { Card, CardTitle } from '../../ui/card.tsx'
import { statsQuery } from './bot.ts'

function Fact({ name, children, testId }: { name: string; children: ReactNode; testId?: string }) {
  return (
    <div className="flex flex-wrap justify-between gap-x-4 border-b py-2 last:border-0">
      <dt className="text-sm text-ink-soft">{name}</dt>
      <dd className="min-w-0 text-sm break-all" data-testid={testId}>
        {children}
      </dd>
    </div>
  )
}

/** Where the bot is, and on what. */
export function BotFacts({ bot }: { bot: Bot }) {
  const t = useT()
  const unknown = t('facts.unknown')
  return (
    <Card>
      <CardTitle>{t('facts.title')}</CardTitle>
      <dl>
        <Fact name={t('facts.server')} testId="fact-server">
          {bot.server}
        </Fact>
        <Fact name={t('facts.container')} testId="fact-container">
          <code className="font-mono">{bot.container_name}</code>
        </Fact>
        <Fact name={t('facts.public-url')}>{bot.public_url ?? t('facts.public-url.none')}</Fact>
        <Fact name={t('facts.instance')}>
          {t(`instance.${bot.instance.state}`)}
          {bot.instance.detail !== null && ` · ${bot.instance.detail}`}
        </Fact>
        <Fact name={t('facts.last-beat')}>{bot.last_beat_at === null ? unknown : <TimeAgo at={bot.last_beat_at} />}</Fact>
        <Fact name={t('facts.engine')}>{bot.engine}</Fact>
        <Fact name={t('facts.page-version')}>{bot.page_version ?? unknown}</Fact>
        <Fact name={t('facts.epoch')}>{bot.epoch}</Fact>
      </dl>
    </Card>
  )
}

/** What it uses, as the driver measured it. */
export function BotUsage({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  const language = useLanguage()
  const running = bot.instance.state === 'running'
  const stats = useQuery({ ...statsQuery(tenant), enabled: running })
  const data = running ? stats.data : undefined
  const none = '–'
  const number = (value: number, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options).format(value)
  return (
    <Card>
      <CardTitle>{t('stats.title')}</CardTitle>
      <dl>
        <Fact name={t('stats.memory')} testId="stats-memory">
          {data?.memory_bytes == null
            ? none
            : number(data.memory_bytes / 1024 ** 2, { style: 'unit', unit: 'megabyte', maximumFractionDigits: 0 })}
        </Fact>
        <Fact name={t('stats.cpu')}>
          {data?.cpu_ratio == null ? none : number(data.cpu_ratio, { style: 'percent', maximumFractionDigits: 1 })}
        </Fact>
        <Fact name={t('stats.processes')}>{data?.processes == null ? none : number(data.processes, {})}</Fact>
        <Fact name={t('stats.uptime')}>{data?.uptime_s == null ? none : formatSpan(data.uptime_s, language)}</Fact>
      </dl>
    </Card>
  )
}
