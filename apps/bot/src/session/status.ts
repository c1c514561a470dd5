import type { BotState, StateReason } from '@zaptria/contract'

export type Status = {
  state: BotState
  reason: StateReason
  detail?: string
  /** The linked account, digits. */
  number?: string
  name?: string
}

/** What the bot says of itself right now: one value, and whoever wants to know of changes. */
export const createStatus = () => {
  let current: Status = { state: 'starting', reason: 'boot' }
  const listeners = new Set<(status: Status, before: Status) => void>()
  return {
    get: (): Status => current,
    set(next: Status): void {
      const before = current
      const same = (Object.keys({ ...before, ...next }) as (keyof Status)[]).every((key) => before[key] === next[key])
      if (same) return
      current = next
      for (const listener of listeners) listener(next, before)
    },
    onChange(listener: (status: Status, before: Status) => void): () => void {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
export type StatusHolder = ReturnType<typeof createStatus>
