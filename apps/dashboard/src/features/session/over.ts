import type { QueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { keys } from '../../api/keys.ts'
import { wasHere } from './person.ts'
import { sessionQuery } from './session.ts'

let over = false
const listeners = new Set<() => void>()
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
const change = (is: boolean): void => {
  over = is
  for (const listener of listeners) listener()
}

/** Whether the session of who is here has ended by itself: it ran out, or was withdrawn. The page stays as it is, with what is written on it. */
export const useSessionOver = (): boolean => useSyncExternalStore(subscribe, () => over)

/** The server knows of no session any more. */
export function sessionEnded(queryClient: QueryClient): void {
  queryClient.setQueryData(keys.session, null)
  if (wasHere()) change(true)
}

export const sessionIsBack = (): void => change(false)

/** Was it the session that ended, where the line broke? */
export async function askWhetherOver(queryClient: QueryClient): Promise<void> {
  const user = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0, retry: false }).catch(() => undefined)
  if (user === null) sessionEnded(queryClient)
}
