import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { SnapshotTransfer } from '@zaptria/contract'
import { SNAPSHOT_PART_BYTES, TransferKey } from '@zaptria/contract'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDirectoryStore } from '../files/directory/index.ts'
import { openStream, sealStream } from '../secrets/sealed-stream.ts'
import { makeManifest } from '../testing/snapshots.ts'
import { createVault } from './index.ts'
import { openTransfer, sealTransfer, storeArchive, TransferBrokenError } from './transfer.ts'

const newKey = (): string => TransferKey.parse(`ztk_${randomBytes(32).toString('base64url')}`)
const key = newKey()
const chunks = async function* (bytes: Buffer, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}
const whole = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const found: Uint8Array[] = []
  for await (const chunk of stream) found.push(chunk)
  return Buffer.concat(found)
}
const transferOf = (archive: Buffer): SnapshotTransfer => ({
  format: 1,
  taken_at: 1_796_000_000,
  manifest: makeManifest({ archive: { size_bytes: archive.length, sha256: createHash('sha256').update(archive).digest('hex') } }),
})
const seal = (archive: Buffer, transfer = transferOf(archive)): Promise<Buffer> => whole(sealTransfer(key, transfer, chunks(archive)).bytes)
const open = async (file: Buffer, withKey = key): Promise<{ transfer: SnapshotTransfer; archive: Buffer }> => {
  const { transfer, archive } = await openTransfer(withKey, chunks(file, 7_000))
  return { transfer, archive: await whole(archive) }
}

describe('a snapshot’s transfer file', () => {
  it.each([1, 65_536, 300_000])('of an archive of %i bytes opens as it was, and is as large as was said', async (size) => {
    const archive = randomBytes(size)
    const transfer = transferOf(archive)
    const sealed = sealTransfer(key, transfer, chunks(archive))
    const file = await whole(sealed.bytes)
    expect(file.length).toBe(sealed.sizeBytes)
    const opened = await open(file)
    expect(opened.transfer).toEqual(transfer)
    expect(opened.archive.equals(archive)).toBe(true)
  })

  it('has nothing in the clear, and not its key', async () => {
    const file = await seal(Buffer.from('a secret of the session '.repeat(100)))
    for (const secret of ['secret of the session', '5511987654321', key.slice(4)]) expect(file.includes(secret)).toBe(false)
    expect(file.includes(Buffer.from(key.slice(4), 'base64url'))).toBe(false)
  })

  it('does not open when any of its bits has changed', async () => {
    const file = await seal(randomBytes(150_000))
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 1), fc.nat(7), async (at, bit) => {
        const changed = Buffer.from(file)
        changed[at]! ^= 1 << bit
        await expect(open(changed)).rejects.toThrow(TransferBrokenError)
      }),
      { numRuns: 60 },
    )
  })

  it('does not open when it was cut off anywhere, goes on, has another key, or is of a newer format', async () => {
    const file = await seal(randomBytes(150_000))
    for (const length of [0, 3, 20, 23, 30, 65_000, 66_000, 140_000, file.length - 1])
      await expect(open(file.subarray(0, length)), `${length}`).rejects.toThrow(TransferBrokenError)
    await expect(open(Buffer.concat([file, Buffer.from('x')]))).rejects.toThrow('something follows its end')
    await expect(open(file, newKey())).rejects.toThrow('or the key is another')
    const newer = Buffer.from(file)
    newer[3] = 9
    await expect(open(newer)).rejects.toThrow('its format 9 is newer than this program')
  })

  it('is no other thing that is sealed with the same key', async () => {
    const elsewhere = await whole(sealStream(Buffer.from(key.slice(4), 'base64url'), chunks(randomBytes(100)), 'database backup'))
    await expect(open(elsewhere)).rejects.toThrow(TransferBrokenError)
  })

  it('does not open when what is in it is not what it says', async () => {
    const archive = randomBytes(1_000)
    const other = randomBytes(1_000)
    await expect(open(await seal(other, transferOf(archive)))).rejects.toThrow('not the ones that were packed')
    await expect(open(await seal(archive.subarray(1), transferOf(archive)))).rejects.toThrow('it has 999 bytes')
    await expect(open(await seal(Buffer.concat([archive, other]), transferOf(archive)))).rejects.toThrow('more than 1000 bytes')
    const future = { ...transferOf(archive), format: 2 } as unknown as SnapshotTransfer
    await expect(open(await seal(archive, future))).rejects.toThrow('it may come from a newer Zaptria')
  })

  it('is never held whole: little is read ahead of who takes it', async () => {
    let given = 0
    const archive = (async function* () {
      for (let nr = 0; nr < 100; nr++) {
        given += 1_000_000
        yield await Promise.resolve(Buffer.alloc(1_000_000))
      }
    })()
    const all = Buffer.alloc(100_000_000)
    const sealed = sealTransfer(key, transferOf(all), archive)
    const opened = await openTransfer(key, sealed.bytes)
    let taken = 0
    for await (const chunk of opened.archive) {
      taken += chunk.length
      expect(given - taken).toBeLessThan(2_500_000)
    }
    expect(taken).toBe(100_000_000)
  })
})

describe('an archive that comes from elsewhere', () => {
  const tenantId = randomUUID()
  const tenantKey = randomBytes(32)
  let root: string
  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'zaptria-transfer-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))
  const vault = () =>
    createVault({
      files: createDirectoryStore(root),
      secrets: {
        sealStreamFor: (_, plain, context) => sealStream(tenantKey, plain, context),
        openStreamFor: (_, sealed, context) => openStream(tenantKey, sealed, context),
      },
    })
  const files = (): string => path.join(root, 'files')
  const kept = (): number =>
    existsSync(files()) ? readdirSync(files(), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length : 0
  const store = async (file: Buffer, of = { tenantId, snapshotId: randomUUID() }) =>
    storeArchive(vault(), of, await openTransfer(key, chunks(file, 60_000)))

  it('is in the vault under the key of its new tenant, in parts', async () => {
    const archive = randomBytes(2 * SNAPSHOT_PART_BYTES + 5)
    const of = { tenantId, snapshotId: randomUUID() }
    const parts = await store(await seal(archive), of)
    expect(parts.map(({ nr, sizeBytes }) => [nr, sizeBytes])).toEqual([
      [0, SNAPSHOT_PART_BYTES],
      [1, SNAPSHOT_PART_BYTES],
      [2, 5],
    ])
    expect((await whole(vault().read(tenantId, of.snapshotId, parts))).equals(archive)).toBe(true)
  })

  it.each(['cut off', 'damaged at its end', 'followed by something'])('leaves nothing when its file is %s', async (how) => {
    const file = await seal(randomBytes(SNAPSHOT_PART_BYTES + 100_000))
    const wrong = { 'cut off': file.subarray(0, -1), 'followed by something': Buffer.concat([file, Buffer.from('x')]) }[how] ?? file
    if (wrong === file) file[file.length - 1]! ^= 1
    await expect(store(wrong)).rejects.toThrow(TransferBrokenError)
    expect(kept()).toBe(0)
  })
})
