import { getRouteApi } from '@tanstack/react-router'
import { FlowPage } from '../features/flow/flow-page.tsx'
import { Page } from '../ui/page.tsx'

const route = getRouteApi('/app/tenants/$tenantId')

export function FlowRoute() {
  const { tenantId } = route.useParams()
  return (
    <Page>
      <FlowPage tenant={tenantId} />
    </Page>
  )
}
