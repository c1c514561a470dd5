import { monitorEventLoopDelay } from 'node:perf_hooks'
import { statfs } from 'node:fs/promises'
import type { ContainerMemory } from './memory.ts'

/** Milliseconds between two looks at the event loop. Each wakes the process: at 10 ms it was most of what an idle bot cost. */
export const LOOP_LOOK_MS = 100

/** What a beat tells of the process. */
export const createVitals = (options: {
  dataDir: string
  /** What the volume holds and may hold; null where it is not known. */
  volume: () => { bytes: number | null; limitBytes: number | null }
  memory: () => Promise<ContainerMemory | null>
}) => {
  const { dataDir } = options
  const delay = monitorEventLoopDelay({ resolution: LOOP_LOOK_MS })
  delay.enable()
  return {
    async read() {
      // What it notes is the time between two looks.
      const lag = delay.max / 1e6 - LOOP_LOOK_MS
      delay.reset()
      const memory = await options.memory()
      const disk = await statfs(dataDir).catch(() => null)
      const volume = options.volume()
      return {
        uptime_s: process.uptime(),
        loop_lag_ms: Math.max(0, Math.round(lag)),
        rss_bytes: process.memoryUsage.rss(),
        memory_bytes: memory?.used ?? null,
        memory_limit_bytes: memory?.limit ?? null,
        disk_free_bytes: disk === null ? null : disk.bavail * disk.bsize,
        volume_bytes: volume.bytes,
        volume_limit_bytes: volume.limitBytes,
      }
    },
    close: (): void => {
      delay.disable()
    },
  }
}
