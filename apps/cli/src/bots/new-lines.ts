import type { LogLine } from '@zaptria/contract'

/**
 * Of two looks at the end of a log the lines that the second one has beyond the first. When they do not meet, all of it: more was written
 * between the looks than one shows.
 */
export function newLines(before: readonly LogLine[], now: readonly LogLine[]): LogLine[] {
  const key = ({ at, line }: LogLine): string => `${at} ${line}`
  const [old, fresh] = [before.map(key), now.map(key)]
  for (let shared = Math.min(old.length, fresh.length); shared > 0; shared--)
    if (fresh.slice(0, shared).every((one, i) => one === old[old.length - shared + i])) return now.slice(shared)
  return [...now]
}
