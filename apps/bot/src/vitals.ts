import { monitorEventLoopDelay } from 'node:perf_hooks'
import { statfs } from 'node:fs/promises'
import type { ContainerMemory } from './memory.ts'
import { createVolumeUsage } from './volume-usage.ts'

/** What a beat tells of the process. */
export const createVitals = (options: {
  dataDir: string
  volumeLimitBytes: number | null
  memory: () => Promise<ContainerMemory | null>
}) => {
  const { dataDir } = options
  const volume = createVolumeUsage(dataDir)
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  return {
    async read() {
      const lag = Number.isFinite(delay.max) ? delay.max / 1e6 : 0
      delay.reset()
      const memory = await options.memory()
      const disk = await statfs(dataDir).catch(() => null)
      return {
        uptime_s: process.uptime(),
        loop_lag_ms: Math.max(0, Math.round(lag)),
        rss_bytes: process.memoryUsage.rss(),
        memory_bytes: memory?.used ?? null,
        memory_limit_bytes: memory?.limit ?? null,
        disk_free_bytes: disk === null ? null : disk.bavail * disk.bsize,
        volume_bytes: volume.bytes(),
        volume_limit_bytes: options.volumeLimitBytes,
      }
    },
    close: (): void => {
      delay.disable()
      volume.close()
    },
  }
}
