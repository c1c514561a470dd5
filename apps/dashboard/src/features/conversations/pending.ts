import { useSyncExternalStore } from 'react'

/** A reply that the server has not confirmed: on its way, or refused. `key` is its Idempotency-Key, so that a retry never doubles it. */
export type Pending = {
  key: string
  body: string
  at: string
  /** The id of the message that it answers. */ replyTo: string | null
  error: unknown
}

/** Of conversations that were merged into others: where a reply that is still on its way belongs now. */
const mergedInto = new Map<string, string>()
const current = (conversation: string): string => {
  const into = mergedInto.get(conversation)
  return into === undefined ? conversation : current(into)
}
const byConversation = new Map<string, readonly Pending[]>()
const listeners = new Set<() => void>()
const NONE: readonly Pending[] = []

function change(conversation: string, next: readonly Pending[]): void {
  if (next.length === 0) byConversation.delete(conversation)
  else byConversation.set(conversation, next)
  for (const listener of listeners) listener()
}

/** Replies by conversation. They outlive leaving the page, so that none is lost unseen. */
export const pending = {
  of: (conversation: string): readonly Pending[] => byConversation.get(current(conversation)) ?? NONE,
  put(of: string, entry: Pending): void {
    const conversation = current(of)
    const rest = pending.of(conversation)
    const known = rest.some(({ key }) => key === entry.key)
    change(conversation, known ? rest.map((each) => (each.key === entry.key ? entry : each)) : [...rest, entry])
  },
  drop(conversation: string, key: string): void {
    change(
      current(conversation),
      pending.of(conversation).filter((entry) => entry.key !== key),
    )
  },
  merge(gone: string, into: string): void {
    if (mergedInto.has(gone)) return
    const all = [...pending.of(into), ...pending.of(gone)]
    byConversation.delete(gone)
    mergedInto.set(gone, into)
    change(current(into), all)
  },
  clear(): void {
    byConversation.clear()
    mergedInto.clear()
    for (const listener of listeners) listener()
  },
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function usePending(conversation: string): readonly Pending[] {
  return useSyncExternalStore(subscribe, () => pending.of(conversation))
}
