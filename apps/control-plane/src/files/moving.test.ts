import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startS3 } from '@zaptria/lab/testing'
import type { S3 } from '@zaptria/lab/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { describeFileStore } from './conformance.ts'
import { createDirectoryStore } from './directory/index.ts'
import { createDirectoryObjects } from './directory/objects.ts'
import { createMovingStore, createObjectsOfBoth } from './moving.ts'
import type { MovingStore } from './moving.ts'
import { FileAwayError } from './port.ts'
import type { FileStore } from './port.ts'
import { createS3Store } from './s3/index.ts'
import type { S3Store } from './s3/index.ts'

const root = mkdtempSync(path.join(tmpdir(), 'zaptria-moving-'))
const directory: FileStore = createDirectoryStore(path.join(root, 'old'))
let s3: S3
let bucket: S3Store
let store: MovingStore
beforeAll(async () => {
  s3 = await startS3()
  const { endpoint, credentials } = s3
  const settings = { ...credentials, endpoint, bucket: s3.bucket, prefix: 'media', pathStyle: true }
  bucket = createS3Store(settings, { spoolDir: path.join(root, 'spool'), deadlineMs: 100 })
  store = createMovingStore(bucket, directory)
})
beforeEach(() => {
  s3.trouble = () => undefined
})
afterAll(async () => {
  await bucket.close()
  await s3.close()
  rmSync(root, { recursive: true, force: true })
})

describeFileStore('of files that are being moved', () => store)

const tenant = randomUUID()
const limits = { maxBytes: 1_000_000 }
const one = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes)
}
const read = async (from: FileStore, sha256: string): Promise<Buffer | null> => {
  const stream = await from.get(tenant, sha256)
  return stream === null ? null : Buffer.concat(await stream.toArray())
}

describe('files that are moved from a directory to a bucket', () => {
  it('are served from where they are, and put where they belong', async () => {
    const [old, young] = [randomBytes(1_000), randomBytes(1_000)]
    const { sha256: before } = await directory.put(tenant, one(old), limits)
    const { sha256: after } = await store.put(tenant, one(young), limits)
    expect(await directory.get(tenant, after)).toBeNull()
    expect((await read(store, before))?.equals(old)).toBe(true)

    expect(await store.move()).toEqual({ files: 1, damaged: [] })
    expect(await directory.get(tenant, before)).toBeNull()
    expect((await read(bucket, before))?.equals(old)).toBe(true)
    expect((await read(store, before))?.equals(old)).toBe(true)
    expect(await store.move()).toEqual({ files: 0, damaged: [] })
  })

  it('are let go of wherever they are', async () => {
    const { sha256 } = await directory.put(tenant, one(randomBytes(10)), limits)
    await store.delete(tenant, sha256)
    expect(await store.get(tenant, sha256)).toBeNull()
  })

  it('stay in the directory while the bucket is away, and when they are damaged', async () => {
    const good = await directory.put(tenant, one(randomBytes(1_000)), limits)
    s3.trouble = () => 'SlowDown'
    await expect(store.move()).rejects.toThrow(FileAwayError)
    s3.trouble = () => undefined
    expect(await read(directory, good.sha256)).toHaveLength(1_000)
    const bad = await directory.put(tenant, one(randomBytes(1_000)), limits)
    await writeFile(path.join(root, 'old/files', tenant, bad.sha256.slice(0, 2), bad.sha256), 'rotten')
    expect(await store.move()).toEqual({ files: 1, damaged: [{ tenantId: tenant, sha256: bad.sha256 }] })
    expect(await bucket.get(tenant, bad.sha256)).toBeNull()
    expect(String(await read(directory, bad.sha256))).toBe('rotten')
    expect(
      createHash('sha256')
        .update((await read(bucket, good.sha256))!)
        .digest('hex'),
    ).toBe(good.sha256)
  })
})

describe('objects of a bucket and of the directory before it', () => {
  it('are read, listed and deleted wherever they are, and put into the bucket', async () => {
    const old = createDirectoryObjects(path.join(root, 'old'), 'backups')
    const both = createObjectsOfBoth(bucket.objects('backups'), old)
    const one = async function* (text: string): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from(text))
    }
    await old.put('a', one('of before'), { maxBytes: 100 })
    await both.put('b', one('of now'), { maxBytes: 100 })
    const read = async (name: string): Promise<string | undefined> => (await (await both.get(name))?.toArray())?.join('')
    expect([await read('a'), await read('b'), await read('c')]).toEqual(['of before', 'of now', undefined])
    expect(s3.objects.has('media/backups/b')).toBe(true)
    const listed: string[] = []
    for await (const { name } of both.list()) listed.push(name)
    expect(listed.toSorted()).toEqual(['a', 'b'])
    for (const name of ['a', 'b']) await both.delete(name)
    for await (const { name } of both.list()) expect.unreachable(name)
  })
})
