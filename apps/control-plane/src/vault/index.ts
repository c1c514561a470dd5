import { createHash } from 'node:crypto'
import { SNAPSHOT_PART_BYTES } from '@zaptria/contract'
import type { FileStore } from '../files/port.ts'
import { FileDamagedError, FileTooLargeError } from '../files/port.ts'
import type { Secrets } from '../secrets/index.ts'
import { sealedSize } from '../secrets/sealed-stream.ts'

/** A part as it lies in the store: the name is the hash of its sealed bytes. */
export type StoredPart = { nr: number; sha256: string; sealedBytes: number; sizeBytes: number }

/** A part of a snapshot is not in the store any more. */
export class PartMissingError extends Error {
  constructor(nr: number) {
    super(`part ${nr} of the snapshot is not in the vault`)
    this.name = 'PartMissingError'
  }
}

/**
 * Keeps snapshots: archives in parts, each sealed with its tenant's key as it streams through, so that neither the store nor this program's disk
 * ever has a session in the clear. What is kept of whom is in the database.
 */
export type Vault = {
  /**
   * `sha256` is of the plain bytes, as the bot counted them; null where whoever gives them knows them to be right at their end.
   * @throws FileDamagedError, FileTooLargeError, FileAwayError: nothing was put then
   */
  putPart(of: PartOf, bytes: AsyncIterable<Uint8Array>, sha256: string | null): Promise<StoredPart>
  /** The archive's bytes. Throws while it is read: PartMissingError, SealBrokenError, FileAwayError. */
  read(tenantId: string, snapshotId: string, parts: readonly Pick<StoredPart, 'nr' | 'sha256'>[]): AsyncIterable<Buffer>
  deletePart(tenantId: string, sha256: string): Promise<void>
  /** Whether a part is there, whatever its bytes are. @throws FileAwayError */
  hasPart(tenantId: string, sha256: string): Promise<boolean>
}

export type PartOf = { tenantId: string; snapshotId: string; nr: number }

export function createVault({ files, secrets }: { files: FileStore; secrets: Pick<Secrets, 'sealStreamFor' | 'openStreamFor'> }): Vault {
  return {
    async putPart(of, bytes, sha256) {
      const counted = counting(bytes)
      const stored = await files.put(
        of.tenantId,
        checked(secrets.sealStreamFor(of.tenantId, counted.bytes, contextOf(of)), counted, sha256),
        {
          maxBytes: sealedSize(SNAPSHOT_PART_BYTES),
        },
      )
      return { nr: of.nr, sha256: stored.sha256, sealedBytes: stored.sizeBytes, sizeBytes: counted.sizeBytes() }
    },

    async *read(tenantId, snapshotId, parts) {
      for (const { nr, sha256 } of parts) {
        const sealed = await files.get(tenantId, sha256)
        if (sealed === null) throw new PartMissingError(nr)
        try {
          yield* secrets.openStreamFor(tenantId, sealed as AsyncIterable<Buffer>, contextOf({ tenantId, snapshotId, nr }))
        } finally {
          sealed.destroy()
        }
      }
    },

    deletePart: (tenantId, sha256) => files.delete(tenantId, sha256),

    async hasPart(tenantId, sha256) {
      const bytes = await files.get(tenantId, sha256, { start: 0, end: 0 })
      bytes?.destroy()
      return bytes !== null
    },
  }
}

/** A part opens as this one alone: of this snapshot, at this place. */
const contextOf = ({ tenantId, snapshotId, nr }: PartOf): string => `snapshot ${tenantId} ${snapshotId} ${nr}`

function counting(source: AsyncIterable<Uint8Array>) {
  const hash = createHash('sha256')
  let size = 0
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      size += chunk.length
      if (size > SNAPSHOT_PART_BYTES) throw new FileTooLargeError(SNAPSHOT_PART_BYTES)
      hash.update(chunk)
      yield chunk
    }
  }
  return { bytes: through(), sizeBytes: () => size, sha256: () => hash.digest('hex') }
}

/** Fails at its end, before the store takes it for whole, when what went in is not what was named. */
async function* checked(
  sealed: AsyncIterable<Buffer>,
  counted: Pick<ReturnType<typeof counting>, 'sha256'>,
  expected: string | null,
): AsyncGenerator<Buffer> {
  yield* sealed
  if (expected !== null && counted.sha256() !== expected) throw new FileDamagedError()
}
