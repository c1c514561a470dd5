import { getRouteApi, Outlet } from '@tanstack/react-router'
import { ConnectPanel } from '../features/bot/connect-panel.tsx'
import { NewTokenCard } from '../features/bot/new-token-card.tsx'
import { TenantLayout } from '../features/tenants/tenant-layout.tsx'
import { useTenantTitle } from '../features/tenants/use-tenant-title.ts'
import { useT } from '../i18n/use-t.ts'
import { Page } from '../ui/page.tsx'

const route = getRouteApi('/app/tenants/$tenantId')

export function TenantRoute() {
  const { tenantId } = route.useParams()
  return (
    <TenantLayout key={tenantId} tenantId={tenantId}>
      <Outlet />
    </TenantLayout>
  )
}

export function ConnectRoute() {
  const t = useT()
  const { tenantId } = route.useParams()
  useTenantTitle(tenantId, t('tenant.connect'))
  return (
    <Page>
      <ConnectPanel tenant={tenantId} />
      <NewTokenCard tenant={tenantId} />
    </Page>
  )
}
