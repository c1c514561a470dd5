import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useT } from '../../i18n/use-t.ts'
import { Button } from '../../ui/button.tsx'
import { Card, CardTitle } from '../../ui/card.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { WebhookCreateDialog } from './webhook-create-dialog.tsx'
import { WebhookItem } from './webhook-item.tsx'
import { webhooksQuery } from './webhooks.ts'

/** Addresses of the tenant's own that are told what happens. */
export function WebhooksCard({ tenant }: { tenant: string }) {
  const t = useT()
  const list = useQuery(webhooksQuery(tenant))
  const [creating, setCreating] = useState(false)
  return (
    <Card>
      <CardTitle
        help={t('webhooks.help')}
        action={
          <Button onClick={() => setCreating(true)} data-testid="webhook-new">
            {t('webhooks.create')}
          </Button>
        }
      >
        {t('webhooks.title')}
      </CardTitle>
      <ProblemNotice error={list.error} onRetry={() => void list.refetch()} />
      {list.isPending && <Loading lines={2} />}
      {list.data?.items.length === 0 && <p className="text-sm text-ink-soft">{t('webhooks.none')}</p>}
      <ul className="divide-y">
        {list.data?.items.map((webhook) => (
          <WebhookItem key={webhook.id} tenant={tenant} webhook={webhook} />
        ))}
      </ul>
      {creating && <WebhookCreateDialog tenant={tenant} onClose={() => setCreating(false)} />}
    </Card>
  )
}
