import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { useT } from '../../i18n/use-t.ts'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { Page, PageTitle, usePageTitle } from '../../ui/page.tsx'
import { ProblemNotice } from '../../ui/problem-notice.tsx'
import { AlertItem } from './alert-item.tsx'
import { alertsQuery } from './alerts.ts'

export function AlertsPage() {
  const t = useT()
  usePageTitle(t('alerts.title'))
  const alerts = useQuery(alertsQuery)
  return (
    <Page>
      <PageTitle help={t('alerts.help')}>{t('alerts.title')}</PageTitle>
      <ProblemNotice error={alerts.error} onRetry={() => void alerts.refetch()} />
      {alerts.isPending && <Loading />}
      {alerts.data?.items.length === 0 && (
        <div className="rounded-card border bg-surface">
          <Empty icon={CircleCheck} title={t('alerts.none')} testId="alerts-none">
            {t('alerts.none.help')}
          </Empty>
        </div>
      )}
      <div className="space-y-3">
        {alerts.data?.items.map((alert) => (
          <AlertItem key={alert.id} alert={alert} />
        ))}
      </div>
    </Page>
  )
}
