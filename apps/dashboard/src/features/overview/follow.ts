import type { QueryClient } from '@tanstack/react-query'
import { OVERVIEW_IDS, type Hint } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { overviewQuery, patchTiles, readTiles } from './overview.ts'

/** The tenant whose tile a hint changes; null when it changes none. */
export function tileOf({ noun, id, tenant_id }: Pick<Hint, 'noun' | 'id' | 'tenant_id'>): string | null {
  switch (noun) {
    case 'tenant':
      return id
    case 'bot':
    case 'conversation':
    case 'message':
    case 'flow':
    case 'webhook':
      return tenant_id
    case 'alert':
    case 'server':
      return null
    default:
      return noun satisfies never
  }
}

const EVERY_MS = 120

/** Asks for the tiles that changed, and for no others: the first at once, then together, some times a second at most and one question at a time. */
export function createFollower(queryClient: QueryClient): { add: (tenant: string) => void; close: () => void } {
  const waiting = new Set<string>()
  const closing = new AbortController()
  let timer: ReturnType<typeof setTimeout> | null = null
  let asking = false
  let askedAt = Number.NEGATIVE_INFINITY

  const plan = () => {
    if (timer !== null || asking || waiting.size === 0 || document.hidden || closing.signal.aborted) return
    timer = setTimeout(() => void ask(), Math.max(0, askedAt + EVERY_MS - performance.now()))
  }
  const ask = async () => {
    timer = null
    askedAt = performance.now()
    const query = queryClient.getQueryCache().find({ queryKey: keys.overview })
    if (query === undefined || query.getObserversCount() === 0) {
      // Nobody looks: whoever comes to look asks anew.
      waiting.clear()
      if (query !== undefined && !query.state.isInvalidated) query.invalidate()
      return
    }
    // What is on its way may have been read before the change.
    if (query.state.fetchStatus !== 'idle') return plan()
    const asked = [...waiting]
    waiting.clear()
    if (query.state.data === undefined || asked.length > OVERVIEW_IDS)
      return void queryClient.invalidateQueries({ queryKey: keys.overview })
    const { dataUpdatedAt } = query.state
    asking = true
    try {
      const got = await readTiles(asked, closing.signal)
      // All of it came meanwhile, and one cannot tell which of the two is newer.
      if (query.state.dataUpdatedAt !== dataUpdatedAt) for (const id of asked) waiting.add(id)
      // Its age stays that of the oldest tile.
      else queryClient.setQueryData(overviewQuery.queryKey, (known) => known && patchTiles(known, asked, got), { updatedAt: dataUpdatedAt })
    } catch {
      // Asking for all of them says what is wrong, tries again, and leads to the sign-in page where that is why.
      if (!closing.signal.aborted) void queryClient.invalidateQueries({ queryKey: keys.overview })
    } finally {
      asking = false
      plan()
    }
  }
  document.addEventListener('visibilitychange', plan)
  return {
    add(tenant) {
      waiting.add(tenant)
      plan()
    },
    close() {
      document.removeEventListener('visibilitychange', plan)
      closing.abort()
      if (timer !== null) clearTimeout(timer)
    },
  }
}
