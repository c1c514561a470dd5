import { queryOptions, replaceEqualDeep, type QueryClient } from '@tanstack/react-query'
import { Message, page } from '@zaptria/contract'
import { request, search } from '../../api/client.ts'
import { keys } from '../../api/keys.ts'
import { path } from './conversations.ts'

/** Newest first, as the API gives them; the chat turns them round. `next` leads to what is before them. */
export type Messages = { items: Message[]; next: string | null }

const PAGE = 50
/** Who scrolls up wants more of it. */
const OLDER_PAGE = 100
/** So many of the newest are asked for again at once: changes of all of these show with each hint. */
const MOST_AGAIN = 100
/** What came while nobody looked is caught up with so many pages; of more than that only the newest is kept. */
const MOST_CATCH_UP = 5

const fetchPage = (tenant: string, conversation: string, cursor: string | null, limit: number, signal: AbortSignal): Promise<Messages> =>
  request('GET', path(tenant, conversation, `/messages${search({ cursor, limit })}`), { answer: page(Message), signal })

/**
 * The newest messages. They grow: what came is put on top of what was known, so that a hint costs one page however much is loaded, and so that the
 * pages before, which begin where these ended at first, stay as they are.
 */
export const newestMessagesQuery = (tenant: string, conversation: string) =>
  queryOptions({
    queryKey: keys.messages(tenant, conversation),
    queryFn: async ({ signal, client, queryKey }): Promise<Messages> => {
      const known = client.getQueryData<Messages>(queryKey)
      const limit = Math.min(MOST_AGAIN, Math.max(PAGE, Math.ceil((known?.items.length ?? 0) / PAGE) * PAGE))
      let fresh = await fetchPage(tenant, conversation, null, limit, signal)
      for (let round = 1; round < MOST_CATCH_UP && known !== undefined && !meets(fresh, known); round += 1) {
        const before = await fetchPage(tenant, conversation, fresh.next, limit, signal)
        fresh = { items: [...fresh.items, ...before.items], next: before.next }
      }
      return onTop(fresh, known)
    },
    structuralSharing: shared,
    refetchInterval: 30_000,
  })

/** A page of older messages. Which they are never changes, what they are may: a hint makes it stale, and it is fetched again once it is looked at. */
export const olderMessagesQuery = (tenant: string, conversation: string, cursor: string) =>
  queryOptions({
    queryKey: keys.olderMessages(tenant, conversation, cursor),
    queryFn: ({ signal }) => fetchPage(tenant, conversation, cursor, OLDER_PAGE, signal),
    structuralSharing: shared,
    staleTime: Number.POSITIVE_INFINITY,
  })

const meets = (fresh: Messages, known: Messages): boolean => {
  const last = fresh.items.at(-1)?.id
  return fresh.next === null || known.items.some(({ id }) => id === last)
}

/** What was fetched, and from what was known all that is older. */
export function onTop(fresh: Messages, known: Messages | undefined): Messages {
  const last = fresh.items.at(-1)?.id
  const at = fresh.next === null || known === undefined ? -1 : known.items.findIndex(({ id }) => id === last)
  if (at === -1 || known === undefined) return fresh
  return { items: [...fresh.items, ...known.items.slice(at + 1)], next: known.next }
}

/** The new messages, each the same object as before where nothing of it changed: only what changed is drawn again. Compared by id, not by place. */
export function shared(before: unknown, now: unknown): Messages {
  const next = now as Messages
  if (before === undefined) return next
  const old = before as Messages
  const byId = new Map(old.items.map((message) => [message.id, message]))
  const items = next.items.map((message) => replaceEqualDeep(byId.get(message.id), message))
  const same = items.length === old.items.length && next.next === old.next && items.every((message, index) => message === old.items[index])
  return same ? old : { items, next: next.next }
}

/** When the chat is left: what has grown longer than is asked for again begins anew the next time. */
export function forgetMany(client: QueryClient, tenant: string, conversation: string): void {
  const queryKey = keys.messages(tenant, conversation)
  if ((client.getQueryData<Messages>(queryKey)?.items.length ?? 0) > MOST_AGAIN) client.removeQueries({ queryKey })
}

/** Shows a message that the server has just taken, without asking for it. */
export function putMessage(client: QueryClient, tenant: string, message: Message): void {
  client.setQueryData<Messages>(keys.messages(tenant, message.conversation_id), (known) =>
    known === undefined || known.items.some(({ id }) => id === message.id) ? known : { ...known, items: [message, ...known.items] },
  )
}
