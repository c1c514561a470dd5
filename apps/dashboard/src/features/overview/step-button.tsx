import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { keys } from '../../api/keys.ts'
import { useT } from '../../i18n/use-t.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { askBot, type BotDeed } from '../bot/bot.ts'
import type { NextStep } from './attention.ts'

const ROUTES = {
  connect: '/tenants/$tenantId',
  conversations: '/tenants/$tenantId/conversations',
  details: '/tenants/$tenantId/details',
  flow: '/tenants/$tenantId/flow',
} as const

/** The next step of one thing that needs somebody: done here, or the way to where it is done. Its name says whose, for who hears it alone. */
export function StepButton({ step, tenantId, name }: { step: NextStep; tenantId: string | null; name: string | null }) {
  const t = useT()
  const label = t(step.label)
  const spoken = name === null ? label : `${label}: ${name}`
  if (step.kind === 'deed' && tenantId !== null) return <Deed tenantId={tenantId} deed={step.deed} label={label} spoken={spoken} />
  const place = step.kind === 'open' ? step.place : 'alerts'
  const look = { className: buttonClass({ size: 'sm' }), 'aria-label': spoken, 'data-testid': 'attention-step' }
  return place === 'alerts' || tenantId === null ? (
    <Link to="/alerts" {...look}>
      {label}
    </Link>
  ) : (
    <Link to={ROUTES[place]} params={{ tenantId }} {...look}>
      {label}
    </Link>
  )
}

function Deed({ tenantId, deed, label, spoken }: { tenantId: string; deed: BotDeed; label: string; spoken: string }) {
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const ask = useMutation({
    mutationFn: () => askBot(tenantId, deed),
    onSuccess: () => deed === 'pair' && navigate({ to: '/tenants/$tenantId', params: { tenantId } }),
    onSettled: () => {
      void queryClient.invalidateQueries({ queryKey: keys.bot(tenantId) })
      void queryClient.invalidateQueries({ queryKey: keys.overview })
    },
  })
  return (
    <div className="space-y-2">
      <Button
        size="sm"
        look="primary"
        busy={ask.isPending}
        onClick={() => ask.mutate()}
        aria-label={spoken}
        data-testid="attention-step"
        data-deed={deed}
      >
        {label}
      </Button>
      <ProblemNotice error={ask.error} />
    </div>
  )
}
