import type { Expose, InstanceState } from '@zaptria/contract'

/** What is to run, as data: a driver turns it into a process, a container, a service. */
export type InstanceSpec = {
  /** The bot's container_name: unique everywhere, and all that is needed to find it again. */
  name: string
  labels: { tenant: string; bot: string }
  /** The bot's environment, but for what only the driver knows (where the volume is mounted). */
  env: Readonly<Record<string, string>>
  /** The volume's name. Made when missing; of a driver's methods only `erase` deletes one. */
  volume: string
  /** A restart is "another generation is wanted". */
  generation: number
  /** Where the bot's own listener is to be reached from. */
  expose: Expose
  limits: InstanceLimits
}

/** What one bot may take; a platform enforces what it can. */
export type InstanceLimits = {
  memoryBytes: number
  /** What is kept for it when the machine runs short. */
  memoryReservationBytes: number
  /** Whole processors, at most. */
  cpus: number
  /** Its weight when all want the processor; 1024 = one whole. */
  cpuShares: number
  /** Processes and threads. */
  pids: number
  volumeBytes: number
}

/**
 * `absent` and `exited` are promises that nothing of it runs any more: grants are released on that word. A driver that is not sure says
 * `unknown`.
 */
export type InstanceReport = {
  state: InstanceState
  generation: number | null
  detail: string | null
  /** How often the platform has started it again by itself since it was made. */
  restarts?: number
  /** How it ended the last time, when that is known and it runs again. */
  ended?: string
  /** How what runs is not what is wanted: made from other wishes (`outdated`), or changed since (`by_hand`). */
  drift?: { kind: 'outdated' | 'by_hand'; what: string }
  /** Where its own listener is reached, when it is exposed. */
  url?: string
}
export type ListedInstance = InstanceReport & { name: string; labels: { tenant: string; bot: string } }
export type InstanceStats = {
  /** Proportional set size of the whole process tree, or what the platform counts. */
  memoryBytes: number | null
  /** Processors in use since the last look, 1 = one whole. */
  cpuRatio: number | null
  processes: number | null
  uptimeSeconds: number | null
}
/** Of the machine, or of what the platform gives its instances. `memoryFreeBytes`: what more of them could take. */
export type Capacity = { memoryBytes: number; memoryFreeBytes: number }
export type InstanceLogLine = { at: string | null; line: string }
/** A file that a proof needs. */
export type ProofFile = { name: string; sizeBytes: number; bytes: AsyncIterable<Uint8Array> }
export type ProofSpec = {
  env: Readonly<Record<string, string>>
  limits: InstanceLimits
  /** Come one after the other. */
  files: readonly ProofFile[]
  /** Ends it, at its time or with us. */
  signal: AbortSignal
}

/** A hint that something about it changed: look now. */
export type DriverEvent = { name: string }

/** Talks to one platform. Every method may be repeated; all of them reject when the platform does not answer. */
export interface Driver {
  /** Its word in `servers.driver`. */
  readonly kind: string
  /** Which of them `apply` can do. */
  readonly exposes: readonly Expose[]
  /** What it started lives on without us; otherwise it ends with us, or when another replica takes the server over. */
  readonly detached: boolean
  /** Makes exactly this generation run. Stop-first, always: another generation is gone before this one starts. The same one is left alone. */
  apply(spec: InstanceSpec): Promise<void>
  /** Asks it to end, then makes it; resolves when it has. Nothing to do when it does not run. */
  stop(name: string): Promise<void>
  /** Stops it and forgets it. The volume stays. */
  remove(name: string): Promise<void>
  /** Removes it, and deletes these volumes of it and its log: for a customer's data that people have ordered to be destroyed, and nothing else (rule 1). What is not there is no error. */
  erase(name: string, volumes: readonly string[]): Promise<void>
  /** `wanted`: also says how it differs from that. */
  inspect(name: string, wanted?: InstanceSpec): Promise<InstanceReport>
  list(): Promise<ListedInstance[]>
  capacity(): Promise<Capacity>
  /** Null when it does not run. */
  stats(name: string): Promise<InstanceStats | null>
  /** Newest last. */
  logs(name: string, tail: number): Promise<InstanceLogLine[]>
  /**
   * Runs the bot's program once over these files (`prove <directory>`), in a place of its own without a network, and gives what it said on standard output. Nothing of it
   * stays, and what one that was broken off has left goes at the next: one at a time on a server. Rejects when the program fails, with its last words, and as soon as it is broken off.
   */
  prove(spec: ProofSpec): Promise<string>
  subscribe(heard: (event: DriverEvent) => void): () => void
  /** Lets go of everything; what cannot live without us ends first. */
  close(): Promise<void>
}
