import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Readable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { FileDamagedError, FileTooLargeError } from './port.ts'
import type { ListedFile, FileStore } from './port.ts'

const MIB = 1024 * 1024
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function* chunks(bytes: Uint8Array, size = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    // As they come from a socket: not all at once.
    await delay(0)
    yield bytes.subarray(at, at + size)
  }
}

const whole = async (stream: Readable | null): Promise<Buffer | null> => {
  if (stream === null) return null
  const parts: Buffer[] = []
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts)
}

/** What every media store must do. `open` gives the same store to each test, with whatever the tests before have left in it. */
export const describeFileStore = (name: string, open: () => FileStore): void => {
  describe(`the media store ${name}`, () => {
    let store: FileStore
    let tenant: string
    const limits = { maxBytes: 20 * MIB }
    beforeEach(() => {
      store = open()
      tenant = randomUUID()
    })
    const listed = async (): Promise<ListedFile[]> => {
      const found: ListedFile[] = []
      for await (const file of store.list()) if (file.tenantId === tenant) found.push(file)
      return found
    }

    it.each([0, 1, 4_100, 100_001, 9 * MIB])('gives back %i bytes as they were put', async (size) => {
      const bytes = randomBytes(size)
      const stored = await store.put(tenant, chunks(bytes), limits)
      expect(stored).toMatchObject({ sha256: hashOf(bytes), sizeBytes: size })
      expect(Buffer.from(stored.head)).toEqual(bytes.subarray(0, 4_100))
      expect((await whole(await store.get(tenant, stored.sha256)))?.equals(bytes)).toBe(true)
    })

    it('gives any part of them', async () => {
      const bytes = randomBytes(200_000)
      const { sha256 } = await store.put(tenant, chunks(bytes), limits)
      for (const [start, end] of [
        [0, 0],
        [10, 150_000],
        [199_999, 199_999],
      ] as const)
        expect((await whole(await store.get(tenant, sha256, { start, end })))?.equals(bytes.subarray(start, end + 1))).toBe(true)
    })

    it('has nothing of what it was not given, nor of another tenant’s', async () => {
      const { sha256 } = await store.put(tenant, chunks(randomBytes(10)), limits)
      expect(await store.get(tenant, 'a'.repeat(64))).toBeNull()
      expect(await store.get(randomUUID(), sha256)).toBeNull()
    })

    it('keeps one file of what is put twice, also at the same time', async () => {
      const bytes = randomBytes(300_000)
      const [first, second] = await Promise.all([store.put(tenant, chunks(bytes), limits), store.put(tenant, chunks(bytes, 7_000), limits)])
      expect(first.sha256).toBe(second.sha256)
      expect(await listed()).toEqual([{ tenantId: tenant, sha256: hashOf(bytes), writtenAt: expect.any(Date) }])
      expect(Math.abs(Date.now() - (await listed())[0]!.writtenAt.getTime())).toBeLessThan(60_000)
      expect((await whole(await store.get(tenant, first.sha256)))?.equals(bytes)).toBe(true)
    })

    it('stops at the limit, and keeps nothing', async () => {
      let read = 0
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (; read < 100; read += 1) yield await Promise.resolve(randomBytes(MIB))
      }
      await expect(store.put(tenant, endless(), { maxBytes: 6 * MIB })).rejects.toThrow(FileTooLargeError)
      expect(read).toBeLessThan(12)
      expect(await listed()).toEqual([])
    })

    it('keeps nothing of a source that breaks off', async () => {
      async function* broken(): AsyncGenerator<Uint8Array> {
        yield await Promise.resolve(randomBytes(6 * MIB))
        throw new Error('the bot was killed')
      }
      await expect(store.put(tenant, broken(), limits)).rejects.toThrow('the bot was killed')
      expect(await listed()).toEqual([])
    })

    it('takes no other bytes than the ones that were named', async () => {
      const bytes = randomBytes(1_000)
      await expect(store.put(tenant, chunks(bytes), { ...limits, sha256: hashOf(randomBytes(1_000)) })).rejects.toThrow(FileDamagedError)
      expect(await listed()).toEqual([])
      await store.put(tenant, chunks(bytes), { ...limits, sha256: hashOf(bytes) })
      expect(await listed()).toHaveLength(1)
    })

    it('lists one tenant’s alone when told whose', async () => {
      const mine = await store.put(tenant, chunks(randomBytes(10)), limits)
      await store.put(randomUUID(), chunks(randomBytes(10)), limits)
      const found: ListedFile[] = []
      for await (const file of store.list(tenant)) found.push(file)
      expect(found).toEqual([{ tenantId: tenant, sha256: mine.sha256, writtenAt: expect.any(Date) }])
      for await (const file of store.list(randomUUID())) expect.fail(`${file.sha256} is nobody’s`)
    })

    it('deletes, and does not mind when there is nothing', async () => {
      const { sha256 } = await store.put(tenant, chunks(randomBytes(10)), limits)
      await store.delete(tenant, sha256)
      await store.delete(tenant, sha256)
      expect(await store.get(tenant, sha256)).toBeNull()
      expect(await listed()).toEqual([])
    })

    it('cleans up without touching what is there', async () => {
      const { sha256 } = await store.put(tenant, chunks(randomBytes(10)), limits)
      await store.clean(new Date(Date.now() + 48 * 3600_000))
      expect(await whole(await store.get(tenant, sha256))).toHaveLength(10)
    })
  })
}
