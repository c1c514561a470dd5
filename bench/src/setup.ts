/** What the command line and the environment say of how to run. */
export type Setup = {
  /** Measured repetitions: tenants, messages, or looks at the memory; of the chat, how long it is. */
  runs: number
  /** How many bots at once, one round each. */
  bots: number[]
  /** Minutes of steady traffic. */
  minutes: number
  /** Messages per second of the steady load; absent: half of what could be stored. Of the chat: changes. */
  perSecond: number | undefined
  /** Of a bench's parts, those alone whose name begins so. */
  only: string | undefined
  /** Memory that the Lab's page holds, as the real one does. */
  ballastMb: number
  /** What containers run. */
  image: string
  /** The Node that runs the control plane and so its bots. */
  node: string
  /** Absent: the product's own. */
  nodeArgs: string[] | undefined
  botEntry: string | undefined
  browserPath: string | undefined
  /** For people who wait; never on standard output. */
  progress: (line: string) => void
}

/** Above this many, simulated engines stand in for real browsers. */
export const MOST_REAL_BOTS = 10
