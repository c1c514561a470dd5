import { queryOptions, type QueryClient } from '@tanstack/react-query'
import { z } from 'zod'
import { ApiError, request } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'

export const User = z.object({ id: z.string(), email: z.string(), name: z.string().nullable(), role: z.string() })
export type User = z.infer<typeof User>
const Session = z.object({ user: User })

/** Who is signed in; null = nobody. */
export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: async ({ signal }): Promise<User | null> => {
    try {
      return (await request('GET', '/session', { answer: Session, signal })).user
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null
      throw error
    }
  },
  staleTime: 60_000,
})

/** Before a page is shown. While the server cannot be asked, whoever was signed in stays it: the page says so, and each call is checked anyhow. */
export async function askSession(queryClient: QueryClient): Promise<User | null> {
  const known = queryClient.getQueryData(sessionQuery.queryKey) ?? null
  if (known === null) return await queryClient.fetchQuery(sessionQuery)
  return await queryClient.fetchQuery({ ...sessionQuery, retry: false }).catch(() => known)
}

export const signIn = (email: string, password: string) => request('POST', '/session', { body: { email, password } })
export const signInByLink = (token: string) => request('POST', '/session/link', { body: { token } })
export const signOut = () => request('DELETE', '/session')
export const changePassword = (body: { password: string; current?: string }) => request('PUT', '/session/password', { body })

/** Where to go after signing in: only a path of this page, never another site. */
export function safeBack(back: string | undefined): string {
  return back !== undefined && /^\/(?![/\\])/.test(back) && !back.startsWith('/sign-in') ? back : '/'
}
