import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Alert } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { Button, buttonClass } from '../../ui/button.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { alertPlace, resolveAlert } from './alerts.ts'
import { useDetailText } from './use-detail-text.ts'

const TONES = { info: 'info', warning: 'warn', critical: 'bad' } as const
const ROUTES = {
  connect: '/tenants/$tenantId',
  conversations: '/tenants/$tenantId/conversations',
  details: '/tenants/$tenantId/details',
} as const

/** One thing that is wrong: what, for whom, since when, what to do. */
export function AlertItem({ alert, className }: { alert: Alert; className?: string }) {
  const t = useT()
  const detail = useDetailText(alert.kind, alert.detail)
  const queryClient = useQueryClient()
  const resolve = useMutation({
    mutationFn: () => resolveAlert(alert.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keys.alerts }),
  })
  const sentence = t(`alert.${alert.kind}`)
  return (
    <div data-testid="alert" data-kind={alert.kind} className={className}>
      <Notice
        tone={TONES[alert.severity]}
        title={alert.tenant_name === null ? sentence : `${alert.tenant_name}: ${sentence}`}
        actions={
          <>
            {alert.tenant_id !== null && (
              <Link
                to={ROUTES[alertPlace(alert.kind)]}
                params={{ tenantId: alert.tenant_id }}
                className={buttonClass({ size: 'sm' })}
                data-testid="alert-open"
              >
                {t('alerts.open')}
              </Link>
            )}
            <Button size="sm" look="quiet" busy={resolve.isPending} onClick={() => resolve.mutate()} data-testid="alert-resolve">
              {t('alerts.resolve')}
            </Button>
          </>
        }
      >
        <p>{t(`alert.${alert.kind}.do`)}</p>
        {detail !== null && (
          <p className="mt-1 break-words" data-testid="alert-detail">
            {detail}
          </p>
        )}
        <p className="mt-1 text-xs text-ink-soft">
          {t('alerts.since')} <TimeAgo at={alert.raised_at} />
          {alert.count > 1 && <> · {t('alerts.times', { count: alert.count })}</>}
        </p>
      </Notice>
      <ProblemNotice error={resolve.error} className="mt-2" />
    </div>
  )
}
