import { isObjectName, objectName } from '../objects.ts'
import type { ObjectStore } from '../objects.ts'
import type { FileStore } from '../port.ts'
import { createBucket } from './bucket.ts'
import { checkBucket } from './check.ts'
import { createS3Client } from './client.ts'
import type { S3ClientOptions, S3Settings } from './client.ts'
import { cleanSpool } from './spool.ts'

export type S3Store = FileStore & {
  /** Objects under names of our own choosing: `<prefix>/<folder>/<name>`. */
  objects(folder: string): ObjectStore
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
  const bucket = createBucket(client, settings, spoolDir)
  const keyOf = (tenantId: string, sha256: string): string => {
    if (!NAME.test(`${tenantId}/${sha256}`)) throw new Error('not a tenant’s file')
    return `${tenantId}/${sha256}`
  }

  return {
    name: 's3',

    put: (tenantId, bytes, options) => bucket.put(({ sha256 }) => keyOf(tenantId, sha256), bytes, options),

    get: async (tenantId, sha256, range) => bucket.get(keyOf(tenantId, sha256), range),

    delete: async (tenantId, sha256) => bucket.delete(keyOf(tenantId, sha256)),

    async *list(only) {
      for await (const { key, modified } of bucket.list(only === undefined ? '' : `${only}/`)) {
        const { tenantId, sha256 } = NAME.exec(key)?.groups ?? {}
        if (tenantId !== undefined && sha256 !== undefined) yield { tenantId, sha256, writtenAt: modified }
      }
    },

    clean: (now) => cleanSpool(spoolDir, now),

    objects(folder) {
      const below = `${objectName(folder)}/`
      return {
        where: `${settings.endpoint}, bucket ${settings.bucket}, ${settings.prefix}/${folder}`,
        put: async (name, bytes, options) => {
          const key = below + objectName(name)
          return bucket.put(() => key, bytes, options)
        },
        get: async (name) => bucket.get(below + objectName(name)),
        delete: async (name) => bucket.delete(below + objectName(name)),
        async *list() {
          for await (const { key, modified } of bucket.list(below)) {
            const name = key.slice(below.length)
            if (isObjectName(name)) yield { name, writtenAt: modified }
          }
        },
        clean: (now) => cleanSpool(spoolDir, now),
      }
    },

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
