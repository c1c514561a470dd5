import { getRouteApi, Outlet } from '@tanstack/react-router'
import { BotDetails } from '../features/bot/bot-details.tsx'
import { ConnectPanel } from '../features/bot/connect-panel.tsx'
import { ConversationsPage } from '../features/conversations/conversations-page.tsx'
import { FlowPage } from '../features/flow/flow-page.tsx'
import { TenantLayout } from '../features/tenants/tenant-layout.tsx'
import { Page } from '../ui/page.tsx'

const route = getRouteApi('/app/tenants/$tenantId')
const conversation = getRouteApi('/app/tenants/$tenantId/conversations/$conversationId')

export function TenantRoute() {
  const { tenantId } = route.useParams()
  return (
    <TenantLayout key={tenantId} tenantId={tenantId}>
      <Outlet />
    </TenantLayout>
  )
}

export function ConnectRoute() {
  const { tenantId } = route.useParams()
  return (
    <Page>
      <ConnectPanel tenant={tenantId} />
    </Page>
  )
}

export function DetailsRoute() {
  const { tenantId } = route.useParams()
  return (
    <Page>
      <BotDetails tenant={tenantId} />
    </Page>
  )
}

export function FlowRoute() {
  const { tenantId } = route.useParams()
  return (
    <Page>
      <FlowPage tenant={tenantId} />
    </Page>
  )
}

export function ConversationsRoute() {
  const { tenantId } = route.useParams()
  return <ConversationsPage tenant={tenantId} conversation={null} />
}

export function ConversationRoute() {
  const { tenantId, conversationId } = conversation.useParams()
  return <ConversationsPage tenant={tenantId} conversation={conversationId} />
}
