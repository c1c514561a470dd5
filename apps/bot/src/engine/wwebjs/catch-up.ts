import type { PageDriver } from './page-driver.ts'
import { PageChange, PageMessage } from './reports.ts'

/** Clocks differ and a chat's newest message may have been seen before an older one: read five minutes twice, the receiver deduplicates. */
const OVERLAP_S = 300

/** Chat by chat, by watermark: unread counters lie, the owner reads on the phone. What was done to the messages meanwhile is told beside them. */
export async function* catchUp(
  page: PageDriver,
  watermarks: ReadonlyMap<string, number>,
  floor: number,
  signal: AbortSignal,
  onChange: (change: PageChange) => void,
): AsyncGenerator<PageMessage> {
  const limits = Object.fromEntries([...watermarks].map(([chat, at]) => [chat, Math.max(at - OVERLAP_S, floor)]))
  const chats = await page.call('listing chats', (bridge, [all, from]) => bridge.chatsSince(all, from), undefined, [limits, floor] as const)
  for (const chat of chats) {
    signal.throwIfAborted()
    const since = limits[chat] ?? floor
    const messages = await page.call('reading a chat', (bridge, [id, from]) => bridge.messagesSince(id, from), undefined, [
      chat,
      since,
    ] as const)
    for (const message of messages) {
      const parsed = PageMessage.safeParse(message)
      if (parsed.success) yield parsed.data
    }
    const changes = await page.changes('reading what was done in a chat', (all, [id, from]) => all.since(id, from), [chat, since] as const)
    for (const change of changes) {
      const parsed = PageChange.safeParse(change)
      if (parsed.success) onChange(parsed.data)
    }
  }
}
