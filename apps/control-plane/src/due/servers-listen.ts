import type { Logger } from 'pino'
import type { Metrics } from '../metrics.ts'
import type { ManagedServer } from '../reconcile/servers.ts'
import type { Db } from '../store/db.ts'
import { noteListened } from '../store/server-states.ts'
import type { Listened } from '../store/server-states.ts'
import type { Loop } from './loop.ts'
import { startLoop } from './loop.ts'

const EVERY_MS = 3_000
/** With the pause between, below what counts as an absence of our own (store/server-states.ts). */
const PATIENCE_MS = 4_000

type ListenDeps = { db: Db; log: Logger; metrics: Pick<Metrics, 'loopFailures'> }

/** Asks a server again and again whether it is there. In a loop of its own: one that hangs delays nobody. */
export function listenTo(deps: ListenDeps, { id, driver, mayAct }: ManagedServer, everyMs = EVERY_MS, patienceMs = PATIENCE_MS): Loop {
  const pass = async (): Promise<'done'> => {
    if (mayAct()) await noteListened(deps.db, id, await ask(driver, patienceMs))
    return 'done'
  }
  return startLoop({ name: 'listen to servers', everyMs, pass, log: deps.log, metrics: deps.metrics })
}

async function ask(driver: ManagedServer['driver'], patienceMs: number): Promise<Listened> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${patienceMs / 1000} s`)), patienceMs)
  try {
    const [, capacity] = await Promise.race([Promise.all([driver.list(), driver.capacity()]), late.promise])
    return { trouble: null, ...capacity }
  } catch (error) {
    const trouble = (error instanceof Error ? error.message : String(error)).slice(0, 500)
    return { trouble, memoryBytes: null, memoryFreeBytes: null }
  } finally {
    clearTimeout(timer)
  }
}
