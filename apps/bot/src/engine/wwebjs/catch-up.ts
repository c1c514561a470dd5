import { inOrder } from '../in-order.ts'
import type { PageDriver } from './page-driver.ts'
import { PageChange, PageMessage } from './reports.ts'

/** Clocks differ and a chat's newest message may have been seen before an older one: read five minutes twice, the receiver deduplicates. */
const OVERLAP_S = 300

/**
 * WhatsApp's times are whole seconds; within one the page says what came first. Where it says it of one of the two alone, nobody knows: then
 * each chat's own order is all there is.
 */
export const cameBefore = (one: PageMessage, other: PageMessage): boolean => {
  if (one.timestamp !== other.timestamp) return one.timestamp < other.timestamp
  for (const number of ['rowId', 'receivedMs'] as const) {
    const [mine, its] = [one[number], other[number]]
    if (mine !== null && its !== null && mine !== its) return mine < its
  }
  return false
}

const parsed = (messages: readonly unknown[], onUnreadable: () => void): PageMessage[] =>
  messages.flatMap((message) => {
    const { data } = PageMessage.safeParse(message)
    if (data === undefined) onUnreadable()
    return data === undefined ? [] : [data]
  })

/**
 * Contact by contact, chats by watermark: unread counters lie, the owner reads on the phone. What was done to the messages meanwhile is told
 * beside them.
 */
export async function* catchUp(
  page: PageDriver,
  watermarks: ReadonlyMap<string, number>,
  floor: number,
  signal: AbortSignal,
  onChange: (change: PageChange) => void,
  onUnreadable: () => void,
): AsyncGenerator<PageMessage> {
  const limits = Object.fromEntries([...watermarks].map(([chat, at]) => [chat, Math.max(at - OVERLAP_S, floor)]))
  const contacts = await page.call('listing chats', (bridge, [all, from]) => bridge.chatsSince(all, from), undefined, [
    limits,
    floor,
  ] as const)
  for (const ids of contacts) {
    signal.throwIfAborted()
    const chats = ids.map((id) => ({ id, since: limits[id] ?? floor }))
    const found = await page.call('reading a contact’s chats', (bridge, asked) => bridge.messagesSince(asked), undefined, chats)
    yield* inOrder(
      found.map((messages) => parsed(messages, onUnreadable)),
      cameBefore,
    )
    for (const { id, since } of chats) {
      const changes = await page.changes('reading what was done in a chat', (all, [chat, from]) => all.since(chat, from), [
        id,
        since,
      ] as const)
      for (const change of changes) {
        const { data } = PageChange.safeParse(change)
        if (data !== undefined) onChange(data)
      }
    }
  }
}
