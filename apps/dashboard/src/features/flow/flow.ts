import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { FlowVersion, page, type Flow } from '@zaptria/contract'
import { ApiError, request, search, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

const path = (tenant: string, rest = '') => `/tenants/${segment(tenant)}/flow${rest}`

/** The active version; null = the bot answers nothing. */
export const flowQuery = (tenant: string) =>
  queryOptions({
    queryKey: keys.flow(tenant),
    queryFn: async ({ signal }): Promise<FlowVersion | null> => {
      try {
        return await request('GET', path(tenant), { answer: FlowVersion, signal })
      } catch (error) {
        if (error instanceof ApiError && error.status === 404 && error.code !== 'tenant_not_found') return null
        throw error
      }
    },
  })

/** Newest first. */
export const flowVersionsQuery = (tenant: string) =>
  infiniteQueryOptions({
    queryKey: keys.flowVersions(tenant),
    queryFn: ({ signal, pageParam }) =>
      request('GET', path(tenant, `/versions${search({ cursor: pageParam })}`), { answer: page(FlowVersion), signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })

export const publishFlow = (tenant: string, flow: Flow, idempotencyKey: string) =>
  request('POST', path(tenant, '/versions'), { body: flow, answer: FlowVersion, idempotencyKey })
export const activateFlow = (tenant: string, version: string) => request('POST', path(tenant, `/versions/${segment(version)}/activate`))
export const deactivateFlow = (tenant: string) => request('DELETE', path(tenant))
