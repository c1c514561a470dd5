import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes. `used` is what the kernel would kill for: all but the pages of files that it can drop. */
export type ContainerMemory = { used: number; limit: number }

const V2 = { used: 'memory.current', limit: 'memory.max', stat: 'memory.stat', droppable: /^inactive_file (\d+)$/m }
const V1 = {
  used: 'memory/memory.usage_in_bytes',
  limit: 'memory/memory.limit_in_bytes',
  stat: 'memory/memory.stat',
  droppable: /^total_inactive_file (\d+)$/m,
}

/** What this container holds of its memory limit, by cgroup v2 or v1; null where there is no limit to be read. */
export const containerMemory = async (root = '/sys/fs/cgroup'): Promise<ContainerMemory | null> => {
  for (const { used, limit, stat, droppable } of [V2, V1]) {
    try {
      const [usage, most, stats] = await Promise.all([used, limit, stat].map((file) => readFile(join(root, file), 'utf8')))
      const limitBytes = Number(most)
      // v2 says "max", v1 a number near 2^63.
      if (!Number.isFinite(limitBytes) || limitBytes > Number.MAX_SAFE_INTEGER) return null
      return { used: Math.max(0, Number(usage) - Number(droppable.exec(stats ?? '')?.[1] ?? 0)), limit: limitBytes }
    } catch {
      // The other version, or none.
    }
  }
  return null
}
