import { readdir, readFile } from 'node:fs/promises'

/** Linux's USER_HZ, the same on every platform that Node runs on. */
const TICKS_PER_SECOND = 100

export type TreeStats = { processes: number; pssBytes: number; cpuSeconds: number }
type Process = { pid: number; parent: number; session: number; ticks: number }

/** Memory (proportional set size) and processor time of a process, its descendants, and its session; null when there is no /proc. */
export async function treeStats(leader: number): Promise<TreeStats | null> {
  const all = await processes()
  if (all === null) return null
  const tree = new Set([leader])
  // Parents may come after their children in the list: go on until nothing is added.
  for (let before = 0; before !== tree.size;) {
    before = tree.size
    for (const { pid, parent, session } of all) if (tree.has(parent) || session === leader) tree.add(pid)
  }
  const members = all.filter(({ pid }) => tree.has(pid))
  const pss = await Promise.all(members.map(({ pid }) => pssBytes(pid)))
  return {
    processes: members.length,
    pssBytes: pss.reduce((sum, bytes) => sum + bytes, 0),
    cpuSeconds: members.reduce((sum, { ticks }) => sum + ticks, 0) / TICKS_PER_SECOND,
  }
}

async function processes(): Promise<Process[] | null> {
  try {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
    return (await Promise.all(pids.map(readProcess))).filter((one) => one !== null)
  } catch {
    return null
  }
}

async function readProcess(pid: string): Promise<Process | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold anything, parentheses included.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [, parent, , session] = fields
    return { pid: Number(pid), parent: parent ?? 0, session: session ?? 0, ticks: (fields[11] ?? 0) + (fields[12] ?? 0) }
  } catch {
    return null // ended meanwhile
  }
}

/** What programs could still take without swapping; null when there is no /proc. */
export async function availableMemory(): Promise<number | null> {
  const table = await readFile('/proc/meminfo', 'utf8').catch(() => '')
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(table)?.[1]
  return kilobytes === undefined ? null : Number(kilobytes) * 1024
}

async function pssBytes(pid: number): Promise<number> {
  try {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8')
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
