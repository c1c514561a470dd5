import { readdirSync, readFileSync } from 'node:fs'
import { pause } from '../deadline.ts'
import { EngineError } from '../error.ts'
import { isAlive, processTree, type Process } from './processes.ts'

/** So long a tree may take to stand still. A thread that waits for a slow disk stops when the disk has answered. */
const STILL_MS = 2_000

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
  try {
    await freeze(root, frozen)
    const result = await work(AbortSignal.timeout(mostMs))
    return { result, heldMs: performance.now() - began }
  } finally {
    // Children first: a parent that goes on may wait for them.
    for (const one of frozen.toReversed()) if (isAlive(one)) tell(one, 'SIGCONT')
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
