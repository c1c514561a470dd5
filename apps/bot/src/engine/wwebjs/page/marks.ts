import type { webcrypto } from 'node:crypto'
import type { SnapshotMark } from '@zaptria/contract'

/** As much of a browser's page as is used here. */
type Request<T> = { result: T; error: Error | null; addEventListener: (type: 'success' | 'error', heard: () => void) => void }
type Records = { count: () => Request<number>; getAllKeys: () => Request<unknown[]>; get: (key: unknown) => Request<unknown> }
type Database = {
  objectStoreNames: Iterable<string>
  transaction: (store: string, mode: 'readonly') => { objectStore: (name: string) => Records }
  addEventListener: (type: 'versionchange', heard: () => void) => void
  close: () => void
}
export type MarksWindow = {
  indexedDB: { databases: () => Promise<{ name?: string }[]>; open: (name: string) => Request<Database> }
  localStorage: object & { getItem: (key: string) => string | null }
  crypto: webcrypto.Crypto
}

/** A mark, and whether the value holds the number whose session it is. */
export type PageMark = SnapshotMark & { own: boolean }
export type MarksOptions = {
  /** Digits: whose session it is. */
  number: string
  /** Stores of more records are a page's lists of messages, contacts and the like: they change all the time, and are not looked into. */
  mostRecords: number
  mostMarks: number
  /** Local storage alone otherwise. */
  databases: boolean
  /** Read of one store: what is beyond is large, and no key. */
  mostBytes: number
}

/**
 * Reads what a page's own storage holds, as hashes: every record of its small databases, and of its local storage what holds the number. It knows nothing of what
 * WhatsApp keeps where, so that it goes on working when that changes. Runs in the page: it sees nothing but its arguments.
 */
export const readMarks = async (window: MarksWindow, options: MarksOptions): Promise<PageMark[]> => {
  const { indexedDB, localStorage, crypto } = window
  const done = <T>(request: Request<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB failed')))
    })
  const hex = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  const hashBytes = async (bytes: webcrypto.BufferSource): Promise<string> =>
    hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  const hash = (text: string): Promise<string> => hashBytes(new TextEncoder().encode(text))

  let bytesRead = 0
  /** The same text for the same value, whatever it is made of. */
  const textOf = async (value: unknown, depth = 0): Promise<string> => {
    if (depth > 12) return 'deep'
    if (value === null || typeof value !== 'object') return `${typeof value} ${String(value)}`
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
      bytesRead += value.byteLength
      return `bytes ${await hashBytes(value)}`
    }
    if (value instanceof Date) return `date ${value.getTime()}`
    if (value instanceof Blob) return `blob ${value.size} ${value.type}`
    if (value instanceof CryptoKey) {
      const { type, extractable, algorithm, usages } = value
      // What must not be taken out is known by what it is for.
      const raw = extractable ? JSON.stringify(await crypto.subtle.exportKey('jwk', value).catch(() => null)) : ''
      return `key ${type} ${JSON.stringify(algorithm)} ${usages.join(' ')} ${raw}`
    }
    const entries: [unknown, unknown][] =
      value instanceof Map
        ? [...(value as Map<unknown, unknown>)]
        : value instanceof Set
          ? [...(value as Set<unknown>)].map((each) => [each, null])
          : Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
    const texts: string[] = []
    for (const [name, inner] of entries) texts.push(`${await textOf(name, depth + 1)}: ${await textOf(inner, depth + 1)}`)
    return `${Object.prototype.toString.call(value)} {${texts.join(', ')}}`
  }

  const marks: PageMark[] = []
  const mark = async (place: string, key: unknown, value: unknown): Promise<void> => {
    const text = await textOf(value)
    bytesRead += text.length
    const own = text.includes(options.number)
    marks.push({ place: place.slice(0, 200), key: (await hash(await textOf(key))).slice(0, 16), sha256: await hash(text), own })
  }

  for (const key of Object.keys(localStorage).toSorted()) {
    const value = localStorage.getItem(key) ?? ''
    if (marks.length < options.mostMarks && value.includes(options.number)) await mark('localStorage', key, value)
  }
  if (!options.databases) return marks

  const opened: Database[] = []
  try {
    const stores: { place: string; count: number; records: () => Records }[] = []
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue
      const database = await done(indexedDB.open(name))
      opened.push(database)
      // Whoever changes or deletes it must not wait for us.
      database.addEventListener('versionchange', () => database.close())
      for (const store of database.objectStoreNames) {
        const records = (): Records => database.transaction(store, 'readonly').objectStore(store)
        const count = await done(records().count())
        if (count <= options.mostRecords) stores.push({ place: `${name}/${store}`, count, records })
      }
    }
    // Where there is room for so many only: keys and settings are the only records of their stores, or among few.
    stores.sort((one, other) => one.count - other.count || (one.place < other.place ? -1 : 1))
    for (const { place, records } of stores) {
      bytesRead = 0
      for (const key of await done(records().getAllKeys())) {
        if (marks.length >= options.mostMarks) return marks
        if (bytesRead > options.mostBytes) break
        await mark(place, key, await done(records().get(key)))
      }
    }
    return marks
  } finally {
    for (const database of opened) database.close()
  }
}
