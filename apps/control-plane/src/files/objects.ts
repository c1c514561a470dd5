import type { Readable } from 'node:stream'
import type { StoredFile } from './port.ts'

export type ListedObject = { name: string; writtenAt: Date }

/**
 * Where bytes lie under names of our choosing: for what has to be found when nothing is left but the store. An object is there whole or not at all,
 * whenever we are killed. All of it rejects with a FileAwayError when the store cannot be reached, or its disk does not take or give them.
 */
export interface ObjectStore {
  /** Where it is, for people. */
  readonly where: string
  /** Takes the bytes as they come, never all of them into memory. Rejects with what the source throws, and nothing was put then. */
  put(name: string, bytes: AsyncIterable<Uint8Array>, options: { maxBytes: number }): Promise<StoredFile>
  /** Null when there is none. Whoever does not read it to its end destroys it. */
  get(name: string): Promise<Readable | null>
  /** No error when there is none. */
  delete(name: string): Promise<void>
  list(): AsyncIterable<ListedObject>
  /** Removes what puts that were killed have left, a day after. */
  clean(now: Date): Promise<void>
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9.-]{0,99}$/

export const isObjectName = (name: string): boolean => NAME.test(name)

/** A name comes from our own code or from a listing; a path is no place to find out that it did not. */
export function objectName(name: string): string {
  if (!isObjectName(name)) throw new Error(`not a name of an object: ${JSON.stringify(name)}`)
  return name
}
