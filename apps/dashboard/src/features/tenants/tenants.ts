import { queryOptions } from '@tanstack/react-query'
import { Tenant, type TenantUpdate } from '@zaptria/contract'
import { z } from 'zod'
import { request, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

/** The answer to creating or changing one: with the bot's token, once, when that made a bot. */
const TenantMade = Tenant.extend({ bot_token: z.string().optional() })
export type TenantMade = z.infer<typeof TenantMade>

export const tenantQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.tenant(tenant),
    queryFn: ({ signal }) => request('GET', `/tenants/${segment(tenant)}`, { answer: Tenant, signal }),
  })

type NewTenant = { name: string; external_id?: string; subscription: Tenant['subscription'] }

export const createTenant = (body: NewTenant, idempotencyKey: string) =>
  request('POST', '/tenants', { body, answer: TenantMade, idempotencyKey })
export const updateTenant = (tenant: string, body: TenantUpdate) =>
  request('PATCH', `/tenants/${segment(tenant)}`, { body, answer: TenantMade })
export const removeTenant = (tenant: string) => request('DELETE', `/tenants/${segment(tenant)}`)
