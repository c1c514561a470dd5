import type { Readable } from 'node:stream'

/** What has been put: by our own count, never by the sender's word. */
export type StoredFile = {
  /** Hex. It is also the file's name, within its tenant. */
  sha256: string
  sizeBytes: number
  /** How it begins, for looking at its type. */
  head: Uint8Array
}

export type ListedFile = { tenantId: string; sha256: string; writtenAt: Date }

export type PutOptions = {
  /** Beyond it the put is given up with a FileTooLargeError. */
  maxBytes: number
  /** Of bytes that were named before: others are given up with a FileDamagedError. */
  sha256?: string | undefined
}

/** The bytes, first and last included. */
export type ByteRange = { start: number; end: number }

/**
 * Where bytes lie: by tenant and hash, so that what is put twice is there once. A file is there whole or not at all, whenever we
 * are killed. Nothing here knows what a file is to whom: that is in the database.
 */
export interface FileStore {
  readonly name: string
  /**
   * Takes the bytes as they come, never all of them into memory. Rejects with what the source throws, and nothing was put then.
   * This and all else rejects with a FileAwayError when the store cannot be reached, or its disk does not take or give them.
   */
  put(tenantId: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredFile>
  /** Null when there is none. Whoever does not read it to its end destroys it. */
  get(tenantId: string, sha256: string, range?: ByteRange): Promise<Readable | null>
  /** No error when there is none. */
  delete(tenantId: string, sha256: string): Promise<void>
  /** All of them, or one tenant's. */
  list(tenantId?: string): AsyncIterable<ListedFile>
  /** Removes what puts that were killed have left, a day after. */
  clean(now: Date): Promise<void>
}

export class FileTooLargeError extends Error {
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`the file is larger than ${maxBytes} bytes`)
    this.name = 'FileTooLargeError'
    this.maxBytes = maxBytes
  }
}

export class FileDamagedError extends Error {
  constructor() {
    super('the bytes are not the ones that were named')
    this.name = 'FileDamagedError'
  }
}

/** The store does not answer, or not as it should: whoever asked asks again later, and nothing was put. */
export class FileAwayError extends Error {
  /** In a few words, without where it is: whose files they are may read it. */
  readonly why: string

  constructor(message: string, { cause, why = 'it cannot be reached' }: { cause: unknown; why?: string }) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'FileAwayError'
    this.why = why
  }
}

/** So old are the leavings of a put that is certainly over. */
export const LEFT_OVER_MS = 24 * 3600_000
