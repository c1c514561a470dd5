/** What this process saw of bots itself. The rows keep what outlives it: a row that says "running" may be from before a restore or a move. */
export type Memory = {
  /** The server on which each was last seen there, until we stop, remove or replace it ourselves. */
  there: Map<string, string>
  /** Why the last try to make it failed. */
  failures: Map<string, { why: string; told: boolean }>
}

export const createMemory = (): Memory => ({ there: new Map(), failures: new Map() })
