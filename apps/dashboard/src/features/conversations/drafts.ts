import { useSyncExternalStore } from 'react'

/** What was typed and not sent, per conversation, for this tab only: it may hold what a customer said. */
const PREFIX = 'zaptria.draft.'

export const readDraft = (conversation: string): string => sessionStorage.getItem(PREFIX + conversation) ?? ''

export function keepDraft(conversation: string, text: string): void {
  if (text === '') sessionStorage.removeItem(PREFIX + conversation)
  else sessionStorage.setItem(PREFIX + conversation, text)
  for (const listener of listeners) listener()
}

const listeners = new Set<() => void>()
const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** As it changes: in the list beside the chat. */
export const useDraft = (conversation: string): string => useSyncExternalStore(subscribe, () => readDraft(conversation))

export const hasDrafts = (): boolean => Object.keys(sessionStorage).some((key) => key.startsWith(PREFIX))

export function moveDraft(from: string, to: string): void {
  keepDraft(to, [readDraft(to), readDraft(from)].filter((text) => text !== '').join('\n'))
  keepDraft(from, '')
}

/** Nothing of it is for the next person. */
export function clearDrafts(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith('zaptria.')) sessionStorage.removeItem(key)
  for (const listener of listeners) listener()
}
