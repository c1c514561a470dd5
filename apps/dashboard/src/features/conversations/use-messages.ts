import { useQueries, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query'
import type { Message } from '@zaptria/contract'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { forgetMany, newestMessagesQuery, olderMessagesQuery, type Messages } from './messages.ts'
import { pageRows, type ChatRow } from './rows.ts'

export type LoadedMessages = {
  rows: ChatRow[]
  /** Nothing is known yet. */ isPending: boolean
  error: unknown
  hasOlder: boolean
  isFetchingOlder: boolean
  fetchOlder: () => void
  retry: () => void
  /** These messages are looked at: their pages are kept fresh. */
  look: (first: Message, last: Message) => void
}

type Older = { from: string | null; cursors: string[] }
const NONE: string[] = []

/** A conversation's messages, oldest first: the newest, which follow every hint, and before them the pages that were asked for. */
export function useMessages(tenant: string, conversation: string): LoadedMessages {
  const client = useQueryClient()
  const newest = useQuery(newestMessagesQuery(tenant, conversation))
  useEffect(() => () => forgetMany(client, tenant, conversation), [client, tenant, conversation])
  const from = newest.data?.next ?? null
  const [older, setOlder] = useState<Older>({ from: null, cursors: NONE })
  // The newest messages were begun anew: what is before them begins elsewhere.
  const cursors = older.from === from ? older.cursors : NONE
  const [lookedAt, setLookedAt] = useState('')

  const queries = useMemo(
    () =>
      cursors.map((cursor, index) => ({
        ...olderMessagesQuery(tenant, conversation, cursor),
        // What is not looked at waits, stale, until it is. What was never there is fetched.
        enabled: ({ state }: { state: { data: unknown } }) => state.data === undefined || lookedAt.split(' ').includes(String(index)),
      })),
    [tenant, conversation, cursors, lookedAt],
  )
  const { pages, isFetchingOlder, error, refetch } = useQueries({ queries, combine })
  const oldest = cursors.length === 0 ? newest.data : pages.at(-1)
  const next = oldest?.next ?? null

  const hasOlder = next !== null || isFetchingOlder || error !== null
  const newestItems = newest.data?.items
  const rows = useMemo(() => rowsOf([newestItems, ...pages.map((page) => page?.items)], hasOlder), [newestItems, pages, hasOlder])

  const fetchOlder = useCallback(() => {
    if (next === null) return
    setOlder((before) => {
      const known = before.from === from ? before.cursors : NONE
      return known.includes(next) ? before : { from, cursors: [...known, next] }
    })
  }, [from, next])
  const refetchNewest = newest.refetch
  const retry = useCallback(() => {
    void refetchNewest()
    refetch()
  }, [refetchNewest, refetch])
  const look = useCallback(
    (first: Message, last: Message) => {
      const of = ({ id }: Message) => pages.findIndex((page) => page?.items.some((message) => message.id === id))
      const seen = [...new Set([of(first), of(last)])].filter((index) => index !== -1)
      setLookedAt(seen.join(' '))
    },
    [pages],
  )
  return { rows, isPending: newest.isPending, error: newest.error ?? error, hasOlder, isFetchingOlder, fetchOlder, retry, look }
}

/** Made once, so that it runs only where a page has changed. */
function combine(results: UseQueryResult<Messages>[]) {
  return {
    pages: results.map(({ data }) => data),
    isFetchingOlder: results.some(({ data, isFetching }) => data === undefined && isFetching),
    error: results.find(({ data, error }) => data === undefined && error !== null)?.error ?? null,
    refetch: () => {
      for (const result of results) if (result.error !== null) void result.refetch()
    },
  }
}

/** Of pages, the newest first, all rows, the oldest first. Where conversations were merged pages may overlap: a message is there once. */
function rowsOf(pages: readonly (readonly Message[] | undefined)[], hasOlder: boolean): ChatRow[] {
  const here = pages.filter((page) => page !== undefined && page.length > 0) as (readonly Message[])[]
  const rows = here
    .map((page, index) =>
      pageRows(page, {
        isStart: !hasOlder && index === here.length - 1,
        before: here[index + 1]?.[0],
        after: here[index - 1]?.at(-1),
      }),
    )
    .toReversed()
    .flat()
  const byId = new Map(rows.map((row) => [row.message.id, row]))
  return byId.size === rows.length ? rows : [...byId.values()]
}
