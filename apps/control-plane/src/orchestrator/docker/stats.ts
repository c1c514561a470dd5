import type { ContainerStats } from './answers.ts'

/** What the kernel would kill for: usage less the pages of files that it can drop (cgroup v1 and v2 name them differently). */
export function usedMemory({ memory_stats: { usage, stats } }: ContainerStats): number | null {
  if (usage === undefined) return null
  return Math.max(0, usage - (stats?.['total_inactive_file'] ?? stats?.['inactive_file'] ?? 0))
}

/** Processors in use between two looks, 1 = one whole; null at the first look. `ns`: processor time so far, `atMs`: when it was read. */
export function cpuRatio(before: { ns: number; atMs: number } | undefined, now: { ns: number; atMs: number }): number | null {
  if (before === undefined || now.atMs <= before.atMs || now.ns < before.ns) return null
  return (now.ns - before.ns) / 1e6 / (now.atMs - before.atMs)
}
