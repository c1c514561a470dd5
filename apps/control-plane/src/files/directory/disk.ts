import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { measuring } from '../measure.ts'
import { LEFT_OVER_MS } from '../port.ts'
import type { PutOptions, StoredFile } from '../port.ts'

/** Where files are written before they have their names. */
const incomingOf = (root: string): string => path.join(root, 'incoming')

/** Writes a file whole, then gives it its place below `root`: a crash at any point leaves it there or not there. */
export async function writeWhole(
  root: string,
  bytes: AsyncIterable<Uint8Array>,
  options: PutOptions,
  placeOf: (stored: StoredFile) => string,
): Promise<StoredFile> {
  await mkdir(incomingOf(root), { recursive: true, mode: 0o700 })
  const beside = path.join(incomingOf(root), randomUUID())
  const file = await open(beside, 'wx', 0o600)
  try {
    const measured = measuring(bytes, options)
    try {
      for await (const chunk of measured.bytes) await writeAll(file, chunk)
      // On the disk before it has its name: a power cut must not leave a name without its bytes.
      await file.sync()
    } finally {
      await file.close()
    }
    const stored = measured.result()
    const place = placeOf(stored)
    const made = await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
    await rename(beside, place)
    await syncDirectories(path.dirname(place), made === undefined ? path.dirname(place) : root)
    return stored
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** What writes that were killed have left. */
export async function cleanIncoming(root: string, now: Date): Promise<void> {
  const incoming = incomingOf(root)
  for (const name of await namesIn(incoming)) {
    const { mtimeMs } = (await ifThere(stat(path.join(incoming, name)))) ?? {}
    if (mtimeMs !== undefined && now.getTime() - mtimeMs > LEFT_OVER_MS) await rm(path.join(incoming, name), { force: true })
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

/** A name is on the disk when its directory is. From `dir` up to `top`. */
async function syncDirectories(dir: string, top: string): Promise<void> {
  for (let at = dir; ; at = path.dirname(at)) {
    const handle = await open(at)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (at === top || at === path.dirname(at)) return
  }
}

export const namesIn = async (dir: string): Promise<string[]> => (await ifThere(readdir(dir))) ?? []

export async function ifThere<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
