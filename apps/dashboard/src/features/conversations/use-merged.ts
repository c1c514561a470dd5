import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { moveDraft } from './drafts.ts'
import { pending } from './pending.ts'

/** Goes on to the conversation that the one of the address was merged into, and takes along what was typed and is on its way there. */
export function useMerged(tenant: string, asked: string, found: string | undefined): void {
  const navigate = useNavigate()
  useEffect(() => {
    if (found === undefined || found === asked) return
    moveDraft(asked, found)
    pending.merge(asked, found)
    const params = { tenantId: tenant, conversationId: found }
    void navigate({ to: '/tenants/$tenantId/conversations/$conversationId', params, replace: true })
  }, [tenant, asked, found, navigate])
}
