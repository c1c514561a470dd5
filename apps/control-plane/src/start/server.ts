import { readFileSync } from 'node:fs'
import { BOTS_NETWORK } from '@zaptria/contract'
import type { Config } from '../config.ts'
import { engineAddress, isLocal, createEngineClient } from '@zaptria/docker'
import { hostRanges, poolFault, tellRange, widerThan } from '../orchestrator/docker/host.ts'
import { createDockerDriver } from '../orchestrator/docker/index.ts'
import { parsePool } from '../orchestrator/docker/networks.ts'
import type { Driver } from '../orchestrator/port.ts'
import { botEntry, createProcessDriver } from '../orchestrator/process/index.ts'
import type { Db } from '../store/db.ts'
import type { Logger } from 'pino'
import type { Hints } from '../live/hints.ts'
import { raiseAlert, resolveAlert } from '../store/alerts.ts'
import { ensureServer, serversWithoutDriver } from '../store/servers.ts'

export type LocalServer = {
  id: string
  driver: Driver
  /** The address of ours on which this server's bots reach us. */
  listenHost: string
  /** Makes it exist. */
  ensureListenHost: () => Promise<void>
}

const LOOPBACK = { listenHost: '127.0.0.1', ensureListenHost: () => Promise.resolve() }

/** The server that this installation's settings name, with its driver. */
export async function createLocalServer(db: Db, config: Config, log: Logger): Promise<LocalServer> {
  const id = await ensureServer(db, config.driver)
  switch (config.driver) {
    case 'process': {
      const args = [...config.bot.nodeArgs, botEntry(config.bot.entry)]
      const env = config.bot.browserPath === undefined ? {} : { ZAPTRIA_BROWSER_PATH: config.bot.browserPath }
      const driver = createProcessDriver({ dataDir: config.dataDir, command: process.execPath, args, env })
      return { id, driver, ...LOOPBACK }
    }
    case 'docker': {
      const { docker } = config
      const address = engineAddress(docker.host, docker)
      const local = isLocal(address)
      if (local) await checkPool(docker.pool, log)
      const driver = createDockerDriver({
        client: createEngineClient(address),
        serverId: id,
        image: docker.image,
        registryAuth: docker.registryAuth,
        pool: docker.pool,
        hostRanges: local ? hostRanges : undefined,
        exposeOn: docker.exposeOn,
        engine: (away) => {
          if (away === null) log.info({ engine: docker.host }, 'the engine answers again')
          else
            log.warn(
              { err: away, engine: docker.host },
              'the engine does not answer: its bots go on as they are, and none can be made or mended',
            )
        },
        seccompProfile: seccompProfile(docker.seccompProfile),
      })
      // The hub of an engine elsewhere is not an address of ours: its bots dial the public one (ZAPTRIA_LINK_URL).
      return {
        id,
        driver,
        ...(local ? { listenHost: driver.hubAddress, ensureListenHost: () => driver.ensureHub() } : LOOPBACK),
      }
    }
    default:
      return config.driver satisfies never
  }
}

/** Throws when bots would cut this machine off from a network of its own. */
async function checkPool(text: string, log: Logger): Promise<void> {
  const pool = parsePool(text, BOTS_NETWORK.subnetBits)
  const ranges = await hostRanges()
  const fault = poolFault(pool, BOTS_NETWORK.subnetBits, ranges)
  if (fault !== null) throw new Error(fault)
  for (const range of widerThan(pool, ranges))
    log.warn(`${tellRange(range)} holds the bots’ range ${text}: this machine reaches nothing else there (ZAPTRIA_BOTS_POOL)`)
}

/** Without white space: it is a part of each request that makes a container. */
function seccompProfile(file: string): string {
  try {
    return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new Error(
      `the seccomp profile ${file} cannot be read (ZAPTRIA_SECCOMP_PROFILE): ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}

/** Bots on a server of a driver that was set before wait there: somebody has to know. */
export async function tellOfLostServers(
  { db, hints, log }: { db: Db; hints: Pick<Hints, 'changed'>; log: Logger },
  driven: readonly string[],
): Promise<void> {
  const lost = await serversWithoutDriver(db, driven)
  await db.transaction().execute(async (trx) => {
    for (const { id, name, bots } of lost) {
      const detail = `${bots} bots are on the server ${name}, which this installation is not set to reach (ZAPTRIA_DRIVER)`
      log.warn({ server: name, bots }, detail)
      const alert = { kind: 'server_unreachable', severity: 'critical', subject: id, tenantId: null, detail } as const
      await hints.changed(trx, await raiseAlert(trx, alert))
    }
    for (const id of driven) {
      const over = await resolveAlert(trx, 'server_unreachable', id)
      if (over !== null) await hints.changed(trx, over)
    }
  })
}
