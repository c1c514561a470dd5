import { getRouteApi } from '@tanstack/react-router'
import { ConversationsPage } from '../features/conversations/conversations-page.tsx'

const route = getRouteApi('/app/tenants/$tenantId')
const conversation = getRouteApi('/app/tenants/$tenantId/conversations/$conversationId')

export function ConversationsRoute() {
  const { tenantId } = route.useParams()
  return <ConversationsPage tenant={tenantId} conversation={null} />
}

export function ConversationRoute() {
  const { tenantId, conversationId } = conversation.useParams()
  return <ConversationsPage tenant={tenantId} conversation={conversationId} />
}
