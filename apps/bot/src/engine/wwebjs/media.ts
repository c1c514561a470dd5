import { MediaGoneError, type MessageRef } from '../port.ts'
import type { PageDriver } from './page-driver.ts'

/** So much crosses the DevTools protocol at once: a little more as base64, and thrice that in passing. */
const CHUNK_BYTES = 512 * 1024
/** For WhatsApp's servers to give or take a large file. */
export const TRANSFER_MS = 180_000
const CHUNK_MS = 20_000

/** The bytes of a message's media: the page gets and opens them, we fetch them piece by piece. */
export async function* downloadMedia(page: PageDriver, message: MessageRef, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted()
  const opened = await page.files('getting a file', (files, ref) => files.open(ref), TRANSFER_MS, message)
  if ('gone' in opened) throw new MediaGoneError(opened.gone)
  const { handle, size } = opened
  try {
    for (let at = 0; at < size; at += CHUNK_BYTES) {
      signal.throwIfAborted()
      const input = [handle, at, CHUNK_BYTES] as const
      const text = await page.files('reading a file', (files, [from, start, length]) => files.read(from, start, length), CHUNK_MS, input)
      yield Buffer.from(text, 'base64')
    }
  } finally {
    await release(page, handle)
  }
}

/** Puts a file into the page, piece by piece. */
export async function stageMedia(
  page: PageDriver,
  file: { mimetype: string; filename: string | null },
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<{ handle: string; release: () => Promise<void> }> {
  const handle = await page.files('beginning a file', (files, given) => files.begin(given), CHUNK_MS, file)
  const append = (piece: Buffer): Promise<void> =>
    page.files('writing a file', (files, [to, text]) => files.append(to, text), CHUNK_MS, [handle, piece.toString('base64')] as const)
  try {
    for await (const chunk of bytes) {
      signal.throwIfAborted()
      for (let at = 0; at < chunk.length; at += CHUNK_BYTES) await append(Buffer.from(chunk.subarray(at, at + CHUNK_BYTES)))
    }
    return { handle, release: () => release(page, handle) }
  } catch (error) {
    await release(page, handle)
    throw error
  }
}

/** What a page that has gone held is gone with it. */
const release = (page: PageDriver, handle: string): Promise<void> =>
  page.files('letting go of a file', (files, each) => files.close(each), CHUNK_MS, handle).catch(() => {})
