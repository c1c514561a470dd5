import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/*
 * A stream, sealed in pieces, so that neither side ever holds all of it (the construction: STREAM, https://eprint.iacr.org/2015/189).
 *
 *   header   "ZSS" version(1) salt(16)
 *   piece    length(4, big endian; its highest bit: the last one) ciphertext tag(16)
 *
 * Each stream has a key of its own, from the owner's by HKDF-SHA-256 over the salt, so that counting pieces is enough of a nonce. A piece's nonce
 * is its number and whether it is the last: none can be left out, moved, or come from another stream, and one that was cut off is seen as such.
 */
const MAGIC = Buffer.from('ZSS\u0001', 'latin1')
const SALT_BYTES = 16
const HEADER_BYTES = MAGIC.length + SALT_BYTES
const TAG_BYTES = 16
const PIECE_BYTES = 64 * 1024
const LAST = 0x8000_0000

/** What was sealed cannot be opened: it was changed, cut off, or sealed with another key or for another place. */
export class SealBrokenError extends Error {
  constructor(what: string, options?: { cause: unknown }) {
    super(`the sealed data cannot be opened: ${what}`, options)
    this.name = 'SealBrokenError'
  }
}

/** A newer program has sealed it, as far as can be seen: nothing need be wrong with it. */
export class SealUnknownError extends SealBrokenError {
  constructor(format: number) {
    super(`its format ${format} is newer than this program`)
    this.name = 'SealUnknownError'
  }
}

/** `context` is authenticated, not stored: what was sealed only opens where it belongs. */
export async function* sealStream(key: Buffer, plain: AsyncIterable<Uint8Array>, context: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(SALT_BYTES)
  yield Buffer.concat([MAGIC, salt])
  const pieceKey = keyOf(key, salt, context)
  let number = 0
  for await (const { piece, last } of pieces(plain)) {
    const cipher = createCipheriv('aes-256-gcm', pieceKey, nonceOf(number++, last))
    const head = Buffer.alloc(4)
    head.writeUInt32BE(piece.length + (last ? LAST : 0))
    yield Buffer.concat([head, cipher.update(piece), cipher.final(), cipher.getAuthTag()])
  }
}

/** @throws SealBrokenError before a byte of a piece that is not the sealed one comes out, and at the end of one that was cut off */
export async function* openStream(key: Buffer, sealed: AsyncIterable<Uint8Array>, context: string): AsyncGenerator<Buffer> {
  const source = reader(sealed)
  const header = await source.take(HEADER_BYTES)
  if (header.length < HEADER_BYTES || !header.subarray(0, 3).equals(MAGIC.subarray(0, 3)))
    throw new SealBrokenError('it does not begin as it should')
  if (header[3] !== MAGIC[3]) throw new SealUnknownError(header[3]!)
  const pieceKey = keyOf(key, header.subarray(MAGIC.length), context)
  for (let number = 0; ; number++) {
    const head = await source.take(4)
    if (head.length < 4) throw new SealBrokenError('it was cut off')
    const word = head.readUInt32BE()
    const last = word >= LAST
    const length = last ? word - LAST : word
    if (length > PIECE_BYTES) throw new SealBrokenError(`piece ${number} has an impossible length`)
    const body = await source.take(length + TAG_BYTES)
    if (body.length < length + TAG_BYTES) throw new SealBrokenError('it was cut off')
    yield openPiece(pieceKey, number, last, body)
    if (!last) continue
    if ((await source.take(1)).length > 0) throw new SealBrokenError('something follows its end')
    return
  }
}

/** What a stream of so many bytes takes when it is sealed. */
export const sealedSize = (plainBytes: number): number => {
  const count = Math.max(1, Math.ceil(plainBytes / PIECE_BYTES))
  return HEADER_BYTES + plainBytes + count * (4 + TAG_BYTES)
}

function openPiece(key: Buffer, number: number, last: boolean, body: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(number, last)).setAuthTag(body.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch (error) {
    throw new SealBrokenError(`piece ${number} is not what was sealed, or the key is another`, { cause: error })
  }
}

const keyOf = (key: Buffer, salt: Uint8Array, context: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, `zaptria sealed stream ${context}`, 32))

function nonceOf(number: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeBigUInt64BE(BigInt(number), 3)
  nonce[11] = last ? 1 : 0
  return nonce
}

/** Pieces of the same size, the last one of what is left; always at least one. */
async function* pieces(plain: AsyncIterable<Uint8Array>): AsyncGenerator<{ piece: Buffer; last: boolean }> {
  const source = reader(plain)
  let piece = await source.take(PIECE_BYTES)
  for (;;) {
    const next = piece.length < PIECE_BYTES ? Buffer.alloc(0) : await source.take(PIECE_BYTES)
    yield { piece, last: next.length === 0 }
    if (next.length === 0) return
    piece = next
  }
}

/** Takes so many bytes at a time from chunks of any size; fewer only at the end. */
export function reader(source: AsyncIterable<Uint8Array>): { take(bytes: number): Promise<Buffer>; rest(): AsyncGenerator<Uint8Array> } {
  const iterator = source[Symbol.asyncIterator]()
  let waiting: Uint8Array[] = []
  let count = 0
  return {
    async take(bytes) {
      while (count < bytes) {
        const { done, value } = await iterator.next()
        if (done === true) break
        waiting.push(value)
        count += value.length
      }
      const all =
        waiting.length === 1 ? Buffer.from(waiting[0]!.buffer, waiting[0]!.byteOffset, waiting[0]!.length) : Buffer.concat(waiting)
      const taken = all.subarray(0, bytes)
      waiting = all.length > bytes ? [all.subarray(bytes)] : []
      count = all.length - taken.length
      return taken
    },
    async *rest() {
      yield* waiting.splice(0)
      yield* { [Symbol.asyncIterator]: () => iterator }
    },
  }
}
