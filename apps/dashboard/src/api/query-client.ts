import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query'
import { ApiError } from './client.ts'
import { keys } from './keys.ts'

/** Asking again helps when nobody answered or the server was busy; it does not when the answer was no. */
function worthRetrying(failures: number, error: unknown): boolean {
  const passing = error instanceof ApiError && (error.status === 0 || error.status >= 500)
  return passing && failures < 2
}

/** Of a tenant that is known: it was removed since. */
export const isTenantGone = (error: unknown): boolean => error instanceof ApiError && error.code === 'tenant_not_found'

/** The page's cache of what the server said. Hints make entries stale; `onUnauthorized` runs when any call finds the session gone. */
export function createQueryClient(onUnauthorized: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (error instanceof ApiError && error.code === 'unauthorized') onUnauthorized()
    // One that was removed elsewhere is not looked at any further, whatever of it was asked for.
    if (isTenantGone(error)) void client.invalidateQueries({ queryKey: keys.tenants, predicate: ({ state }) => !isTenantGone(state.error) })
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { staleTime: 15_000, retry: worthRetrying, retryDelay: (attempt) => 500 * 2 ** attempt, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
  return client
}
