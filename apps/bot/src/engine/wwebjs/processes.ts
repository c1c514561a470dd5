import { readdirSync, readFileSync } from 'node:fs'
import { pause } from '../deadline.ts'

/** A process as /proc shows it. `started` (clock ticks since boot) tells a reused pid from the one that was meant. */
export type Process = { pid: number; name: string; parent: number; state: string; started: string; rssBytes: number }

const PAGE_BYTES = 4096

/** Reads /proc/<pid>/stat; null when there is no such process. The name in parentheses may hold anything, so parse after the last `)`. */
export const readProcess = (pid: number): Process | null => {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
    parent: Number(fields[1]),
    state: fields[0] ?? '?',
    started: fields[19] ?? '',
    rssBytes: Number(fields[21]) * PAGE_BYTES,
  }
}

/** A zombie runs no more; it only waits for its parent to look. */
export const isAlive = (process: Process): boolean => {
  const now = readProcess(process.pid)
  return now !== null && now.started === process.started && now.state !== 'Z' && now.state !== 'X'
}

const allProcesses = (): Process[] => {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((process) => process !== null)
}

/** A process and all that it started. */
export const processTree = (root: number): Process[] => {
  const all = allProcesses()
  const found = all.filter((process) => process.pid === root)
  for (const parent of found) found.push(...all.filter((process) => process.parent === parent.pid && !found.includes(process)))
  return found
}

const commandLine = (pid: number): string[] => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/** Every browser process that works on this profile directory, whoever started it: what a killed bot may have left. */
export const processesOnProfile = (userDataDir: string): Process[] =>
  allProcesses().filter((process) => commandLine(process.pid).includes(`--user-data-dir=${userDataDir}`))

/** Waits until none of these runs any more; false when some still do after `ms`. */
export const waitUntilGone = async (processes: Process[], ms: number): Promise<boolean> => {
  const until = Date.now() + ms
  while (processes.some(isAlive)) {
    if (Date.now() > until) return false
    await pause(20)
  }
  return true
}

/** Kills at once and waits; throws when something survives even that. */
export const killAll = async (processes: Process[]): Promise<void> => {
  for (const victim of processes.filter(isAlive)) {
    try {
      process.kill(victim.pid, 'SIGKILL')
    } catch {
      // Gone between the look and the blow.
    }
  }
  if (!(await waitUntilGone(processes, 5_000)))
    throw new Error(
      `processes survive SIGKILL: ${processes
        .filter(isAlive)
        .map((one) => one.pid)
        .join(', ')}`,
    )
}
