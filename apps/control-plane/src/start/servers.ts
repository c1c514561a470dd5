import { ServerCredentials } from '@zaptria/contract'
import type { Logger } from 'pino'
import type { Loop } from '../due/loop.ts'
import { startLoop } from '../due/loop.ts'
import type { Hints } from '../live/hints.ts'
import type { Metrics } from '../metrics.ts'
import type { Driver } from '../orchestrator/port.ts'
import { holdLock } from '../reconcile/hold.ts'
import type { Going, ManagedServer, Servers } from '../reconcile/servers.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import { takeOver } from '../store/reconcile.ts'
import { credentialsPlace, drivenServers, noteTrouble, resealCredentials } from '../store/servers.ts'
import type { DrivenServer } from '../store/servers.ts'
import type { DriverConfig, MadeDriver } from './server-drivers.ts'
import { makeDriver } from './server-drivers.ts'
import type { LocalServer } from './server.ts'

export type ServersOptions = {
  db: Db
  databaseUrl: string
  hints: Pick<Hints, 'subscribe'>
  secrets: Pick<Secrets, 'open' | 'seal' | 'sealedAnew'>
  log: Logger
  metrics: Pick<Metrics, 'loopFailures'>
  config: DriverConfig
  /** That of the settings. */
  embedded: Pick<LocalServer, 'id' | 'driver' | 'stopAll'>
  /** Whether this replica runs bots. One that does not asks those that live on without it. */
  works: boolean
}

export type ServersRegistry = Servers & {
  driverOf(serverId: string): Driver | undefined
  /** What the bots of a server dial instead of what all others do. */
  linkUrlOf(serverId: string): string | undefined
  /** Resolves when every server that can have a driver has one. */
  start(): Promise<void>
  close(): Promise<void>
}

type Entry = { madeFrom: string; managed: ManagedServer; linkUrl: string | null; goings: Map<object, Going>; close: () => Promise<void> }

const POLL_MS = 3_000

/**
 * A driver for each row of `servers`, and for the settings' own. Rows are followed by looking at them; hints only say "look now". A row of which no driver can be
 * made says why (`trouble`) and stops no other.
 */
