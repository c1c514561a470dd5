import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

const BLOCK_BYTES = 512

/** What a directory takes on the disk, in bytes. What goes while it is counted counts nothing. */
export const diskUsage = async (dir: string): Promise<number> => {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => [])
  let bytes = 0
  // One after the other: nobody waits for this, and a bot has better uses for its threads.
  for (const entry of entries) {
    const path = join(dir, entry.name)
    bytes += ((await lstat(path).catch(() => null))?.blocks ?? 0) * BLOCK_BYTES
    if (entry.isDirectory()) bytes += await diskUsage(path)
  }
  return bytes
}

const FIRST_MS = 20_000
const EVERY_MS = 5 * 60_000

/** Keeps count of the volume, now and then. Null until the first count. */
export const createVolumeUsage = (dir: string, firstMs = FIRST_MS, everyMs = EVERY_MS) => {
  let bytes: number | null = null
  let closed = false
  let timer: NodeJS.Timeout
  const count = async (): Promise<void> => {
    bytes = await diskUsage(dir)
    if (!closed) timer = setTimeout(() => void count(), everyMs).unref()
  }
  timer = setTimeout(() => void count(), firstMs).unref()
  return {
    bytes: (): number | null => bytes,
    close: (): void => {
      closed = true
      clearTimeout(timer)
    },
  }
}
