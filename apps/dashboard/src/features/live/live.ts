import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { API_BASE, Hint } from '@zaptria/contract'
import { keys } from '../../api/keys.ts'
import { askWhetherOver } from '../session/over.ts'
import { createFollower, tileOf } from '../overview/follow.ts'

/** The queries that a hint makes stale. The overview follows tile by tile. */
export function staleKeys(hint: Pick<Hint, 'noun' | 'id' | 'tenant_id'>): QueryKey[] {
  const tenant = hint.tenant_id
  switch (hint.noun) {
    case 'tenant':
      return [keys.tenant(hint.id)]
    case 'bot':
      return tenant === null ? [] : [keys.bot(tenant), keys.snapshots(tenant)]
    case 'conversation':
      return tenant === null ? [] : [keys.conversations(tenant), keys.conversation(tenant, hint.id)]
    case 'message':
      return tenant === null ? [] : [keys.messages(tenant, hint.id), keys.conversations(tenant)]
    case 'flow':
      return tenant === null ? [] : [keys.flow(tenant), keys.answeredBy(tenant)]
    case 'webhook':
      return tenant === null ? [] : [keys.webhooks(tenant), keys.answeredBy(tenant)]
    case 'alert':
      return [keys.alerts]
    case 'server':
      return [keys.servers]
    default:
      return hint.noun satisfies never
  }
}

const FLUSH_MS = 120

/**
 * Collects stale keys and refetches what is shown of them: the first at once, then at most every FLUSH_MS. A query that is on its way
 * is asked again after it has come back, never cancelled: under a steady stream of hints it would never arrive.
 */
export function createStaleness(queryClient: QueryClient): { add: (keysToAdd: QueryKey[]) => void; close: () => void } {
  const waiting = new Map<string, QueryKey>()
  let timer: ReturnType<typeof setTimeout> | null = null

  const flush = () => {
    timer = null
    // A hidden page shows nothing; asking for its QR would also count as somebody looking.
    if (document.hidden) return
    for (const [id, queryKey] of waiting) {
      if (queryClient.isFetching({ queryKey, type: 'active' }) > 0) continue
      waiting.delete(id)
      void queryClient.invalidateQueries({ queryKey })
    }
    if (waiting.size > 0) timer = setTimeout(flush, FLUSH_MS)
  }
  const onVisible = () => {
    if (!document.hidden && timer === null && waiting.size > 0) flush()
  }
  document.addEventListener('visibilitychange', onVisible)

  let flushedAt = Number.NEGATIVE_INFINITY
  return {
    add(keysToAdd) {
      for (const key of keysToAdd) waiting.set(JSON.stringify(key), key)
      if (timer !== null) return
      const wait = Math.max(0, flushedAt + FLUSH_MS - performance.now())
      timer = setTimeout(() => {
        flushedAt = performance.now()
        flush()
      }, wait)
    },
    close() {
      document.removeEventListener('visibilitychange', onVisible)
      if (timer !== null) clearTimeout(timer)
    },
  }
}

const RETRY_MS = [1000, 2000, 4000, 8000, 15_000]

/** `offline`: it is down, and the browser knows of no network at all. */
export type Line = 'up' | 'down' | 'offline'

type LiveOptions = { queryClient: QueryClient; onChange: (line: Line) => void }

/** The tab's one event stream. It carries hints only; after a gap everything shown is fetched again, and only then it is up. Returns how to close it. */
export function openLive({ queryClient, onChange }: LiveOptions): () => void {
  const staleness = createStaleness(queryClient)
  const tiles = createFollower(queryClient)
  let source: EventSource | null = null
  let retry: ReturnType<typeof setTimeout> | null = null
  let failures = 0
  let hadGap = false

  const drop = () => {
    if (retry !== null) clearTimeout(retry)
    source?.close()
    retry = null
    source = null
  }
  const opened = async (stream: EventSource) => {
    failures = 0
    if (hadGap) {
      hadGap = false
      await queryClient.invalidateQueries()
    }
    if (source === stream) onChange('up')
  }
  const lost = () => {
    // The browser's own retry gives up after an HTTP error and knows no backoff: ours does both.
    drop()
    hadGap = true
    onChange(navigator.onLine ? 'down' : 'offline')
    const wait = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 15_000
    failures += 1
    retry = setTimeout(connect, wait)
    void askWhetherOver(queryClient)
  }
  const connect = () => {
    drop()
    const stream = new EventSource(`${API_BASE}/live`)
    source = stream
    stream.addEventListener('open', () => void opened(stream))
    stream.addEventListener('hint', (event: MessageEvent<string>) => {
      const hint = Hint.safeParse(parseJson(event.data))
      if (!hint.success) return
      staleness.add(staleKeys(hint.data))
      const tile = tileOf(hint.data)
      if (tile !== null) tiles.add(tile)
    })
    stream.addEventListener('error', lost)
  }
  const onOnline = () => {
    if (source?.readyState !== EventSource.OPEN) connect()
  }
  // A stream without a network hangs in silence. A new one finds out: a server on this very machine answers all the same.
  const onOffline = () => {
    hadGap = true
    onChange('down')
    connect()
  }
  window.addEventListener('online', onOnline)
  window.addEventListener('offline', onOffline)
  connect()
  return () => {
    window.removeEventListener('online', onOnline)
    window.removeEventListener('offline', onOffline)
    drop()
    staleness.close()
    tiles.close()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
