import { queryOptions, skipToken, type QueryClient } from '@tanstack/react-query'
import { keys } from '../../api/keys.ts'

/** The token of a bot that was made in this tab: nobody can be asked for it again. Held in memory alone. */
export const newTokenQuery = (tenant: string) =>
  queryOptions<string | null>({ queryKey: keys.newToken(tenant), queryFn: skipToken, staleTime: Infinity })

export const giveToken = (queryClient: QueryClient, tenant: string, token: string): void =>
  void queryClient.setQueryData(newTokenQuery(tenant).queryKey, token)

export const forgetToken = (queryClient: QueryClient, tenant: string): void =>
  void queryClient.setQueryData(newTokenQuery(tenant).queryKey, null)
