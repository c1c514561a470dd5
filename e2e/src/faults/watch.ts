import { readdirSync, readFileSync } from 'node:fs'
import { descendants } from '../processes.ts'

/** What a part of the system holds at one moment. */
export type Held = {
  /** Of the process that holds the most. */
  rssMb: number
  files: number
  /** All below all of its processes. */
  processes: number
}

const EVERY_MS = 5_000
const WHAT = ['rssMb', 'files', 'processes'] as const

/** What is late beyond twice the early and this has grown: restarts and warm-up take less. */
const SLACK: Held = { rssMb: 100, files: 100, processes: 20 }
/** Fewer looks than these say nothing. */
const LEAST_LOOKS = 12

/** Looks at parts of the system every few seconds: what grows without end shows. */
export class Watch {
  readonly #parts: Record<string, () => number[]>
  readonly #timer: NodeJS.Timeout
  readonly #seen = new Map<string, Held[]>()

  /** `parts`: the process ids of each, as they are now. */
  constructor(parts: Record<string, () => number[]>) {
    this.#parts = parts
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  #look(): void {
    for (const [part, pids] of Object.entries(this.#parts)) {
      const seen = this.#seen.get(part) ?? []
      this.#seen.set(part, seen)
      seen.push(heldBy(pids()))
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /** The middle of what was seen early, what was seen late, and the most ever; a line for each part. */
  report(): string[] {
    return [...this.#seen].flatMap(([part, seen]) => {
      const thirds = thirdsOf(seen)
      if (thirds === null) return []
      const words = WHAT.map((what) => `${what} ${thirds.early[what]} early, ${thirds.late[what]} late, ${thirds.most[what]} at most`)
      return [`${part}: ${words.join('; ')}`]
    })
  }

  /** What has grown beyond what warming up and starting again explain. */
  grown(): string[] {
    return [...this.#seen].flatMap(([part, seen]) => grownIn(seen).map((what) => `${part}: ${what}`))
  }
}

export function grownIn(seen: readonly Held[]): string[] {
  const thirds = seen.length < LEAST_LOOKS ? null : thirdsOf(seen)
  if (thirds === null) return []
  const { early, late } = thirds
  return WHAT.filter((what) => late[what] > 2 * early[what] + SLACK[what]).map(
    (what) => `${what} grew from ${early[what]} to ${late[what]}`,
  )
}

/** The middle of the first and of the last third, and the most of all; null when there is too little. */
function thirdsOf(seen: readonly Held[]): { early: Held; late: Held; most: Held } | null {
  if (seen.length < 3) return null
  const third = Math.floor(seen.length / 3)
  return {
    early: each(seen.slice(0, third), middle),
    late: each(seen.slice(-third), middle),
    most: each(seen, (numbers) => Math.max(...numbers)),
  }
}

const each = (seen: readonly Held[], of: (numbers: number[]) => number): Held => ({
  rssMb: of(seen.map(({ rssMb }) => rssMb)),
  files: of(seen.map(({ files }) => files)),
  processes: of(seen.map(({ processes }) => processes)),
})

const middle = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

function heldBy(pids: readonly number[]): Held {
  return {
    rssMb: Math.max(0, ...pids.map(rssMb)),
    files: Math.max(0, ...pids.map(files)),
    processes: pids.reduce((sum, pid) => sum + descendants(pid).length, 0),
  }
}

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
