import type { Bot } from '@zaptria/contract'
import { useT } from '../../i18n/use-t.ts'
import { Status } from '../../ui/status.tsx'
import { summarize } from './summary.ts'

/** How the bot stands, in a few words. The attribute holds the state's own name for machines. */
export function BotStatus({ bot, testId = 'state' }: { bot: Bot | null; testId?: string }) {
  const t = useT()
  const { tone, title } = summarize(bot)
  return (
    <span
      data-testid={testId}
      data-state={bot?.state.state ?? 'none'}
      data-reason={bot?.state.reason ?? 'none'}
      data-alive={bot?.alive ?? false}
    >
      <Status tone={tone}>{t(title)}</Status>
    </span>
  )
}
