import { createHash } from 'node:crypto'
import { FileDamagedError, FileTooLargeError } from './port.ts'
import type { PutOptions, StoredFile } from './port.ts'

/** As much as file-type wants to see. */
const HEAD_BYTES = 4_100

/** Counts and hashes bytes on their way into a store, and stops them at the limit. */
export function measuring(bytes: AsyncIterable<Uint8Array>, { maxBytes, sha256: expected }: PutOptions) {
  const hash = createHash('sha256')
  let sizeBytes = 0
  let head = Buffer.alloc(0)
  async function* through(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes) throw new FileTooLargeError(maxBytes)
      hash.update(chunk)
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)])
      yield chunk
    }
  }
  return {
    bytes: through(),
    /** Once all have passed. @throws FileDamagedError when they are not the ones that were named */
    result(): StoredFile {
      const sha256 = hash.digest('hex')
      if (expected !== undefined && sha256 !== expected) throw new FileDamagedError()
      return { sha256, sizeBytes, head }
    },
  }
}
