import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDirectoryStore } from '../files/directory/index.ts'
import { openStream, SealBrokenError, sealStream } from '../secrets/sealed-stream.ts'
import { createVault, PartMissingError } from './index.ts'

const tenantId = randomUUID()
const snapshotId = randomUUID()
let root: string
let keys: Map<string, Buffer>
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  keys = new Map([[tenantId, randomBytes(32)]])
})
afterEach(() => rmSync(root, { recursive: true, force: true }))
const secrets = {
  sealStreamFor: (tenant: string, plain: AsyncIterable<Uint8Array>, context: string) => sealStream(keys.get(tenant)!, plain, context),
  openStreamFor: (tenant: string, sealed: AsyncIterable<Uint8Array>, context: string) => openStream(keys.get(tenant)!, sealed, context),
}
const vault = () => createVault({ files: createDirectoryStore(root), secrets })
const once = async function* (...chunks: Buffer[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk)
}
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const whole = async (bytes: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const found: Uint8Array[] = []
  for await (const chunk of bytes) found.push(chunk)
  return Buffer.concat(found)
}
const put = (bytes: Buffer, nr = 0) => vault().putPart({ tenantId, snapshotId, nr }, once(bytes), sha256(bytes))
const filesBelow = (): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) =>
    entry.isFile() && entry.name !== 'zaptria-files' ? [path.join(entry.parentPath, entry.name)] : [],
  )

describe('the vault', () => {
  it('gives back what was put, in order, and has nothing of it in the clear', async () => {
    const [one, two] = [randomBytes(200_000), Buffer.from('a secret of the session '.repeat(100))]
    const parts = [await put(one, 0), await put(two, 1)]
    expect(parts.map((part) => part.sizeBytes)).toEqual([one.length, two.length])
    expect((await whole(vault().read(tenantId, snapshotId, parts))).equals(Buffer.concat([one, two]))).toBe(true)
    for (const file of filesBelow()) expect(readFileSync(file).includes('secret of the session')).toBe(false)
  })

  it('puts nothing that is not what was named, is too large, or breaks off', async () => {
    const bytes = randomBytes(1_000)
    const of = { tenantId, snapshotId, nr: 0 }
    await expect(vault().putPart(of, once(bytes), sha256(randomBytes(10)))).rejects.toThrow('not the ones that were named')
    const large = Buffer.alloc(SNAPSHOT_PART_BYTES + 1)
    await expect(vault().putPart(of, once(large), sha256(large))).rejects.toThrow('larger than')
    const breaks = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(bytes)
      throw new Error('the wire broke')
    }
    await expect(vault().putPart(of, breaks(), sha256(bytes))).rejects.toThrow('the wire broke')
    expect(filesBelow()).toEqual([])
  })

  it.each([
    ['a bit of it has changed', (file: string) => writeFileSync(file, flipped(readFileSync(file)))],
    ['it was cut off', (file: string) => truncateSync(file, 500)],
  ])('gives back nothing of a part when %s', async (_, damage) => {
    const part = await put(randomBytes(1_000))
    damage(filesBelow()[0]!)
    await expect(whole(vault().read(tenantId, snapshotId, [part]))).rejects.toThrow(SealBrokenError)
  })

  it('says which part is missing', async () => {
    const part = await put(randomBytes(1_000))
    rmSync(filesBelow()[0]!)
    await expect(whole(vault().read(tenantId, snapshotId, [part]))).rejects.toThrow(PartMissingError)
  })

  it('opens a part at its place alone, with its tenant’s key alone', async () => {
    const part = await put(randomBytes(1_000))
    await expect(whole(vault().read(tenantId, snapshotId, [{ ...part, nr: 1 }]))).rejects.toThrow(SealBrokenError)
    await expect(whole(vault().read(tenantId, randomUUID(), [part]))).rejects.toThrow(SealBrokenError)
    keys.set(tenantId, randomBytes(32))
    await expect(whole(vault().read(tenantId, snapshotId, [part]))).rejects.toThrow(SealBrokenError)
  })
})

function flipped(bytes: Buffer): Buffer {
  bytes[bytes.length >> 1]! ^= 4
  return bytes
}
