import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openStream, SealBrokenError, sealedSize, sealStream } from './sealed-stream.ts'

const key = randomBytes(32)
const chunks = async function* (bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
}
const whole = async (stream: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const found: Uint8Array[] = []
  for await (const chunk of stream) found.push(chunk)
  return Buffer.concat(found)
}
const seal = (plain: Buffer, context = 'a', size = 10_000): Promise<Buffer> => whole(sealStream(key, chunks(plain, size), context))
const open = (sealed: Buffer, context = 'a', withKey = key, size = 7_000): Promise<Buffer> =>
  whole(openStream(withKey, chunks(sealed, size), context))

const PIECE = 64 * 1024

describe('a sealed stream', () => {
  it.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 300_000])('of %i bytes opens as it was, and takes what it says', async (size) => {
    const plain = randomBytes(size)
    const sealed = await seal(plain)
    expect(sealed.length).toBe(sealedSize(size))
    expect((await open(sealed)).equals(plain)).toBe(true)
  })

  it('opens however it is cut into chunks', () =>
    fc.assert(
      fc.asyncProperty(
        fc.nat(200_000),
        fc.integer({ min: 1, max: 90_000 }),
        fc.integer({ min: 1, max: 90_000 }),
        async (size, inSize, outSize) => {
          const plain = randomBytes(size)
          const sealed = await seal(plain, 'x', inSize)
          expect((await open(sealed, 'x', key, outSize)).equals(plain)).toBe(true)
        },
      ),
      { numRuns: 25 },
    ))

  it('is another each time, though it is the same', async () => {
    const plain = randomBytes(100)
    expect((await seal(plain)).equals(await seal(plain))).toBe(false)
  })

  it('does not open with another key, or at another place', async () => {
    const sealed = await seal(randomBytes(100))
    await expect(open(sealed, 'a', randomBytes(32))).rejects.toThrow(SealBrokenError)
    await expect(open(sealed, 'b')).rejects.toThrow(SealBrokenError)
  })

  it('does not open when any of its bits has changed', () =>
    seal(randomBytes(2 * PIECE + 50)).then((sealed) =>
      fc.assert(
        fc.asyncProperty(fc.nat(sealed.length - 1), fc.nat(7), async (at, bit) => {
          const changed = Buffer.from(sealed)
          changed[at]! ^= 1 << bit
          await expect(open(changed)).rejects.toThrow(SealBrokenError)
        }),
        { numRuns: 60 },
      ),
    ))

  it('does not open when it was cut off anywhere, or something was added', async () => {
    const sealed = await seal(randomBytes(2 * PIECE))
    const piece = 4 + PIECE + 16
    for (const length of [0, 3, 19, 20, 22, 20 + piece, 20 + piece + 3, sealed.length - 1])
      await expect(open(sealed.subarray(0, length)), `${length}`).rejects.toThrow(SealBrokenError)
    await expect(open(Buffer.concat([sealed, Buffer.from('x')]))).rejects.toThrow('follows its end')
  })

  it('does not open when its pieces have changed places, or one is missing', async () => {
    const sealed = await seal(randomBytes(3 * PIECE))
    const piece = 4 + PIECE + 16
    const [head, one, two, three] = [
      sealed.subarray(0, 20),
      sealed.subarray(20, 20 + piece),
      sealed.subarray(20 + piece, 20 + 2 * piece),
      sealed.subarray(20 + 2 * piece),
    ]
    await expect(open(Buffer.concat([head, two, one, three]))).rejects.toThrow('piece 0')
    await expect(open(Buffer.concat([head, one, three]))).rejects.toThrow('piece 1')
  })

  it('says that a newer format is one', async () => {
    const sealed = await seal(Buffer.from('x'))
    sealed[3] = 2
    await expect(open(sealed)).rejects.toThrow('format 2 is newer')
  })

  it('tells of what its source throws', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(randomBytes(10))
      throw new Error('the wire broke')
    }
    await expect(whole(sealStream(key, broken(), 'a'))).rejects.toThrow('the wire broke')
  })
})
