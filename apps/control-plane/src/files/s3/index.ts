import type { ByteRange, FileStore } from '../port.ts'
import { S3Error, parseListing } from './answers.ts'
import { checkBucket } from './check.ts'
import { away, createS3Client } from './client.ts'
import type { S3Client, S3ClientOptions, S3Settings } from './client.ts'
import { streamOf } from './read.ts'
import { cleanSpool, spool } from './spool.ts'

export type S3Store = FileStore & {
  /** Whether the settings are right. @throws Error what is wrong and what to do; FileAwayError when nobody can tell now. */
  check(): Promise<void>
  /** Ends what is under way. */
  close(): Promise<void>
}

export type S3StoreOptions = S3ClientOptions & {
  /** On our own disk: it holds what is being put at one moment. */
  spoolDir: string
}

const NAME = /^(?<tenantId>[0-9a-f-]{36})\/(?<sha256>[0-9a-f]{64})$/

/** A start does not wait for longer. */
const CHECK_MS = 5_000

/**
 * Files in a bucket: `<prefix>/<tenant>/<hash>`. A file is first whole on our own disk, because its name is known at its end alone; then it goes out in one request,
 * which S3 takes whole or not at all, and which can be repeated.
 */
export function createS3Store(settings: S3Settings, { spoolDir, ...limits }: S3StoreOptions): S3Store {
  const client = createS3Client(settings, limits)
  const keyOf = (tenantId: string, sha256: string): string => {
    if (!NAME.test(`${tenantId}/${sha256}`)) throw new Error('not a tenant’s file')
    return `${settings.prefix}/${tenantId}/${sha256}`
  }
  /** To whoever asks for a file, a refusal is an outage too: an operator mends both. */
  const orAway = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked
    } catch (error) {
      throw error instanceof S3Error ? away(settings, error) : error
    }
  }

  return {
    name: 's3',

    async put(tenantId, bytes, options) {
      await using file = await spool(spoolDir, bytes, options)
      const { sha256, sizeBytes } = file.stored
      const headers = { 'content-type': 'application/octet-stream' }
      await orAway(client.ask({ method: 'PUT', key: keyOf(tenantId, sha256), headers, body: { read: file.read, sizeBytes, sha256 } }))
      return file.stored
    },

    async get(tenantId, sha256, range) {
      const key = keyOf(tenantId, sha256)
      const ending = new AbortController()
      const open = async (part: ByteRange | undefined) => {
        const answer = await orAway(ifThere(client.send({ method: 'GET', key, headers: rangeHeader(part), signal: ending.signal })))
        if (answer === null || answer.statusCode === (part === undefined ? 200 : 206)) return answer
        ending.abort()
        throw away(settings, new Error(`HTTP ${answer.statusCode} to the range of a file`))
      }
      const first = await open(range)
      if (first === null) return null
      return streamOf({ first, start: range?.start ?? 0, open, ending })
    },

    async delete(tenantId, sha256) {
      await orAway(ifThere(client.ask({ method: 'DELETE', key: keyOf(tenantId, sha256) })))
    },

    async *list() {
      for await (const { key, modified } of objectsIn(client, `${settings.prefix}/`, orAway)) {
        const { tenantId, sha256 } = NAME.exec(key.slice(settings.prefix.length + 1))?.groups ?? {}
        if (tenantId !== undefined && sha256 !== undefined) yield { tenantId, sha256, writtenAt: modified }
      }
    },

    clean: (now) => cleanSpool(spoolDir, now),

    async check() {
      const impatient = createS3Client(settings, { ...limits, deadlineMs: CHECK_MS })
      try {
        await checkBucket(impatient, settings)
      } finally {
        await impatient.close()
      }
    },

    close: () => client.close(),
  }
}

const rangeHeader = (range: ByteRange | undefined): Record<string, string> =>
  range === undefined ? {} : { range: `bytes=${range.start}-${range.end}` }

async function* objectsIn(client: S3Client, prefix: string, orAway: <T>(asked: Promise<T>) => Promise<T>) {
  for (let next: string | undefined = ''; next !== undefined;) {
    const query = { 'list-type': '2', prefix, ...(next === '' ? {} : { 'continuation-token': next }) }
    const page = parseListing(await orAway(client.ask({ method: 'GET', query })))
    yield* page.objects
    next = page.next
  }
}

async function ifThere<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof S3Error && error.code === 'NoSuchKey') return null
    throw error
  }
}
