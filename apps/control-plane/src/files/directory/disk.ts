import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { measuring } from '../measure.ts'
import { LEFT_OVER_MS } from '../port.ts'
import type { ByteRange, PutOptions, StoredFile } from '../port.ts'
import { diskFault, ifThere, orDiskFault } from './faults.ts'
import type { DirectoryPlace } from './place.ts'

/** Where files are written before they have their names. */
const incomingOf = (root: string): string => path.join(root, 'incoming')

/** Writes a file whole, then gives it its place below the root: a crash at any point leaves it there or not there. */
export async function writeWhole(
  place: DirectoryPlace,
  bytes: AsyncIterable<Uint8Array>,
  options: PutOptions,
  placeOf: (stored: StoredFile) => string,
): Promise<StoredFile> {
  const { root } = place
  const onDisk = <T>(done: Promise<T>): Promise<T> => orDiskFault(root, done)
  await place.toWrite()
  await onDisk(mkdir(incomingOf(root), { recursive: true, mode: 0o700 }))
  const beside = path.join(incomingOf(root), randomUUID())
  const file = await onDisk(open(beside, 'wx', 0o600))
  try {
    const measured = measuring(bytes, options)
    try {
      for await (const chunk of measured.bytes) await onDisk(writeAll(file, chunk))
      // On the disk before it has its name: a power cut must not leave a name without its bytes.
      await onDisk(file.sync())
    } finally {
      await file.close()
    }
    const stored = measured.result()
    await onDisk(nameIt(root, beside, placeOf(stored)))
    return stored
  } catch (error) {
    // What went wrong is told, and not that its leavings cannot be removed from a disk at fault.
    await rm(beside, { force: true }).catch(() => {})
    throw error
  }
}

/** The bytes of a file, or null when there is none. */
export async function readWhole(place: DirectoryPlace, file: string, range: ByteRange | undefined): Promise<Readable | null> {
  const found = await orDiskFault(place.root, ifThere(open(file)))
  if (found === null) {
    await place.toRead()
    return null
  }
  const bytes = found.createReadStream(range ?? {})
  const told = Readable.from(faultsTold(place.root, bytes), { objectMode: false })
  // One that is never read has never begun the other.
  told.once('close', () => bytes.destroy())
  return told
}

async function* faultsTold(root: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes
  } catch (error) {
    throw diskFault(root, error)
  }
}

export async function removeFile(place: DirectoryPlace, file: string): Promise<void> {
  await place.toRead()
  await orDiskFault(place.root, rm(file, { force: true }))
}

/** What writes that were killed have left. */
export async function cleanIncoming(place: DirectoryPlace, now: Date): Promise<void> {
  await place.toRead()
  const incoming = incomingOf(place.root)
  for (const name of await namesIn(place, incoming)) {
    const writtenAt = await writtenAtOf(place, path.join(incoming, name))
    if (writtenAt !== null && now.getTime() - writtenAt.getTime() > LEFT_OVER_MS) await removeFile(place, path.join(incoming, name))
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten
}

async function nameIt(root: string, beside: string, place: string): Promise<void> {
  const made = await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
  await rename(beside, place)
  await syncDirectories(path.dirname(place), made === undefined ? path.dirname(place) : root)
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

export const namesIn = async (place: Pick<DirectoryPlace, 'root'>, dir: string): Promise<string[]> =>
  (await orDiskFault(place.root, ifThere(readdir(dir)))) ?? []

/** Null when there is no such file. */
export const writtenAtOf = async (place: Pick<DirectoryPlace, 'root'>, file: string): Promise<Date | null> =>
  (await orDiskFault(place.root, ifThere(stat(file))))?.mtime ?? null
