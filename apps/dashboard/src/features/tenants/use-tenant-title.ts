import { useQuery } from '@tanstack/react-query'
import { usePageTitle } from '../../ui/page.tsx'
import { tenantQuery } from './tenants.ts'

/** Names the browser tab by one of a tenant's pages, and, once it is known, by the tenant: who works for many has many tabs open. */
export function useTenantTitle(tenant: string, page: string): void {
  const { data } = useQuery(tenantQuery(tenant))
  usePageTitle(data === undefined ? page : `${page} · ${data.name}`)
}
