import { useSyncExternalStore } from 'react'

const AGAIN_MS = [1000, 2000, 4000, 8000, 15_000]
const LONGEST_ANSWER_MS = 10_000

/** Whether the server itself can be reached now, whoever is signed in. */
export async function serverAnswers(): Promise<boolean> {
  try {
    const { ok } = await fetch('/', { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(LONGEST_ANSWER_MS) })
    return ok
  } catch {
    return false
  }
}

let wait: Promise<void> | null = null
let away = false
const listeners = new Set<() => void>()

/** Asks until the server answers: one row of questions, however many wait for it. */
export function untilServerAnswers(): Promise<void> {
  wait ??= askAgain().finally(() => {
    wait = null
    setAway(false)
  })
  return wait
}

async function askAgain(): Promise<void> {
  for (let failures = 0; !(await serverAnswers()); failures += 1) {
    setAway(true)
    await pause(AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)] ?? 0)
  }
}

/** Shorter where the browser says that there is a network again. */
function pause(ms: number): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer)
      window.removeEventListener('online', end)
      done()
    }
    const timer = setTimeout(end, ms)
    window.addEventListener('online', end)
  })
}

function setAway(next: boolean): void {
  if (away === next) return
  away = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether something waits for a server that does not answer. */
export const useServerAway = (): boolean => useSyncExternalStore(subscribe, () => away)
