import { getRouteApi } from '@tanstack/react-router'
import { BotDetails } from '../features/bot/bot-details.tsx'
import { Page } from '../ui/page.tsx'

const route = getRouteApi('/app/tenants/$tenantId')

export function DetailsRoute() {
  const { tenantId } = route.useParams()
  return (
    <Page>
      <BotDetails tenant={tenantId} />
    </Page>
  )
}
