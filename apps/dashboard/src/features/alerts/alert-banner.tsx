import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { useT } from '../../i18n/use-t.ts'
import { buttonClass } from '../../ui/button.tsx'
import { cn } from '../../ui/cn.ts'
import { Notice } from '../../ui/notice.tsx'
import { AlertItem } from './alert-item.tsx'
import { alertsQuery } from './alerts.ts'

/** Above every page: the one thing that is wrong, or how many there are. The page of alerts and the overview show them anyway. */
export function AlertBanner() {
  const t = useT()
  const { data } = useQuery(alertsQuery)
  const shownThere = useLocation({ select: ({ pathname }) => pathname === '/alerts' || pathname === '/' })
  const inChat = useLocation({ select: ({ pathname }) => /\/conversations\/[^/]+$/u.test(pathname) })
  const alerts = data?.items.filter((alert) => alert.severity !== 'info') ?? []
  const [first] = alerts
  if (first === undefined || shownThere) return null
  return (
    <div
      data-testid="alert-banner"
      role="region"
      aria-label={t('alerts.title')}
      // A chat needs a small screen for itself; the bell above says how many there are.
      className={cn('mx-auto w-full max-w-6xl px-3 py-3 sm:px-6', inChat && 'max-sm:hidden [@media(max-height:32rem)]:hidden')}
    >
      {alerts.length === 1 ? (
        <AlertItem alert={first} />
      ) : (
        <Notice
          tone={alerts.some((alert) => alert.severity === 'critical') ? 'bad' : 'warn'}
          title={t('alerts.many', { count: alerts.length })}
          actions={
            <Link to="/alerts" className={buttonClass({ size: 'sm' })}>
              {t('alerts.see')}
            </Link>
          }
        >
          <p className="line-clamp-1">
            {alerts.map((alert) => `${alert.tenant_name === null ? '' : `${alert.tenant_name}: `}${t(`alert.${alert.kind}`)}`).join(' · ')}
          </p>
        </Notice>
      )}
    </div>
  )
}
