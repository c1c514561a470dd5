import { sql } from 'kysely'
import type { Loop } from '../due/loop.ts'
import { startLoop } from '../due/loop.ts'
import type { Metrics } from '../metrics.ts'
import { createTurns } from '../orchestrator/in-turn.ts'
import type { Driver } from '../orchestrator/port.ts'
import type { Hints } from '../live/hints.ts'
import { raiseAlert } from '../store/alerts.ts'
import type { Db } from '../store/db.ts'
import type { ClaimedBot } from '../store/reconcile.ts'
import { claimBots, dueNow, releaseBot, unowned } from '../store/reconcile.ts'
import type { ReconcileDeps } from './bot.ts'
import { MovedError, reconcileBot } from './bot.ts'
import { createMemory } from './memory.ts'
import { clearOusted } from './ousted.ts'
import type { Going, ManagedServer, Servers } from './servers.ts'

export type ReconcileOptions = Omit<ReconcileDeps, 'watchedSinceMs' | 'inTurn' | 'memory' | 'metrics' | 'hints'> & {
  hints: Pick<Hints, 'changed' | 'subscribe'>
  metrics: Pick<Metrics, 'reconciles' | 'loopFailures'>
  servers: Servers
}

const POLL_MS = 1_000
const ORPHANS_MS = 60_000
const OUSTED_MS = 5_000
/** Passes at once on a server: most of a pass is waiting for its driver. One that hangs takes the places of no other. */
const AT_ONCE = 16
/** After a pass that failed. */
const RETRY_MS = 3_000

/**
 * Rule 1: brings every bot from what is to what should be, over and over, by id. Events of drivers and hints only say "look now". Any number of
 * replicas may run it. What runs without a row that owns it is reported, then removed.
 */
export async function startReconcile(options: ReconcileOptions): Promise<{ wake(): void; close(): Promise<void> }> {
  const { db, hints, log, servers } = options
  const deps: ReconcileDeps = { ...options, watchedSinceMs: await clock(db), inTurn: createTurns(), memory: createMemory() }
  const underWay = new Map<string, Set<Promise<void>>>()

  const one = async (server: ManagedServer, bot: ClaimedBot): Promise<void> => {
    let lookAgainMs = RETRY_MS
    try {
      if (server.mayAct()) lookAgainMs = await reconcileBot(deps, server.driver, bot)
    } catch (error) {
      if (error instanceof MovedError) lookAgainMs = 0
      else log.warn({ err: error, bot: bot.id, tenant: bot.tenant_id }, 'a bot could not be reconciled; trying again')
    }
    // Bots that began together do not stay together. Should this fail too, the lease runs out.
    await releaseBot(db, bot.id, lookAgainMs * (0.8 + 0.4 * Math.random())).catch((error: unknown) =>
      log.warn({ err: error, bot: bot.id }, 'a bot was not given back'),
    )
  }

  const claim = async (server: ManagedServer): Promise<void> => {
    const here = underWay.get(server.id) ?? new Set()
    underWay.set(server.id, here)
    for (const bot of await claimBots(db, [server.id], AT_ONCE - here.size)) {
      const task = one(server, bot)
      here.add(task)
      // Room for the next one, or a wish that came meanwhile.
      void task.finally(() => {
        here.delete(task)
        if (here.size === 0 && !servers.current().some(({ id }) => id === server.id)) underWay.delete(server.id)
        loop.wake()
      })
    }
  }

  const pass = async (): Promise<'again' | 'done'> => {
    await Promise.all(servers.current().map((server) => (server.mayAct() ? claim(server) : Promise.resolve())))
    return 'done'
  }

  const ousted = async (server: ManagedServer): Promise<'done'> => {
    if (server.mayAct()) await clearOusted(options, server.id, server.driver)
    return 'done'
  }

  const common = { log, metrics: options.metrics }
  const loop: Loop = startLoop({ name: 'reconcile', everyMs: POLL_MS, pass, ...common })
  const come = (server: ManagedServer): Going => {
    const { id, driver, mayAct } = server
    const orphans = async (): Promise<'done'> => {
      if (mayAct()) await removeOrphans(deps, id, driver)
      return 'done'
    }
    const orphanLoop = startLoop({ name: 'orphans', everyMs: ORPHANS_MS, pass: orphans, ...common })
    const oustedLoop = startLoop({ name: 'ousted bots', everyMs: OUSTED_MS, pass: () => ousted(server), ...common })
    const unsubscribe = driver.subscribe(({ name }) => {
      void dueNow(db, name)
        .then(() => loop.wake())
        .catch((error: unknown) => log.debug({ err: error }, 'a driver’s event was lost; the next look will see it'))
    })
    loop.wake()
    return async () => {
      unsubscribe()
      await Promise.all([orphanLoop.close(), oustedLoop.close()])
      const passes = underWay.get(id)
      if (passes !== undefined) await Promise.all(passes)
    }
  }
  const leave = servers.subscribe(come)
  const unsubscribe = hints.subscribe(({ noun }) => {
    if (noun === 'bot') loop.wake()
  })

  return {
    wake: () => loop.wake(),
    async close() {
      unsubscribe()
      await Promise.all([loop.close(), leave()])
      await Promise.all([...underWay.values()].flatMap((tasks) => [...tasks]))
    },
  }
}

/** Rows are written before anything is started, so that what has no row is nobody's. Reported first: the alert outlives a failed removal. */
export async function removeOrphans(deps: Pick<ReconcileDeps, 'db' | 'hints' | 'log'>, serverId: string, driver: Driver): Promise<void> {
  const listed = await driver.list()
  const names = await unowned(
    deps.db,
    serverId,
    listed.map(({ name }) => name),
  )
  for (const name of names) {
    deps.log.warn({ container: name, server: serverId }, 'an instance that no row owns is removed')
    await deps.db.transaction().execute(async (trx) => {
      const detail = `${name} ran without a bot that owns it; it was removed, its volume is kept`
      await deps.hints.changed(
        trx,
        await raiseAlert(trx, { kind: 'orphan_found', severity: 'warning', subject: name, tenantId: null, detail }),
      )
    })
    await driver.remove(name)
  }
}

async function clock(db: Db): Promise<number> {
  const { rows } = await sql<{ now_ms: number }>`select extract(epoch from now())::float8 * 1000 as now_ms`.execute(db)
  return rows[0]!.now_ms
}
