import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { orDiskFault } from '../directory/faults.ts'
import { measuring } from '../measure.ts'
import { LEFT_OVER_MS } from '../port.ts'
import type { PutOptions, StoredFile } from '../port.ts'

/** So much of a file is in memory at once, for each that is on its way. */
const READ_BYTES = 256 * 1024

/** A file on our own disk, whole and measured: it can be read as often as it takes. */
export type Spooled = {
  stored: StoredFile
  /** From its beginning. */
  read: () => Readable
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Takes the bytes into a file without a name: its name goes before a byte comes, so that the system frees it with the process, however that ends.
 */
export async function spool(dir: string, bytes: AsyncIterable<Uint8Array>, options: PutOptions): Promise<Spooled> {
  await orDiskFault(dir, mkdir(dir, { recursive: true, mode: 0o700 }))
  const name = path.join(dir, randomUUID())
  const file = await orDiskFault(dir, open(name, 'wx+', 0o600))
  try {
    await orDiskFault(dir, rm(name))
    const measured = measuring(bytes, options)
    for await (const chunk of measured.bytes) await orDiskFault(dir, file.writeFile(chunk))
    const stored = measured.result()
    return {
      stored,
      read: () => Readable.from(readFrom(file, stored.sizeBytes), { highWaterMark: 1 }),
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** By position: readers do not disturb each other. */
async function* readFrom(file: FileHandle, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < sizeBytes;) {
    const { bytesRead, buffer } = await file.read({ buffer: Buffer.allocUnsafe(READ_BYTES), position: at })
    if (bytesRead === 0) throw new Error('the spooled file is shorter than it was')
    at += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

/** Names of files that were about to lose them when we were killed. */
export async function cleanSpool(dir: string, now: Date): Promise<void> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  for (const name of names) {
    const found = await stat(path.join(dir, name)).catch(() => null)
    if (found !== null && now.getTime() - found.mtimeMs > LEFT_OVER_MS) await rm(path.join(dir, name), { force: true })
  }
}
