import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { FileAwayError } from '../port.ts'
import { orDiskFault } from './faults.ts'
import { createDirectoryStore } from './index.ts'
import { createDirectoryObjects } from './objects.ts'
import { createPlace } from './place.ts'

const tenant = randomUUID()
const limits = { maxBytes: 1_000 }
async function* one(): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from('olá'))
}
const drained = async (files: AsyncIterable<unknown>): Promise<number> => {
  let count = 0
  for await (const _ of files) count += 1
  return count
}

let above: string
let root: string
beforeEach(() => {
  above = mkdtempSync(path.join(tmpdir(), 'zaptria-place-'))
  root = path.join(above, 'vault')
})
afterEach(() => rmSync(above, { recursive: true, force: true }))

const opened = (options?: { isExpected: boolean }) => {
  const place = createPlace(root, options)
  return { place, files: createDirectoryStore(root, place), objects: createDirectoryObjects(root, 'backups', place) }
}

describe('a directory of files', () => {
  it('is made and marked when it is set up', async () => {
    const { place, files } = opened()
    await place.setUp()
    expect(readdirSync(root)).toEqual(['zaptria-files'])
    const { sha256 } = await files.put(tenant, one(), limits)
    await opened().place.setUp()
    expect(await text((await opened().files.get(tenant, sha256))!)).toBe('olá')
  })

  it('of an older version is marked, and has what it had', async () => {
    const { sha256 } = await opened().files.put(tenant, one(), limits)
    rmSync(path.join(root, 'zaptria-files'))
    const { place, files } = opened({ isExpected: true })
    await place.setUp()
    expect(existsSync(path.join(root, 'zaptria-files'))).toBe(true)
    expect(await text((await files.get(tenant, sha256))!)).toBe('olá')
  })

  it.each(['moved away', 'unmounted'])(
    'that is %s is away to whoever writes, reads, lists or deletes, and is not made anew',
    async (how) => {
      const { place, files, objects } = opened()
      await place.setUp()
      const { sha256 } = await files.put(tenant, one(), limits)
      await objects.put('a.json', one(), limits)
      renameSync(root, `${root}.elsewhere`)
      // The mount point of a disk that is not mounted.
      if (how === 'unmounted') mkdirSync(root)

      const away = {
        name: 'FileAwayError',
        message: expect.stringContaining(`the directory ${root} is not there`),
        why: 'its directory is not there',
      }
      await expect(files.put(tenant, one(), limits)).rejects.toMatchObject(away)
      await expect(files.get(tenant, sha256)).rejects.toMatchObject(away)
      await expect(files.delete(tenant, sha256)).rejects.toMatchObject(away)
      await expect(drained(files.list())).rejects.toMatchObject(away)
      await expect(files.clean(new Date())).rejects.toMatchObject(away)
      await expect(objects.put('b.json', one(), limits)).rejects.toMatchObject(away)
      await expect(objects.get('a.json')).rejects.toMatchObject(away)
      await expect(objects.delete('a.json')).rejects.toMatchObject(away)
      await expect(drained(objects.list())).rejects.toMatchObject(away)
      expect(existsSync(root) ? readdirSync(root) : []).toEqual([])

      rmSync(root, { recursive: true, force: true })
      renameSync(`${root}.elsewhere`, root)
      expect(await text((await files.get(tenant, sha256))!)).toBe('olá')
      expect(await drained(files.list())).toBe(1)
      // One file that is missing in a directory that is there is missing.
      await files.delete(tenant, sha256)
      expect(await files.get(tenant, sha256)).toBeNull()
    },
  )

  it('that must hold files is not made anew at a start, but can be begun by hand', async () => {
    const { place, files } = opened({ isExpected: true })
    await expect(place.setUp()).rejects.toThrow(`mkdir -p ${root} && touch ${root}/zaptria-files`)
    await expect(files.put(tenant, one(), limits)).rejects.toThrow(FileAwayError)
    await expect(files.get(tenant, 'a'.repeat(64))).rejects.toThrow(FileAwayError)
    expect(existsSync(root)).toBe(false)
    mkdirSync(root)
    await expect(place.setUp()).rejects.toThrow(FileAwayError)
    writeFileSync(path.join(root, 'zaptria-files'), '')
    await files.put(tenant, one(), limits)
    expect(await drained(files.list())).toBe(1)
  })

  it('is none that the system has made for itself', async () => {
    await expect(createPlace('/proc/vault').setUp()).rejects.toThrow('the directory /proc/vault is in /proc, which is the system’s own')
    await expect(createPlace('/dev/zaptria').setUp()).rejects.toThrow('is in /dev')
    // Memory that is for everybody to put files into.
    const shared = `/dev/shm/zaptria-${randomUUID()}`
    onTestFinished(() => rmSync(shared, { recursive: true, force: true }))
    await createPlace(shared).setUp()
    expect(readdirSync(shared)).toEqual(['zaptria-files'])
  })

  it('is not made by whoever only looks', async () => {
    const { files, objects } = opened()
    expect(await files.get(tenant, 'a'.repeat(64))).toBeNull()
    expect(await drained(objects.list())).toBe(0)
    await files.clean(new Date())
    expect(existsSync(root)).toBe(false)
  })
})

describe('a disk at fault', () => {
  it('that is full says so, and what to do', async () => {
    const full = await open('/dev/full', 'w')
    try {
      await expect(orDiskFault('/mnt/vault', full.write('x'))).rejects.toMatchObject({
        name: 'FileAwayError',
        why: 'its disk is full',
        message: expect.stringMatching(
          /^files cannot be kept in the directory \/mnt\/vault: its disk is full \(ENOSPC: .*\): make room there/,
        ),
      })
    } finally {
      await full.close()
    }
  })

  it('takes nothing', async () => {
    const { files } = opened()
    await files.put(tenant, one(), limits)
    rmSync(path.join(root, 'incoming'), { recursive: true })
    // Nobody writes a file there, whoever they are.
    symlinkSync('/sys', path.join(root, 'incoming'))
    await expect(files.put(tenant, one(), limits)).rejects.toMatchObject({
      name: 'FileAwayError',
      message: expect.stringContaining(root),
      why: expect.stringMatching(/may not use it|read-only/),
    })
  })

  it('that cannot be read is no file that is damaged', async () => {
    const { files } = opened()
    const { sha256 } = await files.put(tenant, one(), limits)
    const file = path.join(root, 'files', tenant, sha256.slice(0, 2), sha256)
    rmSync(file)
    // What is at its address 0 is nobody's: the system says EIO.
    symlinkSync('/proc/self/mem', file)
    await expect(text((await files.get(tenant, sha256))!)).rejects.toMatchObject({ name: 'FileAwayError', why: 'its disk is at fault' })
  })

  it('leaves what the source says as it is', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('x'))
      throw Object.assign(new Error('the bot was killed'), { code: 'ECONNRESET', syscall: 'read' })
    }
    await expect(opened().files.put(tenant, broken(), limits)).rejects.toMatchObject({ name: 'Error', code: 'ECONNRESET' })
  })
})
