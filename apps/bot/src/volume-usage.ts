import { statSync } from 'node:fs'
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

const DATABASE = ['outbox.db', 'outbox.db-wal']

/** What the outbox's files take on the disk, whatever of it is in use. */
const databaseBytes = (dataDir: string): number =>
  DATABASE.reduce((sum, name) => sum + (statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0), 0)

const FIRST_MS = 20_000
const EVERY_MS = 5 * 60_000

/** Keeps count of the volume, now and then. Null until the first count. */
export const createVolumeUsage = (dir: string, firstMs = FIRST_MS, everyMs = EVERY_MS) => {
  let bytes: number | null = null
  let database = 0
  let closed = false
  let timer: NodeJS.Timeout
  const count = async (): Promise<void> => {
    const counted = await diskUsage(dir)
    database = databaseBytes(dir)
    bytes = counted
    if (!closed) timer = setTimeout(() => void count(), everyMs).unref()
  }
  timer = setTimeout(() => void count(), firstMs).unref()
  return {
    bytes: (): number | null => bytes,
    /** What of it the outbox's files took. */
    databaseBytes: (): number => database,
    close: (): void => {
      closed = true
      clearTimeout(timer)
    },
  }
}
export type VolumeUsage = ReturnType<typeof createVolumeUsage>
