import { createHash } from 'node:crypto'
import type { Backup } from '@zaptria/contract'
import type { ObjectStore } from '../files/objects.ts'
import { LEFT_OVER_MS } from '../files/port.ts'
import type { MasterKeys } from '../secrets/seal.ts'
import { keysFor } from '../secrets/seal.ts'
import { openStream, SealBrokenError, sealStream } from '../secrets/sealed-stream.ts'
import { BackupDamagedError, BackupError } from './errors.ts'
import { MANIFEST_BYTES, manifestName, newId, partName, readManifest, readName, writeManifest } from './manifest.ts'

/** Where backups are, whole ones and what is left of others. */
export type Archive = {
  /** For people. */
  readonly where: string
  /** Newest first. `damaged`: ids of those whose manifest cannot be believed. @throws FileAwayError */
  list(): Promise<{ items: Backup[]; damaged: string[] }>
  /** Seals what comes as it comes. Rejects with what the dump throws, and there is no backup then. */
  write(dump: AsyncIterable<Uint8Array>, about: AboutBackup): Promise<Backup>
  /** The dump. Throws while it is read: BackupDamagedError, FileAwayError, and at once a BackupError when its master key is not given. */
  read(backup: Backup): AsyncGenerator<Buffer>
  /** Reads every byte. Throws what `read` throws. */
  verify(backup: Backup): Promise<void>
  remove(id: string): Promise<void>
  /** Removes parts, a day old, of which nothing came. */
  clean(now: Date): Promise<void>
}

export type AboutBackup = Pick<Backup, 'zaptria_version' | 'migration' | 'postgres_version' | 'tenants'> & { now: Date }

/** So much is put at once: what a bucket's store holds on our disk meanwhile, and what is sent again when the wire breaks. */
const PART_BYTES = 128 * 1024 * 1024

export function createArchive(objects: ObjectStore, masterKeys: MasterKeys, { partBytes = PART_BYTES } = {}): Archive {
  const sealing = keysFor(masterKeys, 'database backups')
  const signing = keysFor(masterKeys, 'manifests of database backups')
  /** They never change. */
  const known = new Map<string, Backup>()

  const manifest = async (id: string): Promise<Backup | null> => {
    const before = known.get(id)
    if (before !== undefined) return before
    const bytes = await objects.get(manifestName(id))
    // Removed between two looks.
    if (bytes === null) return null
    const backup = readManifest(id, await atMost(bytes, MANIFEST_BYTES, id), signing)
    known.set(id, backup)
    return backup
  }

  async function* sealedParts({ id, parts }: Backup): AsyncGenerator<Uint8Array> {
    for (const [nr, part] of parts.entries()) {
      const bytes = await objects.get(partName(id, nr))
      if (bytes === null) throw new BackupDamagedError(id, `part ${nr + 1} of ${parts.length} is not there`)
      const counted = counting(bytes as AsyncIterable<Uint8Array>)
      try {
        yield* counted.bytes
      } finally {
        bytes.destroy()
      }
      if (!isSame(counted.result(), part)) throw new BackupDamagedError(id, `part ${nr + 1} of ${parts.length} is not as it was put`)
    }
  }

  const archive: Archive = {
    where: objects.where,

    async list() {
      const ids = new Set<string>()
      for await (const { name } of objects.list()) {
        const read = readName(name)
        if (read?.manifest === true) ids.add(read.id)
      }
      for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
      const items: Backup[] = []
      const damaged: string[] = []
      for (const id of [...ids].toSorted().toReversed()) {
        try {
          const backup = await manifest(id)
          if (backup !== null) items.push(backup)
        } catch (error) {
          if (!(error instanceof BackupDamagedError)) throw error
          damaged.push(id)
        }
      }
      return { items, damaged }
    },

    async write(dump, { now, ...about }) {
      const id = newId(now)
      const began = performance.now()
      const { id: key_id, key } = sealing.current
      const plain = counting(dump)
      const parts: Backup['parts'] = []
      const put = async (name: string, bytes: AsyncIterable<Uint8Array>, maxBytes: number) => {
        const { sha256, sizeBytes } = await objects.put(name, bytes, { maxBytes })
        return { sha256, size_bytes: sizeBytes }
      }
      try {
        for await (const part of cut(sealStream(key, plain.bytes, contextOf(id)), partBytes))
          parts.push(await put(partName(id, parts.length), part, Number.MAX_SAFE_INTEGER))
        const took_ms = Math.round(performance.now() - began)
        const backup: Backup = { format: 1, id, taken_at: now.toISOString(), took_ms, ...about, dump: plain.result(), parts, key_id }
        await put(manifestName(id), one(writeManifest(backup, signing)), MANIFEST_BYTES)
        return backup
      } catch (error) {
        // What cannot be removed now is not whole, and is removed by the next clean.
        for (const nr of parts.keys()) await objects.delete(partName(id, nr)).catch(() => {})
        throw error
      }
    },

    async *read(backup) {
      const key = sealing.byId.get(backup.key_id)
      if (key === undefined) throw keyMissing(backup, masterKeys)
      const sealed = sealedParts(backup)
      const plain = counting(openStream(key, sealed, contextOf(backup.id)))
      try {
        yield* plain.bytes as AsyncGenerator<Buffer>
      } catch (error) {
        if (error instanceof SealBrokenError) throw new BackupDamagedError(backup.id, error.message, { cause: error })
        throw error
      } finally {
        // What opens a seal lets go of its source only at its end.
        await sealed.return(undefined)
      }
      if (!isSame(plain.result(), backup.dump)) throw new BackupDamagedError(backup.id, 'its bytes are not the ones that were dumped')
    },

    async verify(backup) {
      for await (const _ of archive.read(backup));
    },

    async remove(id) {
      // First: without it what is left is none.
      await objects.delete(manifestName(id))
      known.delete(id)
      for await (const { name } of objects.list()) if (readName(name)?.id === id) await objects.delete(name)
    },

    async clean(now) {
      await objects.clean(now)
      const whole = new Set<string>()
      const old: { id: string; name: string }[] = []
      for await (const { name, writtenAt } of objects.list()) {
        const read = readName(name)
        if (read === null) continue
        if (read.manifest) whole.add(read.id)
        else if (now.getTime() - writtenAt.getTime() > LEFT_OVER_MS) old.push({ id: read.id, name })
      }
      for (const { id, name } of old) if (!whole.has(id)) await objects.delete(name)
    },
  }
  return archive
}

