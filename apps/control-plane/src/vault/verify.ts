import { createHash } from 'node:crypto'
import type { SnapshotManifest } from '@zaptria/contract'

/** Reads all of an archive. What is wrong with it, or null. Throws what reading it throws. */
export async function verifyArchive(bytes: AsyncIterable<Uint8Array>, archive: SnapshotManifest['archive']): Promise<string | null> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of bytes) {
    hash.update(chunk)
    size += chunk.length
  }
  if (size !== archive.size_bytes) return `it has ${size} bytes, and ${archive.size_bytes} were packed`
  return hash.digest('hex') === archive.sha256 ? null : 'its bytes are not the ones that were packed'
}
