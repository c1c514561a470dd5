import { readdirSync, readFileSync } from 'node:fs'

export type Process = { pid: number; parent: number; command: string }

/** All that runs, from /proc (Linux). Zombies are left out: they hold nothing any more. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
        // The name in parentheses may hold anything, parentheses included.
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), command }]
      } catch {
        return [] // ended while we read
      }
    })
}

/** Everything below a process, without itself. */
export function below(root: number, all: readonly Process[]): Process[] {
  const children = all.filter(({ parent }) => parent === root)
  return children.flatMap((child) => [child, ...below(child.pid, all)])
}

/** Proportional set size in bytes: what is shared with others counts in shares, so that sums are true. 0 for a process that ended. */
export function pssBytes(pid: number): number {
  try {
    return pssOf(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0
    throw error
  }
}

export function pssOf(rollup: string): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]
  if (kilobytes === undefined) throw new Error(`no Pss in ${JSON.stringify(rollup.slice(0, 200))}`)
  return Number(kilobytes) * 1024
}

/** Kernel ticks are hundredths of a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

/** Processor time of a process and of its children that have ended, in seconds. 0 for a process that is gone. */
export function processorSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Fields 14 to 17 of proc(5); the name in parentheses may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}
