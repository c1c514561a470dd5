import type { ObjectStore } from './objects.ts'
import { FileDamagedError } from './port.ts'
import type { FileStore } from './port.ts'

export type MovingStore = FileStore & {
  /** Moves what is there now. Any number of replicas may do it at once; broken off at any point it goes on where it was. */
  move(): Promise<Moved>
}

export type Moved = {
  files: number
  /** These are not what they are named, and stay where they are. */
  damaged: { tenantId: string; sha256: string }[]
}

/** A store to which another one's files are being moved: new ones are put there, and read wherever they are. */
export function createMovingStore(to: FileStore, from: Omit<FileStore, 'put'>): MovingStore {
  return {
    name: to.name,
    put: (tenantId, bytes, options) => to.put(tenantId, bytes, options),

    async get(tenantId, sha256, range) {
      const get = (store: Pick<FileStore, 'get'>) => store.get(tenantId, sha256, range)
      // Once more: it may have been moved between the two looks.
      return (await get(to)) ?? (await get(from)) ?? (await get(to))
    },

    async delete(tenantId, sha256) {
      await from.delete(tenantId, sha256)
      await to.delete(tenantId, sha256)
    },

    async *list(tenantId) {
      yield* from.list(tenantId)
      yield* to.list(tenantId)
    },

    async clean(now) {
      await from.clean(now)
      await to.clean(now)
    },

    async move() {
      const moved: Moved = { files: 0, damaged: [] }
      for await (const { tenantId, sha256 } of from.list()) {
        const bytes = await from.get(tenantId, sha256)
        if (bytes === null) continue
        try {
          await to.put(tenantId, bytes, { maxBytes: Number.MAX_SAFE_INTEGER, sha256 })
        } catch (error) {
          if (!(error instanceof FileDamagedError)) throw error
          moved.damaged.push({ tenantId, sha256 })
          continue
        } finally {
          bytes.destroy()
        }
        await from.delete(tenantId, sha256)
        moved.files += 1
      }
      return moved
    },
  }
}

/** Objects of which the newer are in one store and the older still in another, where they stay until somebody deletes them. */
export function createObjectsOfBoth(to: ObjectStore, from: Omit<ObjectStore, 'put'>): ObjectStore {
  return {
    where: `${to.where}, and ${from.where}`,
    put: (name, bytes, options) => to.put(name, bytes, options),
    get: async (name) => (await to.get(name)) ?? from.get(name),
    async delete(name) {
      await from.delete(name)
      await to.delete(name)
    },
    async *list() {
      yield* from.list()
      yield* to.list()
    },
    async clean(now) {
      await from.clean(now)
      await to.clean(now)
    },
  }
}
