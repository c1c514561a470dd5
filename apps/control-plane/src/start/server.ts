import { createEngineClient, engineAddress, isLocal } from '@zaptria/docker'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import type { Db } from '../store/db.ts'
import { ensureServer } from '../store/servers.ts'
import { checkPool, dockerDriver, processDriver } from './server-drivers.ts'
import type { MadeDriver } from './server-drivers.ts'

export type LocalServer = MadeDriver & {
  id: string
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
      const driver = processDriver(config, { dataDir: config.dataDir })
      return { id, driver, stopAll: () => driver.stopAll(), ...LOOPBACK }
    }
    case 'docker': {
      const { docker } = config
      const address = engineAddress(docker.host, docker)
      const local = isLocal(address)
      if (local) await checkPool(docker.pool, log)
      const driver = dockerDriver(config, {
        serverId: id,
        client: createEngineClient(address),
        local,
        pool: docker.pool,
        exposeOn: docker.exposeOn,
        what: { engine: docker.host },
        log,
      })
      // The hub of an engine elsewhere is not an address of ours: its bots dial the public one (ZAPTRIA_LINK_URL).
      const listen = local ? { listenHost: driver.hubAddress, ensureListenHost: () => driver.ensureHub() } : LOOPBACK
      return { id, driver, stopAll: () => Promise.resolve(), ...listen }
    }
    default:
      return config.driver satisfies never
  }
}
