import { createHash } from 'node:crypto'
import type { SnapshotManifest } from '@zaptria/contract'

/** An archive that is not the one that was packed. */
export class ArchiveDamagedError extends Error {
  constructor(fault: string) {
    super(fault)
    this.name = 'ArchiveDamagedError'
  }
}

/** The same bytes. Throws an ArchiveDamagedError at their end, or where they are more than were packed, and what reading them throws. */
export async function* verified(bytes: AsyncIterable<Uint8Array>, archive: SnapshotManifest['archive']): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of bytes) {
    hash.update(chunk)
    size += chunk.length
    if (size > archive.size_bytes) throw new ArchiveDamagedError(`it has more than ${archive.size_bytes} bytes, which were packed`)
    yield chunk
  }
  if (size !== archive.size_bytes) throw new ArchiveDamagedError(`it has ${size} bytes, and ${archive.size_bytes} were packed`)
  if (hash.digest('hex') !== archive.sha256) throw new ArchiveDamagedError('its bytes are not the ones that were packed')
}

/** Reads all of an archive: null, or what is wrong with it. Throws what reading it throws. */
export async function verifyArchive(
  bytes: AsyncIterable<Uint8Array>,
  archive: SnapshotManifest['archive'],
): Promise<ArchiveDamagedError | null> {
  try {
    for await (const _ of verified(bytes, archive));
    return null
  } catch (error) {
    if (error instanceof ArchiveDamagedError) return error
    throw error
  }
}
