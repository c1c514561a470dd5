import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { describeObjectStore } from '../conformance-objects.ts'
import { describeFileStore } from '../conformance.ts'
import { createDirectoryStore } from './index.ts'
import { createDirectoryObjects } from './objects.ts'

const root = mkdtempSync(path.join(tmpdir(), 'zaptria-media-'))
const store = createDirectoryStore(root)
afterAll(() => rmSync(root, { recursive: true, force: true }))

describeFileStore('directory', () => store)
describeObjectStore('directory', (folder) => createDirectoryObjects(root, folder))

describe('the directory of media', () => {
  const one = async function* (): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(Buffer.from('olá'))
  }

  it('is its owner’s alone', async () => {
    const tenant = randomUUID()
    const { sha256 } = await store.put(tenant, one(), { maxBytes: 10 })
    const file = path.join(root, 'files', tenant, sha256.slice(0, 2), sha256)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
  })

  it('leaves nothing of a put that has ended, and cleans up after one that was killed a day ago', async () => {
    const incoming = path.join(root, 'incoming')
    await store.put(randomUUID(), one(), { maxBytes: 10 })
    await expect(store.put(randomUUID(), one(), { maxBytes: 1 })).rejects.toThrow('larger')
    expect(await readdir(incoming)).toEqual([])
    await writeFile(path.join(incoming, 'old'), 'half')
    await writeFile(path.join(incoming, 'young'), 'half')
    const before = new Date(Date.now() - 25 * 3600_000)
    await utimes(path.join(incoming, 'old'), before, before)
    await store.clean(new Date())
    expect(await readdir(incoming)).toEqual(['young'])
  })

  it.each(['../../etc', 'x', ''])('takes no tenant "%s"', async (tenant) => {
    await expect(store.get(tenant, 'a'.repeat(64))).rejects.toThrow('not a tenant')
  })
})
