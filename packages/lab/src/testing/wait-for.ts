import { setTimeout as delay } from 'node:timers/promises'

export type WaitOptions = {
  /** Default 10,000. */
  timeoutMs?: number
  /** How often to look, default 20 ms. */
  everyMs?: number
  /** What is waited for, in words: part of the failure's message. */
  what: string
}

type Truthy<T> = Exclude<T, false | null | undefined | 0 | ''>

/**
 * Waits until `look` returns something truthy and returns it. A throw counts as "not yet". On the deadline it fails and says what was seen
 * last instead: never sleep in a test.
 */
export async function waitFor<T>(look: () => T | Promise<T>, { timeoutMs = 10_000, everyMs = 20, what }: WaitOptions): Promise<Truthy<T>> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    let seen: unknown
    try {
      const value = await look()
      if (value) return value as Truthy<T>
      seen = value
    } catch (error) {
      seen = error
    }
    if (performance.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms for ${what}; last seen: ${seen instanceof Error ? seen.stack : JSON.stringify(seen)}`)
    await delay(everyMs)
  }
}
