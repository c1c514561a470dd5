import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { measuring } from '../measure.ts'
import { LEFT_OVER_MS } from '../port.ts'
import type { ListedFile, FileStore } from '../port.ts'

const SHA256 = /^[0-9a-f]{64}$/

/** Files below a directory: `files/<tenant>/<two letters>/<hash>`, written beside under another name first. */
export function createDirectoryStore(root: string): FileStore {
  const incoming = path.join(root, 'incoming')
  const files = path.join(root, 'files')
  const placeOf = (tenantId: string, sha256: string): string => {
    // Both come from our own rows; a path is no place to find out that one did not.
    if (!/^[0-9a-f-]{36}$/.test(tenantId) || !SHA256.test(sha256)) throw new Error('not a tenant’s file')
    return path.join(files, tenantId, sha256.slice(0, 2), sha256)
  }

  return {
    name: 'directory',

    async put(tenantId, bytes, options) {
      await mkdir(incoming, { recursive: true, mode: 0o700 })
      const beside = path.join(incoming, randomUUID())
      const file = await open(beside, 'wx', 0o600)
      try {
        const measured = measuring(bytes, options)
        try {
          for await (const chunk of measured.bytes) await writeAll(file, chunk)
          // On the disk before it has its name: a power cut must not leave a name without its bytes.
          await file.sync()
        } finally {
          await file.close()
        }
        const stored = measured.result()
        const place = placeOf(tenantId, stored.sha256)
        const made = await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
        await rename(beside, place)
        await syncDirectories(path.dirname(place), made === undefined ? path.dirname(place) : root)
        return stored
      } catch (error) {
        await rm(beside, { force: true })
        throw error
      }
    },

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

    async clean(now) {
      for (const name of await namesIn(incoming)) {
        const { mtimeMs } = (await ifThere(stat(path.join(incoming, name)))) ?? {}
        if (mtimeMs !== undefined && now.getTime() - mtimeMs > LEFT_OVER_MS) await rm(path.join(incoming, name), { force: true })
      }
    },
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

/** A name is on the disk when its directory is. From `dir` up to `top`. */
async function syncDirectories(dir: string, top: string): Promise<void> {
  for (let at = dir; ; at = path.dirname(at)) {
    const handle = await open(at)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (at === top || at === path.dirname(at)) return
  }
}

const namesIn = async (dir: string): Promise<string[]> => (await ifThere(readdir(dir))) ?? []

async function ifThere<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
