import { open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { ListedFile, FileStore } from '../port.ts'
import { cleanIncoming, ifThere, namesIn, writeWhole } from './disk.ts'

const SHA256 = /^[0-9a-f]{64}$/

/** Files below a directory: `files/<tenant>/<two letters>/<hash>`, written beside under another name first. */
export function createDirectoryStore(root: string): FileStore {
  const files = path.join(root, 'files')

  const placeOf = (tenantId: string, sha256: string): string => {
    // Both come from our own rows; a path is no place to find out that one did not.
    if (!/^[0-9a-f-]{36}$/.test(tenantId) || !SHA256.test(sha256)) throw new Error('not a tenant’s file')
    return path.join(files, tenantId, sha256.slice(0, 2), sha256)
  }

  return {
    name: 'directory',

    put: (tenantId, bytes, options) => writeWhole(root, bytes, options, ({ sha256 }) => placeOf(tenantId, sha256)),

    async get(tenantId, sha256, range) {
      const file = await ifThere(open(placeOf(tenantId, sha256)))
      return file === null ? null : file.createReadStream(range ?? {})
    },

    async delete(tenantId, sha256) {
      await rm(placeOf(tenantId, sha256), { force: true })
    },

    async *list() {
      for (const tenantId of await namesIn(files)) {
        for (const prefix of await namesIn(path.join(files, tenantId))) {
          for (const sha256 of await namesIn(path.join(files, tenantId, prefix))) {
            const { mtime } = (await ifThere(stat(path.join(files, tenantId, prefix, sha256)))) ?? {}
            if (mtime !== undefined && SHA256.test(sha256)) yield { tenantId, sha256, writtenAt: mtime } satisfies ListedFile
          }
        }
      }
    },

    clean: (now) => cleanIncoming(root, now),
  }
}
