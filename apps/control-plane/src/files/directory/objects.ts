import path from 'node:path'
import { isObjectName, objectName } from '../objects.ts'
import type { ObjectStore } from '../objects.ts'
import { cleanIncoming, namesIn, readWhole, removeFile, writeWhole, writtenAtOf } from './disk.ts'
import { createPlace } from './place.ts'

/** Objects in one folder of a directory; beside a store of files they share what is written before it has its name. */
export function createDirectoryObjects(root: string, folder: string, place = createPlace(root)): ObjectStore {
  const dir = path.join(root, objectName(folder))
  const placeOf = (name: string): string => path.join(dir, objectName(name))
  return {
    where: dir,

    put: (name, bytes, options) => writeWhole(place, bytes, options, () => placeOf(name)),

    get: async (name) => readWhole(place, placeOf(name), undefined),

    delete: async (name) => removeFile(place, placeOf(name)),

    async *list() {
      await place.toRead()
      for (const name of await namesIn(place, dir)) {
        if (!isObjectName(name)) continue
        const writtenAt = await writtenAtOf(place, path.join(dir, name))
        if (writtenAt !== null) yield { name, writtenAt }
      }
      // What went away meanwhile looks like an end.
      await place.toRead()
    },

    clean: (now) => cleanIncoming(place, now),
  }
}
