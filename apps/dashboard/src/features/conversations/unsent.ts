import { z } from 'zod'

/** For this tab only, as drafts are. */
const STORED = 'zaptria.unsent'
const MOST = 100

const Unsent = z.object({
  tenant: z.string(),
  conversation: z.string(),
  key: z.string(),
  body: z.string(),
  at: z.string(),
  replyTo: z.string().nullable(),
  /** Why it was not taken; null = nobody knows whether it was. */
  problem: z.object({ code: z.string(), status: z.number() }).nullable(),
})
/** A reply that the server has not confirmed, as it outlasts a reload. */
export type Unsent = z.infer<typeof Unsent>

export function readUnsent(): Unsent[] {
  try {
    return z.array(Unsent).parse(JSON.parse(globalThis.sessionStorage?.getItem(STORED) ?? '[]'))
  } catch {
    return []
  }
}

/** As many as there is room for, the oldest first. */
export function keepUnsent(all: readonly Unsent[]): void {
  const storage = globalThis.sessionStorage
  if (storage === undefined) return
  storage.removeItem(STORED)
  for (let kept = all.slice(0, MOST); kept.length > 0; kept = kept.slice(0, -1)) {
    try {
      storage.setItem(STORED, JSON.stringify(kept))
      return
    } catch {
      // No room for that many.
    }
  }
}
