import { statfsSync } from 'node:fs'
import type { VolumeUsage } from './volume-usage.ts'

/** How far the volume may be filled before somebody should hear of it: as the control plane's alert. */
const NEARLY_FULL = 0.8
/** It goes up and down with what waits: said again once it was clearly below. */
const RELIEVED = 0.7

/**
 * What is left on the volume: of its disk, and of what it may hold. The volume is counted every few minutes (that is thousands of files), but
 * what can fill it within seconds, the outbox, is asked each time; the room that its deleted events leave in its file is room.
 */
export const createRoom = (options: {
  dataDir: string
  limitBytes: number | null
  usage: VolumeUsage
  /** Of the outbox's database: what is in use of it. */
  outboxBytes: () => number
  onNearlyFull: (usedBytes: number, limitBytes: number) => void
}) => {
  const { dataDir, limitBytes, usage } = options
  let told = false

  /** Null until the volume was counted for the first time. */
  const used = (): number | null => {
    const counted = usage.bytes()
    return counted === null ? null : Math.max(0, counted - usage.databaseBytes()) + options.outboxBytes()
  }

  const watch = (): void => {
    if (limitBytes === null) return
    const part = (used() ?? options.outboxBytes()) / limitBytes
    if (part > NEARLY_FULL && !told) options.onNearlyFull(part * limitBytes, limitBytes)
    if (part > NEARLY_FULL) told = true
    else if (part < RELIEVED) told = false
  }

  return {
    used,
    free(): number {
      watch()
      const onDisk = freeOnDisk(dataDir)
      return limitBytes === null ? onDisk : Math.min(onDisk, Math.max(0, limitBytes - (used() ?? options.outboxBytes())))
    },
  }
}
export type Room = ReturnType<typeof createRoom>

/** Free for us on a directory's disk; where nobody can tell, there is room. */
const freeOnDisk = (dir: string): number => {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
