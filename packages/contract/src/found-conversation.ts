import { z } from 'zod'
import { Contact } from './conversations.ts'
import { ConversationId, TenantId } from './ids.ts'
import { At } from './text.ts'

/** A conversation that was looked for among those of all tenants. */
export const FoundConversation = z.object({
  id: ConversationId,
  tenant_id: TenantId,
  tenant_name: z.string(),
  contact: Contact,
  last_at: At.nullable(),
})
export type FoundConversation = z.infer<typeof FoundConversation>
