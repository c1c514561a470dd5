import { readFileSync } from 'node:fs'

const EVERY_MS = 2_000
/** A crash is tidied up within 5 s: then PostgreSQL kills what has not ended. */
const STRANDED_MS = 8_000

/**
 * Calls `found` once when the postmaster `pid` has, for longer than it needs after a crash, neither a process that recovers its files nor those of normal
 * operation. PostgreSQL 18.4 forgets a startup process that dies while it starts again after a crash, of a disk that is still full or of the kernel's
 * hunger for memory: HandleChildCrash() does nothing while FatalError is set, and nobody is let in ever after. Watches where the kernel tells a
 * process's children (Linux); elsewhere it does nothing.
 */
export function watchStranded(pid: number, found: () => void, { everyMs = EVERY_MS, strandedMs = STRANDED_MS } = {}): { close(): void } {
  let since: number | undefined
  const timer = setInterval(() => {
    const titles = titlesBelow(pid)
    if (titles === null || !isStranded(titles)) {
      since = undefined
      return
    }
    since ??= performance.now()
    if (performance.now() - since < strandedMs) return
    clearInterval(timer)
    found()
  }, everyMs).unref()
  return { close: () => clearInterval(timer) }
}

/** By what its children call themselves. Of one that has none nothing can be said: it begins or ends. */
export const isStranded = (titles: readonly string[]): boolean =>
  titles.some((title) => title.includes('checkpointer')) && !titles.some((title) => /: (?:startup|walwriter)\b/.test(title))

function titlesBelow(pid: number): string[] | null {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean)
    return children.map(titleOf)
  } catch {
    return null
  }
}

function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return ''
  }
}
