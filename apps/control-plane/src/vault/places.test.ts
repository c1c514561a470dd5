import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import { startS3 } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { createDirectoryStore } from '../files/directory/index.ts'
import type { FileStore } from '../files/port.ts'
import { createS3Store } from '../files/s3/index.ts'
import { openStream, sealStream } from '../secrets/sealed-stream.ts'
import { createVault } from './index.ts'
import type { StoredPart, Vault } from './index.ts'
import { verifyArchive } from './verify.ts'

const tenantId = randomUUID()
const key = randomBytes(32)
const secrets = {
  sealStreamFor: (_: string, plain: AsyncIterable<Uint8Array>, context: string) => sealStream(key, plain, context),
  openStreamFor: (_: string, sealed: AsyncIterable<Uint8Array>, context: string) => openStream(key, sealed, context),
}

/** A store, and what only its keeper can do to it. */
type Place = {
  files: FileStore
  damage(sha256: string, change: (bytes: Buffer) => Buffer): void
  away(is: boolean): void
  close(): Promise<void>
}

const directory = async (): Promise<Place> => {
  const root = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  writeFileSync(path.join(root, 'a file'), '')
  let isAway = false
  const store = createDirectoryStore(root)
  const found = (name: string): string => {
    const entry = readdirSync(root, { recursive: true, withFileTypes: true }).find((each) => each.isFile() && each.name === name)
    return path.join(entry!.parentPath, name)
  }
  return Promise.resolve({
    get files() {
      // A place at which no directory can be made.
      return isAway ? createDirectoryStore(path.join(root, 'a file')) : store
    },
    damage: (sha256, change) => writeFileSync(found(sha256), change(readFileSync(found(sha256)))),
    away: (is) => void (isAway = is),
    close: () => Promise.resolve(rmSync(root, { recursive: true, force: true })),
  })
}

const bucket = async (): Promise<Place> => {
  const s3 = await startS3()
  const { endpoint, credentials } = s3
  const spoolDir = mkdtempSync(path.join(tmpdir(), 'zaptria-vault-'))
  const files = createS3Store(
    { ...credentials, endpoint, bucket: s3.bucket, prefix: 'vault', pathStyle: true },
    { spoolDir, deadlineMs: 300 },
  )
  return {
    files,
    damage(sha256, change) {
      const [key, object] = [...s3.objects].find(([name]) => name.endsWith(sha256))!
      s3.objects.set(key, { ...object, bytes: change(object.bytes) })
    },
    away: (is) => void (s3.trouble = () => (is ? 'silence' : undefined)),
    async close() {
      await files.close()
      await s3.close()
      rmSync(spoolDir, { recursive: true, force: true })
    },
  }
}

describe.each([
  ['a directory', directory],
  ['a bucket', bucket],
] as const)('a vault in %s', (_, open) => {
  const once = async (test: (on: { place: Place; vault: () => Vault }) => Promise<void>): Promise<void> => {
    const place = await open()
    try {
      await test({ place, vault: () => createVault({ files: place.files, secrets }) })
    } finally {
      await place.close()
    }
  }

  type Kept = { id: string; parts: StoredPart[]; archive: { size_bytes: number; sha256: string } }
  const keep = async (vault: Vault, bytes: Buffer, id = randomUUID()): Promise<Kept> => {
    const parts: StoredPart[] = []
    for (let nr = 0; nr * SNAPSHOT_PART_BYTES < bytes.length; nr++) {
      const part = bytes.subarray(nr * SNAPSHOT_PART_BYTES, (nr + 1) * SNAPSHOT_PART_BYTES)
      const stream = (async function* () {
        yield await Promise.resolve(part)
      })()
      parts.push(await vault.putPart({ tenantId, snapshotId: id, nr }, stream, createHash('sha256').update(part).digest('hex')))
    }
    return { id, parts, archive: { size_bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') } }
  }
  /** What reading every byte shows: null, or what is wrong. */
  const check = (vault: Vault, { id, parts, archive }: Kept): Promise<string | null> =>
    verifyArchive(vault.read(tenantId, id, parts), archive).then(
      (fault) => fault?.message ?? null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )

  it('gives back what was put, and says what is wrong with a flipped bit, a cut, and what is gone', () =>
    once(async ({ place, vault }) => {
      const [one, two] = [await keep(vault(), randomBytes(SNAPSHOT_PART_BYTES + 70_000)), await keep(vault(), randomBytes(70_000))]
      expect(await check(vault(), one)).toBeNull()
      const second = one.parts[1]!.sha256
      place.damage(second, (bytes) => {
        const changed = Buffer.from(bytes)
        changed[40_000]! ^= 1
        return changed
      })
      expect(await check(vault(), one)).toMatch(/cannot be opened/)
      place.damage(second, (bytes) => bytes.subarray(0, 40_000))
      expect(await check(vault(), one)).toMatch(/cannot be opened|has 40000 bytes/)
      await vault().deletePart(tenantId, second)
      expect(await check(vault(), one)).toBe('part 1 of the snapshot is not in the vault')
      // The older one is as good as before.
      expect(await check(vault(), two)).toBeNull()
    }))

  it('that is away takes nothing and loses nothing', () =>
    once(async ({ place, vault }) => {
      const kept = await keep(vault(), randomBytes(1_000))
      place.away(true)
      await expect(keep(vault(), randomBytes(1_000))).rejects.toThrow()
      expect(await check(vault(), kept)).not.toBeNull()
      place.away(false)
      expect(await check(vault(), kept)).toBeNull()
      expect(await check(vault(), await keep(vault(), randomBytes(1_000)))).toBeNull()
    }))

  it('takes nothing that breaks off, or is not what was named', () =>
    once(async ({ place, vault }) => {
      const broken = (async function* () {
        yield await Promise.resolve(randomBytes(10))
        throw new Error('the line broke')
      })()
      const of = { tenantId, snapshotId: randomUUID(), nr: 0 }
      await expect(vault().putPart(of, broken, 'a'.repeat(64))).rejects.toThrow('the line broke')
      const other = (async function* () {
        yield await Promise.resolve(randomBytes(10))
      })()
      await expect(vault().putPart(of, other, 'a'.repeat(64))).rejects.toThrow()
      const listed: string[] = []
      for await (const { sha256 } of place.files.list()) listed.push(sha256)
      expect(listed).toEqual([])
    }))
})
