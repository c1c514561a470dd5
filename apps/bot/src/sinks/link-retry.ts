import { LinkClose } from '@zaptria/contract'
import { backoff } from '@zaptria/core'

/** How a link ended: a WebSocket close code, an HTTP status instead of the upgrade, or an error of the network. */
export type Closed = {
  code?: number
  reason?: string
  status?: number
  retryAfter?: string | undefined
  error?: string
  /** We ended it ourselves: what came could not be handled. */
  broken?: 'disk_full' | 'error'
}

export type NextTry = { kind: 'gone' } | { kind: 'again' | 'refused'; waitMs: number }

/** Retry-After as milliseconds: seconds or an HTTP date; null when absent or unreadable. */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | null => {
  if (header === null || header === undefined || header.trim() === '') return null
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs)
}

/** Whether and when to dial again. Pure. */
export const nextTry = (
  how: Closed,
  options: { attempt: number; refusals: number; baseMs: number; maxMs: number; refusedMs: number; random: () => number },
): NextTry => {
  const { attempt, refusals, baseMs, maxMs, refusedMs, random } = options
  const rarely = (base: number): number => base / 2 + backoff({ attempt: refusals, base_ms: base, max_ms: 10 * base, random })
  if (how.code === LinkClose.gone || how.status === 410) return { kind: 'gone' }
  if (how.code === LinkClose.unauthorized || how.code === LinkClose.protocol || [401, 403, 404].includes(how.status ?? 0)) {
    return { kind: 'refused', waitMs: rarely(refusedMs) }
  }
  // Somebody else has this bot's link: come back, but do not wrestle.
  if (how.code === LinkClose.replaced) return { kind: 'again', waitMs: refusedMs / 6 + random() * (refusedMs / 6) }
  // The next one begins with the same: give the disk some time.
  if (how.broken !== undefined) return { kind: 'again', waitMs: maxMs / 4 + random() * (maxMs / 4) }
  const told = retryAfterMs(how.retryAfter, Date.now())
  const wait = backoff({ attempt, base_ms: baseMs, max_ms: maxMs, random })
  return { kind: 'again', waitMs: told === null ? wait : Math.min(told, 60_000) + wait }
}
