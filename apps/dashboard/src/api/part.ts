import { lazy, type ComponentType, type LazyExoticComponent } from 'react'
import { serverAnswers, untilServerAnswers } from './reach.ts'

/** What was thrown for a part that did not come. The errors themselves are the browser's, by whose words the router knows them. */
const missing = new WeakSet<object>()
export const isMissingPart = (error: unknown): boolean => typeof error === 'object' && error !== null && missing.has(error)

/**
 * Fetches a part of this program that is a file of its own. While the server is away it waits for it. It throws only where the server answers and the part
 * is not there, twice: a newer version has taken its place.
 */
export async function fetchPart<T>(load: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await load()
    } catch (error) {
      if (failures > 1 && (await serverAnswers())) {
        if (error instanceof Error) missing.add(error)
        throw error
      }
      await untilServerAnswers()
    }
  }
}

/** A component that comes as a part. Where a newer version has taken its place the page is loaded anew, once for each part. */
export function lazyPart<Props>(load: () => Promise<ComponentType<Props>>): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    try {
      return { default: await fetchPart(load) }
    } catch (error) {
      const key = `zaptria.reloaded:${String(error)}`
      if (sessionStorage.getItem(key) !== null) throw error
      sessionStorage.setItem(key, '')
      location.reload()
      return new Promise<never>(() => undefined)
    }
  })
}
