import { getRouteApi, Outlet } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { BotDetails } from '../features/bot/bot-details.tsx'
import { ConnectPanel } from '../features/bot/connect-panel.tsx'
import { ConversationsPage } from '../features/conversations/conversations-page.tsx'
import { TenantLayout } from '../features/tenants/tenant-layout.tsx'
import { Loading } from '../ui/loading.tsx'
import { Page } from '../ui/page.tsx'

/** Brings the engine that runs flows with it: most visits never need it. */
const FlowPage = lazy(async () => ({ default: (await import('../features/flow/flow-page.tsx')).FlowPage }))

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
      <Suspense fallback={<Loading lines={8} />}>
        <FlowPage tenant={tenantId} />
      </Suspense>
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
