import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Bot } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import type { MessageId } from '../../i18n/messages.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { askBot, type BotDeed } from './bot.ts'
import { rememberDone } from './undoable.ts'

/** The one deed that helps from here, if there is one. */
export function wayOut(bot: Pick<Bot, 'desired' | 'state' | 'under_way'> | null): { deed: BotDeed; label: MessageId } | null {
  if (bot === null) return null
  if (bot.desired !== 'running') return { deed: 'start', label: 'deed.start' }
  if (bot.under_way !== null) return null
  switch (bot.state.state) {
    case 'logged_out':
      return { deed: 'pair', label: 'qr.show' }
    case 'conflict':
      return { deed: 'restart', label: 'conflict.take-back' }
    case 'passkey_required':
      return { deed: 'pair', label: 'passkey.again' }
    case 'failed':
      return { deed: 'restart', label: 'deed.restart' }
    default:
      return null
  }
}

export function WayOut({ tenant, bot }: { tenant: string; bot: Bot | null }) {
  const t = useT()
  const queryClient = useQueryClient()
  const way = wayOut(bot)
  const ask = useMutation({
    mutationFn: (deed: BotDeed) => askBot(tenant, deed),
    onSuccess: (_, deed) => rememberDone(queryClient, tenant, deed),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.bot(tenant) }),
  })
  if (way === null) return null
  return (
    <>
      <Button size="sm" look="primary" busy={ask.isPending} onClick={() => ask.mutate(way.deed)} data-testid={`way-out-${way.deed}`}>
        {t(way.label)}
      </Button>
      <ProblemNotice error={ask.error} />
    </>
  )
}
