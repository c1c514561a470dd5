import path from 'node:path'
import type { ListedFile, FileStore } from '../port.ts'
import { cleanIncoming, namesIn, readWhole, removeFile, writeWhole, writtenAtOf } from './disk.ts'
import { createPlace } from './place.ts'

const SHA256 = /^[0-9a-f]{64}$/

/** Files below a directory: `files/<tenant>/<two letters>/<hash>`, written beside under another name first. */
export function createDirectoryStore(root: string, place = createPlace(root)): FileStore {
  const files = path.join(root, 'files')

  const placeOf = (tenantId: string, sha256: string): string => {
    // Both come from our own rows; a path is no place to find out that one did not.
    if (!/^[0-9a-f-]{36}$/.test(tenantId) || !SHA256.test(sha256)) throw new Error('not a tenant’s file')
    return path.join(files, tenantId, sha256.slice(0, 2), sha256)
  }

  return {
    name: 'directory',

    put: (tenantId, bytes, options) => writeWhole(place, bytes, options, ({ sha256 }) => placeOf(tenantId, sha256)),

    get: async (tenantId, sha256, range) => readWhole(place, placeOf(tenantId, sha256), range),

    delete: async (tenantId, sha256) => removeFile(place, placeOf(tenantId, sha256)),

    async *list(only) {
      await place.toRead()
      for (const tenantId of only === undefined ? await namesIn(place, files) : [only]) {
        for (const prefix of await namesIn(place, path.join(files, tenantId))) {
          for (const sha256 of await namesIn(place, path.join(files, tenantId, prefix))) {
            const writtenAt = await writtenAtOf(place, path.join(files, tenantId, prefix, sha256))
            if (writtenAt !== null && SHA256.test(sha256)) yield { tenantId, sha256, writtenAt } satisfies ListedFile
          }
        }
      }
      // What went away meanwhile looks like an end.
      await place.toRead()
    },

    clean: (now) => cleanIncoming(place, now),
  }
}
