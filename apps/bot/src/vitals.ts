import { monitorEventLoopDelay } from 'node:perf_hooks'
import { statfs } from 'node:fs/promises'

/** What a beat tells of the process. */
export const createVitals = (dataDir: string) => {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  return {
    async read() {
      const lag = Number.isFinite(delay.max) ? delay.max / 1e6 : 0
      delay.reset()
      const disk = await statfs(dataDir).catch(() => null)
      return {
        uptime_s: process.uptime(),
        loop_lag_ms: Math.max(0, Math.round(lag)),
        rss_bytes: process.memoryUsage.rss(),
        disk_free_bytes: disk === null ? null : disk.bavail * disk.bsize,
      }
    },
    close: (): void => void delay.disable(),
  }
}
