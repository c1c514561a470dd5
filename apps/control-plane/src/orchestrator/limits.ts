import { BOT_RESERVATION_BYTES } from '@zaptria/core'
import type { InstanceLimits } from './port.ts'

const MB = 1024 * 1024
/** The seed's: 256 MB of memory and a quarter of a processor for each, 512 MB and half a one at most, 1 GB of disk. */
export const LIMITS: InstanceLimits = {
  memoryBytes: 512 * MB,
  memoryReservationBytes: BOT_RESERVATION_BYTES,
  cpus: 0.5,
  cpuShares: 256,
  pids: 256,
  volumeBytes: 1024 * MB,
}
