import { randomBytes } from 'node:crypto'
import type { Readable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ObjectStore } from './objects.ts'
import { FileTooLargeError } from './port.ts'

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_000) yield await Promise.resolve(bytes.subarray(at, at + 100_000))
}
const whole = async (stream: Readable | null): Promise<Buffer | null> => (stream === null ? null : Buffer.concat(await stream.toArray()))

/** What every store of objects must do. `open` gives one of that folder to each test, with whatever the tests before have left in it. */
export const describeObjectStore = (name: string, open: (folder: string) => ObjectStore): void => {
  describe(`the store of objects ${name}`, () => {
    let store: ObjectStore
    let serial = 0
    const limits = { maxBytes: 2_000_000 }
    const names = async (of = store): Promise<string[]> => {
      const found: string[] = []
      for await (const { name: one } of of.list()) found.push(one)
      return found.toSorted()
    }
    beforeEach(() => {
      store = open(`folder${(serial += 1)}`)
    })

    it('gives back what was put under a name, and lists the names', async () => {
      const bytes = randomBytes(1_000_000)
      expect(await store.put('b.000001', chunks(bytes), limits)).toMatchObject({ sizeBytes: 1_000_000 })
      await store.put('a.json', chunks(Buffer.from('{}')), limits)
      expect((await whole(await store.get('b.000001')))?.equals(bytes)).toBe(true)
      expect(await names()).toEqual(['a.json', 'b.000001'])
      for await (const { writtenAt } of store.list()) expect(Math.abs(Date.now() - writtenAt.getTime())).toBeLessThan(60_000)
      expect(await names(open('elsewhere'))).toEqual([])
    })

    it('has nothing of what was not put, was too much, broke off, or was deleted', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(randomBytes(300_000))
        throw new Error('pg_dump was killed')
      }
      expect(await store.get('none')).toBeNull()
      await expect(store.put('broken', broken(), limits)).rejects.toThrow('pg_dump was killed')
      await expect(store.put('large', chunks(randomBytes(2_000_001)), limits)).rejects.toThrow(FileTooLargeError)
      await store.put('gone', chunks(Buffer.from('x')), limits)
      await store.delete('gone')
      await store.delete('gone')
      await store.clean(new Date(Date.now() + 48 * 3_600_000))
      expect(await names()).toEqual([])
    })

    it.each(['../x', 'a/b', '', '.hidden', 'a b'])('takes no name "%s"', async (name) => {
      await expect(async () => store.put(name, chunks(Buffer.from('x')), limits)).rejects.toThrow('not a name of an object')
      await expect(async () => store.get(name)).rejects.toThrow('not a name of an object')
      await expect(async () => store.delete(name)).rejects.toThrow('not a name of an object')
    })
  })
}
