import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { pause } from '../deadline.ts'
import { EngineError } from '../error.ts'
import { isAlive, processTree, type Process } from './processes.ts'

/** So long a tree may take to stand still. A thread that waits for a slow disk stops when the disk has answered. */
const STILL_MS = 2_000
/** For what comes after the work is called off. */
const GRACE_MS = 2_000

/**
 * Stops a process and all below it, works, and lets them go on: what they have on disk is then as it was at one instant, as after a `kill -9`.
 * They go on however the work ends; `signal` tells it to end, and is raised by itself after `mostMs`, so that nobody is held for ever.
 * @throws EngineError when they do not stand still, and what the work throws
 */
export const whileFrozen = async <T>(
  root: number,
  mostMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ result: T; heldMs: number }> => {
  const began = performance.now()
  const frozen: Process[] = []
  const guard = letGoAfter(root, STILL_MS + mostMs + GRACE_MS)
  try {
    await freeze(root, frozen)
    const result = await work(AbortSignal.timeout(mostMs))
    return { result, heldMs: performance.now() - began }
  } finally {
    // Children first: a parent that goes on may wait for them.
    for (const one of frozen.toReversed()) if (isAlive(one)) tell(one, 'SIGCONT')
    guard.callOff()
  }
}

/**
 * Should we be killed meanwhile, nobody else would let them go: a shell does, some seconds later, by their process group. A browser that goes on finds
 * its pipe closed, and ends.
 */
const letGoAfter = (root: number, ms: number): { callOff: () => void } => {
  const group = groupOf(root)
  if (group === null) return { callOff: () => {} }
  const guard = spawn('/bin/sh', ['-c', `sleep ${Math.ceil(ms / 1000)}; kill -CONT -${group}`], { detached: true, stdio: 'ignore' })
  // Without a shell there is no guard, and a copy all the same.
  guard.on('error', () => {})
  guard.unref()
  return {
    callOff: () => {
      if (guard.pid === undefined) return
      try {
        process.kill(-guard.pid, 'SIGKILL')
      } catch {
        // Its time had come.
      }
    },
  }
}

/** The group of a process; null when there is no such process, or it is in ours. */
const groupOf = (pid: number): number | null => {
  const group = groupIn(pid)
  return group === null || group === groupIn(process.pid) ? null : group
}

const groupIn = (pid: number): number | null => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[2])
  } catch {
    return null
  }
}

/** Until a look finds every thread of all of them stopped, no new process among them. */
const freeze = async (root: number, frozen: Process[]): Promise<void> => {
  const until = performance.now() + STILL_MS
  for (;;) {
    const tree = processTree(root).filter(isAlive)
    if (tree.length === 0) throw new EngineError('browser_crashed', 'the browser is gone')
    const fresh = tree.filter((one) => !frozen.some((known) => known.pid === one.pid && known.started === one.started))
    if (fresh.length === 0 && tree.every(standsStill)) return
    for (const one of fresh) {
      frozen.push(one)
      tell(one, 'SIGSTOP')
    }
    if (performance.now() > until) throw new EngineError('renderer_frozen', 'the browser does not stand still for a copy')
    await pause(1)
  }
}

const tell = ({ pid }: Process, signal: 'SIGSTOP' | 'SIGCONT'): void => {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone between the look and the word.
  }
}

/** `T` stopped, `t` stopped for a debugger; what is dead writes nothing either. A process says so of its first thread alone. */
const standsStill = ({ pid }: Process): boolean => {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) => {
      const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
      return 'TtZX'.includes(text.slice(text.lastIndexOf(')') + 2)[0] ?? '?')
    })
  } catch {
    // A thread that ended meanwhile: look again.
    return false
  }
}
