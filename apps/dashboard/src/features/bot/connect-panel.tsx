import { useQuery } from '@tanstack/react-query'
import type { Bot } from '@zaptria/contract'
import { useT } from '../../i18n/use-t.ts'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { ConnectProgress } from './connect-progress.tsx'
import { ConnectedCard } from './connected-card.tsx'
import { botQuery } from './bot.ts'
import { NumbersCard } from './numbers-card.tsx'
import { ScanCard } from './scan-card.tsx'
import { summarize } from './summary.ts'
import { WayOut } from './way-out.tsx'

/** The way from "paid" to "connected": whatever the bot needs from the person now; and, once it has been connected, how it does. */
export function ConnectPanel({ tenant }: { tenant: string }) {
  const { data: bot, error, refetch } = useQuery(botQuery(tenant))
  if (bot === undefined) {
    return error === null ? <Loading lines={6} /> : <ProblemNotice error={error} onRetry={() => void refetch()} />
  }
  if (bot === null) return <Standing tenant={tenant} bot={null} />
  return (
    <>
      <Needed tenant={tenant} bot={bot} />
      {bot.number !== null && <NumbersCard tenant={tenant} bot={bot} />}
    </>
  )
}

function Needed({ tenant, bot }: { tenant: string; bot: Bot }) {
  const speaks = bot.desired === 'running' && bot.under_way === null && (bot.alive || bot.transport === 'http')
  if (!speaks) return <Standing tenant={tenant} bot={bot} />
  switch (bot.state.state) {
    case 'qr_ready':
      return <ScanCard tenant={tenant} bot={bot} />
    case 'starting':
    case 'pairing':
    case 'syncing':
      return <Standing tenant={tenant} bot={bot} />
    case 'connected':
      return <ConnectedCard tenant={tenant} bot={bot} />
    case 'passkey_required':
    case 'reconnecting':
    case 'conflict':
    case 'logged_out':
    case 'banned':
    case 'failed':
      return <Standing tenant={tenant} bot={bot} />
    default:
      return bot.state.state satisfies never
  }
}

/** Nothing to scan: where things stand, why, and the one thing that helps. */
function Standing({ tenant, bot }: { tenant: string; bot: Bot | null }) {
  const t = useT()
  const { tone, title, advice, facts } = summarize(bot)
  const notice = { ok: 'ok', busy: 'info', wait: 'info', warn: 'warn', bad: 'bad', off: 'info' } as const
  return (
    <Card data-testid="connect">
      <CardTitle>{t('connect.title')}</CardTitle>
      {tone === 'busy' && bot !== null && bot.desired === 'running' && (
        <ConnectProgress state={bot.alive && bot.under_way === null ? bot.state.state : 'starting'} />
      )}
      <Notice tone={notice[tone]} title={t(title)} role="status" testId="connect-sentence" actions={<WayOut tenant={tenant} bot={bot} />}>
        {t(advice)}
        {facts !== undefined && (
          <p className="mt-1 text-xs break-words text-ink-soft" data-testid="connect-facts">
            {facts}
          </p>
        )}
      </Notice>
    </Card>
  )
}
