import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { Bot, page, Tenant, type TenantUpdate } from '@zaptria/contract'
import { z } from 'zod'
import { request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

export const TenantWithBot = Tenant.extend({ bot: Bot.nullable() })
export type TenantWithBot = z.infer<typeof TenantWithBot>

/** The answer to creating or changing one: with the bot's token, once, when that made a bot. */
const TenantMade = Tenant.extend({ bot_token: z.string().optional() })
export type TenantMade = z.infer<typeof TenantMade>

export const tenantsQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: keys.tenants(q),
    queryFn: ({ signal, pageParam }) =>
      request('GET', `/tenants${search({ q, cursor: pageParam })}`, { answer: page(TenantWithBot), signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: 60_000,
  })

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