export function createServers(options: ServersOptions): ServersRegistry {
  const { db, log, secrets, embedded, works } = options
  const entries = new Map<string, Entry>()
  const subscribers = new Map<object, (server: ManagedServer) => Going>()
  let loop: Loop | undefined
  let unsubscribe = (): void => {}
  let closed = false

  const hold = (id: string, made: MadeDriver) => {
    const lost = (): void =>
      void made.stopAll().catch((error: unknown) => log.error({ err: error, server: id }, 'bots could not be stopped'))
    return holdLock({ url: options.databaseUrl, name: `server ${id}`, log, taken: () => takeOver(db, id), lost })
  }

  const come = (id: string, madeFrom: string, linkUrl: string | null, made: MadeDriver): void => {
    const { driver } = made
    const held = works ? hold(id, made) : null
    const managed = { id, driver, mayAct: () => held?.held() ?? false }
    const entry: Entry = {
      madeFrom,
      managed,
      linkUrl,
      goings: new Map(),
      async close() {
        const goings = [...entry.goings.values()].map((going) => going())
        // Children end before their server is let go, so that another replica finds their volumes free.
        await driver.close()
        await Promise.all(goings)
        await held?.close()
      },
    }
    entries.set(id, entry)
    for (const [key, told] of subscribers) entry.goings.set(key, told(managed))
  }

  const go = async (id: string): Promise<void> => {
    const entry = entries.get(id)
    if (entry === undefined) return
    entries.delete(id)
    await entry.close()
  }

  const credentialsOf = ({ id, sealed_credentials: sealed }: DrivenServer): ServerCredentials | null => {
    if (sealed === null) return null
    return ServerCredentials.parse(JSON.parse(opened(() => secrets.open(sealed, credentialsPlace(id))).toString()))
  }

  const reseal = async ({ id, sealed_credentials: sealed }: DrivenServer): Promise<void> => {
    const anew = sealed === null ? null : secrets.sealedAnew(sealed, credentialsPlace(id))
    if (sealed !== null && anew !== null) await resealCredentials(db, id, sealed, anew)
  }

  /** Brings one server from what it was made from to what its row says. */
  const follow = async (row: DrivenServer): Promise<void> => {
    // Children are their own replica's.
    if (row.id === embedded.id || (!works && row.driver === 'process')) return
    let made: MadeDriver
    let madeFrom: string
    try {
      const { id, name, driver, address, settings, link_url } = row
      const wanted = { id, name, driver, address, settings, link_url, credentials: credentialsOf(row) }
      madeFrom = JSON.stringify({ ...wanted, name: undefined })
      if (entries.get(row.id)?.madeFrom === madeFrom) return
      await go(row.id)
      made = await makeDriver(wanted, options.config, log)
    } catch (error) {
      await go(row.id)
      const trouble = (error instanceof Error ? error.message : String(error)).slice(0, 500)
      if (row.trouble !== trouble) log.warn({ err: error, server: row.name }, 'this server cannot be reached')
      if (works) await noteTrouble(db, row.id, trouble)
      return
    }
    if (closed) return made.driver.close()
    come(row.id, madeFrom, row.link_url, made)
    log.info({ server: row.name, driver: row.driver, address: row.address }, 'a server is looked after')
    await reseal(row)
    if (works && row.trouble !== null) await noteTrouble(db, row.id, null)
  }

  /** One thing at a time per server; what is under way sees to it that there is another look. */
  const underWay = new Map<string, Promise<void>>()
  const alone = (id: string, task: () => Promise<void>): Promise<void> => {
    const before = underWay.get(id)
    if (before !== undefined) return before.then(() => loop?.wake())
    const now = task()
      .catch((error: unknown) => log.warn({ err: error, server: id }, 'a server was not followed; trying again'))
      .finally(() => underWay.delete(id))
    underWay.set(id, now)
    return now
  }

  /** Resolves with what it has begun: one whose bots take their time to end keeps no other waiting. */
  const look = async (): Promise<Promise<void>[]> => {
    const rows = await drivenServers(db)
    const there = new Set(rows.map(({ id }) => id))
    const gone = [...entries.keys()].filter((id) => !there.has(id) && id !== embedded.id)
    return [...gone.map((id) => alone(id, () => go(id))), ...rows.map((row) => alone(row.id, () => follow(row)))]
  }

  return {
    current: () => [...entries.values()].map(({ managed }) => managed),
    driverOf: (serverId) => entries.get(serverId)?.managed.driver,
    linkUrlOf: (serverId) => entries.get(serverId)?.linkUrl ?? undefined,
    subscribe(told) {
      const key = {}
      subscribers.set(key, told)
      for (const entry of entries.values()) entry.goings.set(key, told(entry.managed))
      return async () => {
        subscribers.delete(key)
        const goings = [...entries.values()].flatMap(({ goings: all }) => {
          const going = all.get(key)
          all.delete(key)
          return going === undefined ? [] : [going]
        })
        await Promise.all(goings.map((going) => going()))
      }
    },
    async start() {
      if (works || embedded.driver.detached) come(embedded.id, 'settings', null, embedded)
      await Promise.all(await look())
      const pass = async (): Promise<'done'> => {
        void (await look())
        return 'done'
      }
      loop = startLoop({ name: 'servers', everyMs: POLL_MS, pass, log, metrics: options.metrics })
      unsubscribe = options.hints.subscribe(({ noun }) => {
        if (noun === 'server') loop?.wake()
      })
    },
    async close() {
      closed = true
      unsubscribe()
      await loop?.close()
      await Promise.all(underWay.values())
      await Promise.all([...entries.keys()].map(go))
    },
  }
}

/** What a cipher says of a broken seal is nothing that anybody could mend by. */
function opened(open: () => Buffer): Buffer {
  try {
    return open()
  } catch (cause) {
    throw new Error(`its credentials do not open (${cause instanceof Error ? cause.message : String(cause)}); or give them again`, {
      cause,
    })
  }
}
