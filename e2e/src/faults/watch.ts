import { readdirSync, readFileSync } from 'node:fs'
import { descendants } from '../processes.ts'

/** What the system holds at one moment. */
export type Held = {
  /** Of the replica that holds the most. */
  rssMb: number
  files: number
  /** All below all replicas. */
  processes: number
}

const EVERY_MS = 5_000

/** Looks at replicas every few seconds: what grows without end shows. */
export class Watch {
  readonly #pids: () => number[]
  readonly #timer: NodeJS.Timeout
  readonly #seen: Held[] = []

  constructor(pids: () => number[]) {
    this.#pids = pids
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  #look(): void {
    const pids = this.#pids()
    const most = (numbers: number[]): number => Math.max(0, ...numbers)
    this.#seen.push({
      rssMb: most(pids.map(rssMb)),
      files: most(pids.map(files)),
      processes: pids.reduce((sum, pid) => sum + descendants(pid).length, 0),
    })
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** The middle of what was seen early, what was seen late, and the most ever; one line each. */
  report(): string[] {
    if (this.#seen.length < 3) return []
    const third = Math.floor(this.#seen.length / 3)
    const parts = [this.#seen.slice(0, third), this.#seen.slice(-third), this.#seen]
    return (['rssMb', 'files', 'processes'] as const).map((what) => {
      const [early, late, all] = parts.map((part) => part.map((held) => held[what]).toSorted((a, b) => a - b))
      return `${what}: early ${middle(early!)}, late ${middle(late!)}, most ${all!.at(-1)}`
    })
  }
}

const middle = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0

function rssMb(pid: number): number {
  try {
    return Math.round(Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
  } catch {
    return 0 // killed meanwhile
  }
}

function files(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0
  }
}
