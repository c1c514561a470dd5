import { useSyncExternalStore } from 'react'
import { ApiError } from '../../api/client.ts'
import { keepUnsent, readUnsent } from './unsent.ts'

/** A reply that the server has not confirmed: on its way, or refused. `key` is its Idempotency-Key, so that a retry never doubles it. */
export type Pending = {
  tenant: string
  key: string
  body: string
  at: string
  /** The id of the message that it answers. */ replyTo: string | null
  /** Null: it is to go, or on its way. */
  error: unknown
}

/** The server remembers a key for a day; what is older might be sent twice, and is hardly meant any more: a person decides. */
const LONGEST_MS = 23 * 3_600_000

/** Goes by itself when the server can be reached: it did not leave for want of a connection. */
export const waitsForLine = ({ error, at }: Pending): boolean =>
  error instanceof ApiError && error.code === 'offline' && Date.now() - Date.parse(at) < LONGEST_MS

/** Nobody was signed in when it was to go. */
const signedOut = ({ error }: Pending): boolean => error instanceof ApiError && error.code === 'unauthorized'

/** Of conversations that were merged into others: where a reply that is still on its way belongs now. */
const mergedInto = new Map<string, string>()
const current = (conversation: string): string => {
  const into = mergedInto.get(conversation)
  return into === undefined ? conversation : current(into)
}
let known: Map<string, readonly Pending[]> | null = null
const listeners = new Set<() => void>()
const NONE: readonly Pending[] = []

function byConversation(): Map<string, readonly Pending[]> {
  known ??= restored()
  return known
}

/** What was left when the page was loaded anew. Of what was on its way nobody knows whether it arrived: under its key it may be sent again. */
function restored(): Map<string, readonly Pending[]> {
  const all = new Map<string, readonly Pending[]>()
  for (const { conversation, problem, ...reply } of readUnsent()) {
    const error = new ApiError(problem ?? { code: 'offline', status: 0 })
    all.set(conversation, [...(all.get(conversation) ?? NONE), { ...reply, error }])
  }
  return all
}

function changed(): void {
  keepUnsent(
    [...byConversation()].flatMap(([conversation, replies]) =>
      replies.map(({ error, ...reply }) => ({ ...reply, conversation, problem: problemOf(error) })),
    ),
  )
  for (const listener of listeners) listener()
}

function problemOf(error: unknown): { code: string; status: number } | null {
  if (error === null) return null
  return error instanceof ApiError ? { code: error.code, status: error.status } : { code: 'internal', status: 500 }
}

function change(conversation: string, next: readonly Pending[]): void {
  if (next.length === 0) byConversation().delete(conversation)
  else byConversation().set(conversation, next)
  changed()
}

/** Replies by conversation. They outlast leaving the page, and a reload, so that none is lost unseen. */
export const pending = {
  of: (conversation: string): readonly Pending[] => byConversation().get(current(conversation)) ?? NONE,
  put(of: string, entry: Pending): void {
    const conversation = current(of)
    const rest = pending.of(conversation)
    const isKnown = rest.some(({ key }) => key === entry.key)
    change(conversation, isKnown ? rest.map((each) => (each.key === entry.key ? entry : each)) : [...rest, entry])
  },
  /** Of one that was discarded meanwhile nothing is left to say. */
  fail(conversation: string, key: string, error: unknown): void {
    change(
      current(conversation),
      pending.of(conversation).map((each) => (each.key === key ? { ...each, error } : each)),
    )
  },
  drop(conversation: string, key: string): void {
    change(
      current(conversation),
      pending.of(conversation).filter((entry) => entry.key !== key),
    )
  },
  /** Lets all of a conversation that wait for the line go. */
  release(conversation: string): void {
    change(
      current(conversation),
      pending.of(conversation).map((each) => (waitsForLine(each) ? { ...each, error: null } : each)),
    )
  },
  /** Conversations in which something did not go because the session was over. */
  signedOut: (): string[] => [...byConversation()].filter(([, replies]) => replies.some(signedOut)).map(([conversation]) => conversation),
  releaseSignedOut(conversation: string): void {
    change(
      conversation,
      pending.of(conversation).map((each) => (signedOut(each) ? { ...each, error: null } : each)),
    )
  },
  any: (): boolean => byConversation().size > 0,
  /** Conversations in which something waits for the line. */
  waiting: (): string[] => [...byConversation()].filter(([, replies]) => replies.some(waitsForLine)).map(([conversation]) => conversation),
  merge(gone: string, into: string): void {
    if (mergedInto.has(gone)) return
    const all = [...pending.of(into), ...pending.of(gone)]
    byConversation().delete(gone)
    mergedInto.set(gone, into)
    change(current(into), all)
  },
  /** Nothing of it is for the next person. */
  clear(): void {
    known = new Map()
    mergedInto.clear()
    changed()
  },
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function usePending(conversation: string): readonly Pending[] {
  return useSyncExternalStore(subscribe, () => pending.of(conversation))
}
