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
import { reconcileBot } from './bot.ts'
import { createMemory } from './memory.ts'

/** A place where bots run, for as long as this replica may act there. */
export type ManagedServer = { id: string; driver: Driver; mayAct: () => boolean }

export type ReconcileOptions = Omit<ReconcileDeps, 'watchedSinceMs' | 'inTurn' | 'memory' | 'metrics' | 'hints'> & {
  hints: Pick<Hints, 'changed' | 'subscribe'>
  metrics: Pick<Metrics, 'reconciles' | 'loopFailures'>
  servers: readonly ManagedServer[]
}

const POLL_MS = 1_000
const ORPHANS_MS = 60_000
/** Passes at once: most of a pass is waiting for a driver. */
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
  const underWay = new Set<Promise<void>>()

  const one = async (bot: ClaimedBot): Promise<void> => {
    const server = servers.find(({ id }) => id === bot.server_id)
    let lookAgainMs = RETRY_MS
    try {
      if (server?.mayAct() === true) lookAgainMs = await reconcileBot(deps, server.driver, bot)
    } catch (error) {
      log.warn({ err: error, bot: bot.id, tenant: bot.tenant_id }, 'a bot could not be reconciled; trying again')
    }
    // Bots that began together do not stay together. Should this fail too, the lease runs out.
    await releaseBot(db, bot.id, lookAgainMs * (0.8 + 0.4 * Math.random())).catch((error: unknown) =>
      log.warn({ err: error, bot: bot.id }, 'a bot was not given back'),
    )
  }

  const pass = async (): Promise<'again' | 'done'> => {
    const mine = servers.filter(({ mayAct }) => mayAct()).map(({ id }) => id)
    const claimed = await claimBots(db, mine, AT_ONCE - underWay.size)
    for (const bot of claimed) {
      const task = one(bot)
      underWay.add(task)
      // Room for the next one, or a wish that came meanwhile.
      void task.finally(() => {
        underWay.delete(task)
        loop.wake()
      })
    }
    return 'done'
  }

  const orphans = async (): Promise<'done'> => {
    for (const { id, driver, mayAct } of servers) if (mayAct()) await removeOrphans(deps, id, driver)
    return 'done'
  }

  const common = { log, metrics: options.metrics }
  const loop: Loop = startLoop({ name: 'reconcile', everyMs: POLL_MS, pass, ...common })
  const orphanLoop = startLoop({ name: 'orphans', everyMs: ORPHANS_MS, pass: orphans, ...common })
  const unsubscribes = [
    hints.subscribe(({ noun }) => {
      if (noun === 'bot') loop.wake()
    }),
    ...servers.map(({ driver }) =>
      driver.subscribe(({ name }) => {
        void dueNow(db, name)
          .then(() => loop.wake())
          .catch((error: unknown) => log.debug({ err: error }, 'a driver’s event was lost; the next look will see it'))
      }),
    ),
  ]

  return {
    wake: () => loop.wake(),
    async close() {
      for (const unsubscribe of unsubscribes) unsubscribe()
      await Promise.all([loop.close(), orphanLoop.close()])
      await Promise.all(underWay)
    },
  }
}

/** Rows are written before anything is started, so that what has no row is nobody's. Reported first: the alert outlives a failed removal. */
export async function removeOrphans(deps: Pick<ReconcileDeps, 'db' | 'hints' | 'log'>, serverId: string, driver: Driver): Promise<void> {
  const listed = await driver.list()
  const names = await unowned(
    deps.db,
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
