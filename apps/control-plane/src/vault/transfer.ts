import { SNAPSHOT_LIMITS, SNAPSHOT_MANIFEST_BYTES, SNAPSHOT_PART_BYTES, SnapshotTransfer, partsOfSnapshot } from '@zaptria/contract'
import { openStream, reader, SealBrokenError, sealedSize, sealStream } from '../secrets/sealed-stream.ts'
import type { PartOf, StoredPart, Vault } from './index.ts'
import { ArchiveDamagedError, verified } from './verify.ts'

/*
 * A snapshot on its way to another installation: sealed as those in the vault are (sealed-stream.ts), with a key of its own. Inside are what it
 * is (SnapshotTransfer, after its length in four bytes) and the archive.
 */

const CONTEXT = 'snapshot transfer'
const LENGTH_BYTES = 4
const CHUNK_BYTES = 64 * 1024

/** No transfer file is larger. */
export const TRANSFER_BYTES = sealedSize(LENGTH_BYTES + SNAPSHOT_MANIFEST_BYTES + SNAPSHOT_LIMITS.plain_bytes)

/** A file that no snapshot can be imported from: changed, cut off, of another key, or no transfer file. */
export class TransferBrokenError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TransferBrokenError'
  }
}

const keyOf = (transferKey: string): Buffer => Buffer.from(transferKey.slice('ztk_'.length), 'base64url')

/** The file, and its size. What it lacks at its end when `archive` throws is seen by whoever opens it. */
export function sealTransfer(
  transferKey: string,
  transfer: SnapshotTransfer,
  archive: AsyncIterable<Uint8Array>,
): { bytes: AsyncGenerator<Buffer>; sizeBytes: number } {
  const json = Buffer.from(JSON.stringify(transfer))
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt32BE(json.length)
  async function* plain(): AsyncGenerator<Uint8Array> {
    yield Buffer.concat([length, json])
    yield* archive
  }
  return {
    bytes: sealStream(keyOf(transferKey), plain(), CONTEXT),
    sizeBytes: sealedSize(LENGTH_BYTES + json.length + transfer.manifest.archive.size_bytes),
  }
}

/**
 * What a file is, and its archive, of which all has been seen to be right only at its end.
 * @throws TransferBrokenError also while the archive is read
 */
export async function openTransfer(
  transferKey: string,
  sealed: AsyncIterable<Uint8Array>,
): Promise<{ transfer: SnapshotTransfer; archive: AsyncGenerator<Uint8Array> }> {
  const source = reader(opened(transferKey, sealed))
  const length = (await whole(source, LENGTH_BYTES)).readUInt32BE()
  if (length > SNAPSHOT_MANIFEST_BYTES) throw new TransferBrokenError('it says too much of itself to be a snapshot')
  const transfer = SnapshotTransfer.safeParse(jsonOf(await whole(source, length)))
  if (!transfer.success)
    throw new TransferBrokenError('what it says of itself is not understood: it may come from a newer Zaptria', { cause: transfer.error })
  return { transfer: transfer.data, archive: right(source.rest(), transfer.data) }
}

/** Puts all of an archive into the vault; what was put of one that breaks off is taken out again. */
export async function storeArchive(
  vault: Pick<Vault, 'putPart' | 'deletePart'>,
  of: Omit<PartOf, 'nr'>,
  { transfer, archive }: { transfer: SnapshotTransfer; archive: AsyncIterable<Uint8Array> },
): Promise<StoredPart[]> {
  const source = reader(archive)
  const parts: StoredPart[] = []
  try {
    for (let nr = 0; nr < partsOfSnapshot(transfer.manifest); nr++)
      parts.push(await vault.putPart({ ...of, nr }, atMost(source, SNAPSHOT_PART_BYTES), null))
    // Only at its end is it known to be right.
    await source.take(1)
    return parts
  } catch (error) {
    await dropParts(vault, of.tenantId, parts)
    throw error
  }
}

/** Parts that no snapshot names. What cannot be deleted now is a day later, as what any import leaves that was killed. */
export async function dropParts(vault: Pick<Vault, 'deletePart'>, tenantId: string, parts: readonly StoredPart[]): Promise<void> {
  await Promise.allSettled(parts.map(({ sha256 }) => vault.deletePart(tenantId, sha256)))
}

async function* atMost(source: ReturnType<typeof reader>, most: number): AsyncGenerator<Buffer> {
  for (let left = most; left > 0;) {
    const chunk = await source.take(Math.min(left, CHUNK_BYTES))
    if (chunk.length === 0) return
    left -= chunk.length
    yield chunk
  }
}

async function* opened(transferKey: string, sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    yield* openStream(keyOf(transferKey), sealed, CONTEXT)
  } catch (error) {
    if (error instanceof SealBrokenError) throw new TransferBrokenError(error.message, { cause: error })
    throw error
  }
}

async function* right(archive: AsyncIterable<Uint8Array>, { manifest }: SnapshotTransfer): AsyncGenerator<Uint8Array> {
  try {
    yield* verified(archive, manifest.archive)
  } catch (error) {
    if (error instanceof ArchiveDamagedError) throw new TransferBrokenError(`the archive is damaged: ${error.message}`, { cause: error })
    throw error
  }
}

async function whole(source: ReturnType<typeof reader>, bytes: number): Promise<Buffer> {
  const taken = await source.take(bytes)
  if (taken.length < bytes) throw new TransferBrokenError('it ends before it has said what it is')
  return taken
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
