import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Bot } from '@zaptria/contract'
import { Undo2 } from 'lucide-react'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { askBot, type BotDeed } from './bot.ts'
import { rememberDone, UNDONE_BY_START, useUndoable } from './undoable.ts'

/** What makes sense now: nobody restarts a stopped bot. */
export function possibleDeeds(bot: Pick<Bot, 'desired' | 'state'>): BotDeed[] {
  if (bot.desired === 'removed') return ['start']
  if (bot.desired === 'stopped') return ['start', 'remove']
  const { state, reason } = bot.state
  // One that waits for its session may be told to give it up.
  const unlinked = state === 'qr_ready' || state === 'logged_out' || (state === 'starting' && reason !== 'restoring')
  return unlinked ? ['restart', 'stop', 'pair', 'remove'] : ['restart', 'stop', 'pair', 'logout', 'remove']
}

const LOSES: ReadonlySet<BotDeed> = new Set(['logout', 'remove', 'pair'])

/** Everything one can do to the bot; what has consequences says them first. */
export function BotDeeds({ tenant, bot }: { tenant: string; bot: Bot }) {
  const t = useT()
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const [asking, setAsking] = useState<Exclude<BotDeed, 'start'> | null>(null)
  const ask = useMutation({
    mutationFn: (deed: BotDeed) => askBot(tenant, deed),
    onSuccess: (_, deed) => {
      setAsking(null)
      rememberDone(queryClient, tenant, deed)
      if (deed === 'pair') void navigate({ to: '/tenants/$tenantId', params: { tenantId: tenant } })
    },
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: keys.bot(tenant) })
      void queryClient.invalidateQueries({ queryKey: keys.overview })
    },
  })
  const undoable = useUndoable(tenant)
  const canUndo = undoable !== null && bot.desired !== 'running'
  const done = ask.isSuccess ? ask.variables : canUndo ? undoable : null
  const choose = (deed: BotDeed) => {
    ask.reset()
    if (deed === 'start') ask.mutate(deed)
    else setAsking(deed)
  }
  return (
    <Card>
      <CardTitle>{t('deeds.title')}</CardTitle>
      <div className="flex flex-wrap gap-2">
        {possibleDeeds(bot).map((deed) => (
          <Button
            key={deed}
            look={deed === 'start' ? 'primary' : deed === 'remove' || deed === 'logout' ? 'danger-quiet' : 'secondary'}
            busy={ask.isPending && ask.variables === deed}
            onClick={() => choose(deed)}
            data-testid={`deed-${deed}`}
          >
            {t(`deed.${deed}`)}
          </Button>
        ))}
      </div>
      {asking === null && <ProblemNotice error={ask.error} className="mt-3" />}
      <div role="status">
        {done !== null && (
          <Notice
            tone="ok"
            title={t('deed.done', { deed: t(`deed.${done}`) })}
            className="mt-3"
            testId="deed-done"
            actions={
              canUndo ? (
                <Button size="sm" onClick={() => choose('start')} data-testid="deed-undo">
                  <Undo2 aria-hidden />
                  {t('deed.undo')}
                </Button>
              ) : undefined
            }
          />
        )}
      </div>
      {asking !== null && (
        <Confirm
          open
          danger={LOSES.has(asking)}
          title={t(`deed.${asking}.title`)}
          confirm={t(`deed.${asking}`)}
          busy={ask.isPending}
          onCancel={() => setAsking(null)}
          onConfirm={() => ask.mutate(asking)}
          error={<ProblemNotice error={ask.error} className="mt-3" />}
        >
          <p>{t(`deed.${asking}.text`)}</p>
          {asking !== 'restart' && <p className="font-medium">{t(UNDONE_BY_START.has(asking) ? 'deed.can-undo' : 'deed.no-undo')}</p>}
        </Confirm>
      )}
    </Card>
  )
}