/** It opens as this backup alone. */
const contextOf = (id: string): string => `database backup ${id}`

const keyMissing = ({ id, key_id }: Backup, { byId }: MasterKeys): BackupError =>
  new BackupError(
    `The backup ${id} was sealed with the master key ${key_id}, which is not given; given: ${[...byId.keys()].join(', ')}.`,
    'Put the master key of then into ZAPTRIA_MASTER_KEY, after the current one and a comma. Without it the backup cannot be opened.',
  )

type Measured = { size_bytes: number; sha256: string }
const isSame = (a: Measured, b: Measured): boolean => a.size_bytes === b.size_bytes && a.sha256 === b.sha256

function counting(source: AsyncIterable<Uint8Array>): { bytes: AsyncGenerator<Uint8Array>; result: () => Measured } {
  const hash = createHash('sha256')
  let size_bytes = 0
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      size_bytes += chunk.length
      hash.update(chunk)
      yield chunk
    }
  }
  return { bytes: through(), result: () => ({ size_bytes, sha256: hash.digest('hex') }) }
}

/** Parts of at least so many bytes, the last one of what is left. Each is read to its end before the next is asked for. */
async function* cut(source: AsyncGenerator<Buffer>, partBytes: number): AsyncGenerator<AsyncGenerator<Buffer>> {
  let over = false
  async function* part(first: Buffer): AsyncGenerator<Buffer> {
    let size = first.length
    yield first
    while (size < partBytes && !over) {
      const { done, value } = await source.next()
      if (done === true) {
        over = true
      } else {
        size += value.length
        yield value
      }
    }
  }
  try {
    while (!over) {
      const { done, value } = await source.next()
      if (done === true) return
      yield part(value)
    }
  } finally {
    // Whoever dumps is not left waiting.
    await source.return(undefined)
  }
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes)
}

async function atMost(source: AsyncIterable<Uint8Array> & { destroy(): unknown }, most: number, id: string): Promise<Buffer> {
  const found: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of source) {
      size += chunk.length
      if (size > most) throw new BackupDamagedError(id, 'its manifest is too large to be one')
      found.push(chunk)
    }
  } finally {
    source.destroy()
  }
  return Buffer.concat(found)
}
