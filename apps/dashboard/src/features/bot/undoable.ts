import { queryOptions, skipToken, useQuery, type QueryClient } from '@tanstack/react-query'
import { keys } from '../../api/keys.ts'
import { useNow } from '../../format/use-now.ts'
import type { BotDeed } from './bot.ts'

/** Session and settings stay: starting it is all there is to it. */
export const UNDONE_BY_START: ReadonlySet<BotDeed> = new Set(['stop', 'remove'])

/** After that it is no slip any more, and a bot is started like any other. */
const OFFERED_MS = 10 * 60_000

type Done = { deed: BotDeed; atMs: number }

const doneQuery = (tenant: string) => queryOptions<Done>({ queryKey: keys.undoable(tenant), queryFn: skipToken, gcTime: OFFERED_MS })

/** Remembered in memory alone, in whatever page it was done. */
export function rememberDone(queryClient: QueryClient, tenant: string, deed: BotDeed): void {
  queryClient.setQueryData(doneQuery(tenant).queryKey, { deed, atMs: Date.now() })
}

/** What was done to the bot here a little while ago and one click undoes; null: nothing, or too long ago. */
export function useUndoable(tenant: string): BotDeed | null {
  const { data } = useQuery(doneQuery(tenant))
  const now = useNow(10_000)
  if (data === undefined || !UNDONE_BY_START.has(data.deed)) return null
  return now.getTime() - data.atMs < OFFERED_MS ? data.deed : null
}
