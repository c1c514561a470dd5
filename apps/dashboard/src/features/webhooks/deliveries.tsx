import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { WebhookDelivery, WebhookEndpoint } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { faultText } from '../alerts/fault.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Status } from '../../ui/status.tsx'
import type { StatusTone } from '../../ui/status.tsx'
import { deliveriesQuery, replayDelivery, replayFailed } from './webhooks.ts'

type DeliveriesProps = { tenant: string; webhook: WebhookEndpoint }

/** The latest deliveries, newest first, with how the last attempt of each ended. */
export function Deliveries({ tenant, webhook }: DeliveriesProps) {
  const t = useT()
  const queryClient = useQueryClient()
  const list = useQuery(deliveriesQuery(tenant, webhook.id))
  const onSuccess = () => void queryClient.invalidateQueries({ queryKey: keys.webhookDeliveries(tenant, webhook.id) })
  const replay = useMutation({ mutationFn: (delivery: string) => replayDelivery(tenant, webhook.id, delivery), onSuccess })
  const replayAll = useMutation({ mutationFn: () => replayFailed(tenant, webhook.id), onSuccess })
  return (
    <div className="rounded-control border p-3">
      <ProblemNotice error={list.error ?? replay.error ?? replayAll.error} onRetry={() => void list.refetch()} />
      {list.isPending && <Loading lines={2} />}
      {list.data?.items.length === 0 && <p className="text-sm text-ink-soft">{t('webhooks.deliveries.none')}</p>}
      <ul className="max-h-96 divide-y overflow-y-auto" tabIndex={0} aria-label={t('webhooks.deliveries')}>
        {list.data?.items.map((delivery) => (
          <li key={delivery.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-sm" data-testid="webhook-delivery">
            <div className="min-w-0 flex-1 basis-48">
              <p className="font-medium">{t(`webhook-event.${delivery.type}`)}</p>
              <p className="break-words text-ink-soft">
                <TimeAgo at={delivery.created_at} />
                <LastAttempt delivery={delivery} />
              </p>
            </div>
            <Status tone={TONES[delivery.status]}>{t(`webhook-delivery.${delivery.status}`)}</Status>
            {webhook.enabled && (
              <Button size="sm" look="quiet" onClick={() => replay.mutate(delivery.id)} data-testid="webhook-replay">
                {t('webhooks.replay')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {webhook.enabled && (list.data?.items.some(({ status }) => status === 'failed') ?? false) && (
        <Button
          size="sm"
          className="mt-3"
          busy={replayAll.isPending}
          onClick={() => replayAll.mutate()}
          data-testid="webhook-replay-failed"
        >
          {t('webhooks.replay-failed')}
        </Button>
      )}
    </div>
  )
}

const TONES: Record<WebhookDelivery['status'], StatusTone> = { pending: 'busy', succeeded: 'ok', failed: 'bad' }

function LastAttempt({ delivery }: { delivery: WebhookDelivery }) {
  const t = useT()
  const last = delivery.attempts.at(-1)
  if (last === undefined) return null
  return (
    <>
      {' · '}
      {t('webhooks.attempts', { count: delivery.attempts.length })} · {last.error === null ? last.status : faultText(last.error, t)} ·{' '}
      {last.duration_ms} ms
    </>
  )
}
