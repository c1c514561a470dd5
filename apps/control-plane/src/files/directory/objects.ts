import { open, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { isObjectName, objectName } from '../objects.ts'
import type { ObjectStore } from '../objects.ts'
import { cleanIncoming, ifThere, namesIn, writeWhole } from './disk.ts'

/** Objects in one folder of a directory; beside a store of files they share what is written before it has its name. */
export function createDirectoryObjects(root: string, folder: string): ObjectStore {
  const dir = path.join(root, objectName(folder))
  const placeOf = (name: string): string => path.join(dir, objectName(name))
  return {
    where: dir,

    put: (name, bytes, options) => writeWhole(root, bytes, options, () => placeOf(name)),

    async get(name) {
      const file = await ifThere(open(placeOf(name)))
      return file === null ? null : file.createReadStream()
    },

    async delete(name) {
      await rm(placeOf(name), { force: true })
    },

    async *list() {
      for (const name of await namesIn(dir)) {
        if (!isObjectName(name)) continue
        const { mtime } = (await ifThere(stat(path.join(dir, name)))) ?? {}
        if (mtime !== undefined) yield { name, writtenAt: mtime }
      }
    },

    clean: (now) => cleanIncoming(root, now),
  }
}
