import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** A directory with little room, which can be used up. */
export type SmallDisk = {
  readonly dir: string
  /** Takes all that is left. */
  fill(): void
  /** Gives back what `fill` took. */
  free(): void
  close(): void
}

const PIECE = Buffer.alloc(1024 * 1024)

/** A disk of its own in memory, mounted at `dir`; null where this process may not mount. */
export function mountSmallDisk(dir: string, megabytes: number): SmallDisk | null {
  mkdirSync(dir, { recursive: true })
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=755`, 'zaptria-test', dir]).status !== 0) return null
  const filler = join(dir, 'filler')
  return {
    dir,
    fill() {
      const file = openSync(filler, 'w')
      try {
        for (const size of [PIECE.length, 4096]) {
          try {
            for (;;) writeSync(file, PIECE, 0, size)
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
          }
        }
      } finally {
        closeSync(file)
      }
    },
    free: () => rmSync(filler, { force: true }),
    close: () => void spawnSync('umount', ['-l', dir]),
  }
}
