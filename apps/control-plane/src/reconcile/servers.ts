import type { Driver } from '../orchestrator/port.ts'

/** A place where bots run, for as long as this replica may act there. */
export type ManagedServer = { id: string; driver: Driver; mayAct: () => boolean }

/** What ends when a server goes. */
export type Going = () => Promise<void>

/** The servers that have a driver here, as they come and go. */
export type Servers = {
  current(): readonly ManagedServer[]
  /**
   * `come` is called for each that is here, and each that comes; what it returns when that one goes, or when nobody wants to know any more. A server whose
   * address or credentials change goes and comes again. The returned function resolves when all that `come` returned is over.
   */
  subscribe(come: (server: ManagedServer) => Going): () => Promise<void>
}

/** Servers that neither come nor go. */
export function theseServers(servers: readonly ManagedServer[]): Servers {
  return {
    current: () => servers,
    subscribe(come) {
      const goings = servers.map(come)
      return async () => void (await Promise.all(goings.map((going) => going())))
    },
  }
}
