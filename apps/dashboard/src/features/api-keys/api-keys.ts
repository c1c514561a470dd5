import { queryOptions } from '@tanstack/react-query'
import { ApiKey, ApiKeyCreated, page } from '@zaptria/contract'
import { request, segment } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

export const apiKeysQuery = queryOptions({
  queryKey: keys.apiKeys,
  queryFn: ({ signal }) => request('GET', '/api-keys', { answer: page(ApiKey), signal }),
})

export const createApiKey = (name: string, idempotencyKey: string) =>
  request('POST', '/api-keys', { body: { name }, answer: ApiKeyCreated, idempotencyKey })
export const revokeApiKey = (key: string) => request('DELETE', `/api-keys/${segment(key)}`)
