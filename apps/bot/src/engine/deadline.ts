import type { StateReason } from '@zaptria/contract'
import { EngineError } from './error.ts'

/** Rejects with an EngineError when the promise has not settled in time. The promise itself goes on, its later rejection is swallowed. */
export const withDeadline = async <T>(promise: Promise<T>, ms: number, what: string, reason: StateReason = 'page_timeout'): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  promise.catch(() => {})
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new EngineError(reason, `${what}: no answer within ${ms} ms`)), ms)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits, unless aborted: then rejects with the signal's reason. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    }
    const timer = setTimeout(() => {
      done()
      resolve()
    }, ms)
    const stop = () => {
      done()
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
