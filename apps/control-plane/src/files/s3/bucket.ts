import type { Readable } from 'node:stream'
import type { ByteRange, PutOptions, StoredFile } from '../port.ts'
import { S3Error, parseListing } from './answers.ts'
import type { Listing } from './answers.ts'
import { away } from './client.ts'
import type { S3Client, S3Settings } from './client.ts'
import { streamOf } from './read.ts'
import { spool } from './spool.ts'

/** What both kinds of store do in a bucket, by keys below its prefix. */
export type Bucket = {
  put(keyOf: (stored: StoredFile) => string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredFile>
  get(key: string, range?: ByteRange): Promise<Readable | null>
  delete(key: string): Promise<void>
  /** Keys without the prefix, and the slash after it. */
  list(below: string): AsyncIterable<Listing['objects'][number]>
}

/** A file is first whole on our own disk, then it goes out in one request, which S3 takes whole or not at all, and which can be repeated. */
export function createBucket(client: S3Client, settings: S3Settings, spoolDir: string): Bucket {
  const { prefix } = settings
  /** To whoever asks for a file, a refusal is an outage too: an operator mends both. */
  const orAway = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked
    } catch (error) {
      throw error instanceof S3Error ? away(settings, error) : error
    }
  }
  return {
    async put(keyOf, bytes, options) {
      await using file = await spool(spoolDir, bytes, options)
      const { sha256, sizeBytes } = file.stored
      const body = { read: file.read, sizeBytes, sha256 }
      const headers = { 'content-type': 'application/octet-stream' }
      await orAway(client.ask({ method: 'PUT', key: `${prefix}/${keyOf(file.stored)}`, headers, body }))
      return file.stored
    },

    async get(key, range) {
      const ending = new AbortController()
      const open = async (part: ByteRange | undefined) => {
        const asked = { method: 'GET', key: `${prefix}/${key}`, headers: rangeHeader(part), signal: ending.signal } as const
        const answer = await orAway(ifThere(client.send(asked)))
        if (answer === null || answer.statusCode === (part === undefined ? 200 : 206)) return answer
        ending.abort()
        throw away(settings, new Error(`HTTP ${answer.statusCode} to the range of a file`))
      }
      const first = await open(range)
      if (first === null) return null
      return streamOf({ first, start: range?.start ?? 0, open, ending })
    },

    async delete(key) {
      await orAway(ifThere(client.ask({ method: 'DELETE', key: `${prefix}/${key}` })))
    },

    async *list(below) {
      for (let next: string | undefined = ''; next !== undefined;) {
        const query = { 'list-type': '2', prefix: `${prefix}/${below}`, ...(next === '' ? {} : { 'continuation-token': next }) }
        const page = parseListing(await orAway(client.ask({ method: 'GET', query })))
        for (const { key, modified } of page.objects) yield { key: key.slice(prefix.length + 1), modified }
        next = page.next
      }
    },
  }
}

const rangeHeader = (range: ByteRange | undefined): Record<string, string> =>
  range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` }

async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof S3Error && error.code === 'NoSuchKey') return null
    throw error
  }
}
