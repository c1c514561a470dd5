import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { WebhookEndpoint } from '@zaptria/contract'
import { useState } from 'react'
import { keys } from '../../api/keys.ts'
import { TimeAgo } from '../../format/time-ago.tsx'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Notice } from '../../ui/notice.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { Status } from '../../ui/status.tsx'
import { Deliveries } from './deliveries.tsx'
import { SecretOnce } from './secret-once.tsx'
import { changeWebhook, removeWebhook, rotateSecret, testWebhook } from './webhooks.ts'

type ItemProps = { tenant: string; webhook: WebhookEndpoint }

export function WebhookItem({ tenant, webhook }: ItemProps) {
  const t = useT()
  const queryClient = useQueryClient()
  const [asking, setAsking] = useState<'rotate' | 'remove' | null>(null)
  const [open, setOpen] = useState(false)
  const onSuccess = () => {
    setAsking(null)
    void queryClient.invalidateQueries({ queryKey: keys.webhooks(tenant) })
  }
  const change = useMutation({ mutationFn: (enabled: boolean) => changeWebhook(tenant, webhook.id, { enabled }), onSuccess })
  const remove = useMutation({ mutationFn: () => removeWebhook(tenant, webhook.id), onSuccess })
  const rotate = useMutation({ mutationFn: () => rotateSecret(tenant, webhook.id), onSuccess })
  const test = useMutation({
    mutationFn: () => testWebhook(tenant, webhook.id),
    onSuccess: () => {
      setOpen(true)
      onSuccess()
    },
  })
  return (
    <li className="space-y-3 py-4" data-testid="webhook">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-60">
          <p className="font-mono text-sm break-all">{webhook.url}</p>
          {webhook.description !== '' && <p className="text-sm">{webhook.description}</p>}
          <p className="text-sm text-ink-soft">
            {webhook.events === null ? t('webhooks.all') : webhook.events.map((type) => t(`webhook-event.${type}`)).join(' · ')}
          </p>
        </div>
        <WebhookStatus webhook={webhook} />
      </div>
      {webhook.disabled !== null && webhook.disabled.reason !== 'by_request' && (
        <Notice tone="bad" title={t(`webhook-off.${webhook.disabled.reason}`)} testId="webhook-off">
          {t('webhooks.off.do')}
        </Notice>
      )}
      <div className="flex flex-wrap gap-2">
        <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)} data-testid="webhook-deliveries">
          {t('webhooks.deliveries')}
        </Button>
        {webhook.enabled && (
          <Button size="sm" busy={test.isPending} onClick={() => test.mutate()} data-testid="webhook-test">
            {t('webhooks.test')}
          </Button>
        )}
        <Button size="sm" busy={change.isPending} onClick={() => change.mutate(!webhook.enabled)} data-testid="webhook-switch">
          {webhook.enabled ? t('webhooks.switch-off') : t('webhooks.switch-on')}
        </Button>
        <Button size="sm" onClick={() => setAsking('rotate')} data-testid="webhook-rotate">
          {t('webhooks.rotate')}
        </Button>
        <Button size="sm" look="danger-quiet" onClick={() => setAsking('remove')} data-testid="webhook-remove">
          {t('webhooks.remove')}
        </Button>
      </div>
      <ProblemNotice error={change.error ?? test.error} />
      {open && <Deliveries tenant={tenant} webhook={webhook} />}
      <Confirm
        open={asking === 'rotate'}
        title={t('webhooks.rotate.title')}
        confirm={t('webhooks.rotate')}
        busy={rotate.isPending}
        onCancel={() => setAsking(null)}
        onConfirm={() => rotate.mutate()}
        error={<ProblemNotice error={rotate.error} className="mt-3" />}
      >
        {t('webhooks.rotate.text')}
      </Confirm>
      <Confirm
        open={asking === 'remove'}
        danger
        title={t('webhooks.remove.title')}
        confirm={t('webhooks.remove')}
        busy={remove.isPending}
        onCancel={() => setAsking(null)}
        onConfirm={() => remove.mutate()}
        error={<ProblemNotice error={remove.error} className="mt-3" />}
      >
        {t('webhooks.remove.text')}
      </Confirm>
      {rotate.data !== undefined && (
        <Dialog open onClose={() => rotate.reset()} title={t('webhooks.rotate')} dismissable={false}>
          <SecretOnce secret={rotate.data.secret} label={t('webhooks.secret')} onDone={() => rotate.reset()} />
        </Dialog>
      )}
    </li>
  )
}

function WebhookStatus({ webhook }: { webhook: WebhookEndpoint }) {
  const t = useT()
  if (!webhook.enabled) {
    return (
      <Status tone={webhook.disabled?.reason === 'by_request' ? 'off' : 'bad'} testId="webhook-status">
        {t('webhooks.off')}
      </Status>
    )
  }
  if (webhook.failing_since !== null) {
    return (
      <Status tone="warn" testId="webhook-status">
        {t('webhooks.failing')} <TimeAgo at={webhook.failing_since} />
      </Status>
    )
  }
  return (
    <Status tone="ok" testId="webhook-status">
      {t('webhooks.on')}
    </Status>
  )
}
