import { readFileSync } from 'node:fs'
import { BOTS_NETWORK, ServerDriver, ServerSettings } from '@zaptria/contract'
import type { ServerCredentials } from '@zaptria/contract'
import { createEngineClient, engineAddress, isLocal } from '@zaptria/docker'
import type { EngineAddress, EngineClient } from '@zaptria/docker'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { hostRanges, poolFault, tellRange, widerThan } from '../orchestrator/docker/host.ts'
import { createDockerDriver } from '../orchestrator/docker/index.ts'
import type { DockerDriver } from '../orchestrator/docker/index.ts'
import { parsePool } from '../orchestrator/docker/networks.ts'
import type { Driver } from '../orchestrator/port.ts'
import type { ServerCandidate } from '../http/servers.ts'
import { homeIsThere } from '../orchestrator/process/home.ts'
import { botEntry, createProcessDriver } from '../orchestrator/process/index.ts'
import type { ProcessDriver } from '../orchestrator/process/index.ts'
import { writeSshFiles } from './ssh-files.ts'

export type DriverConfig = Pick<Config, 'bot' | 'docker' | 'bots'>

/** `stopAll`: ends what would end with us anyway. */
export type MadeDriver = { driver: Driver; stopAll: () => Promise<void> }

/** The driver of a server that was added. Asks nothing of it yet. Throws why there can be none, in words for who has to mend it. */
export async function makeDriver(row: ServerCandidate, config: DriverConfig, log: Logger): Promise<MadeDriver> {
  const { address } = row
  const known = ServerDriver.safeParse(row.driver)
  if (!known.success) throw new Error(`this version of Zaptria knows no driver ${row.driver}`)
  if (address === null)
    throw new Error('it has no address: it is the one of a driver that this installation was set to before (ZAPTRIA_DRIVER); give it one')
  const kind = known.data
  switch (kind) {
    case 'process': {
      if (row.credentials !== null) throw new Error('a directory needs no credentials')
      const driver = processDriver(config, { dataDir: address, there: () => homeIsThere(address, row) })
      return { driver, stopAll: () => driver.stopAll() }
    }
    case 'docker': {
      const settings = ServerSettings.parse(row.settings)
      requireLinkUrl(row, config)
      const reached = await reachEngine(address, row.credentials)
      try {
        const pool = settings.pool ?? config.docker.pool
        if (isLocal(reached.engine)) await checkPool(pool, log)
        const driver = dockerDriver(config, {
          serverId: row.id,
          client: reached.client,
          local: isLocal(reached.engine),
          pool,
          exposeOn: settings.expose_on ?? '127.0.0.1',
          what: { server: row.name },
          log,
        })
        const close = async (): Promise<void> => {
          await driver.close()
          await reached.close()
        }
        return { driver: { ...driver, close }, stopAll: () => Promise.resolve() }
      } catch (error) {
        await reached.close()
        throw error
      }
    }
    default:
      return kind satisfies never
  }
}

/** Bots in containers of an engine reach us by an address that somebody has to name: its hub is no address of ours. */
function requireLinkUrl({ link_url }: Pick<ServerCandidate, 'link_url'>, { bots }: DriverConfig): void {
  if ((link_url ?? bots.linkUrl) !== undefined) return
  throw new Error(
    'its bots would not know where to dial: give it a link_url, or set ZAPTRIA_LINK_URL for all servers (for example wss://zap.example.com/api/bots/link)',
  )
}

export type ReachedEngine = { engine: EngineAddress; client: EngineClient; close: () => Promise<void> }

/** Throws when the address and the credentials do not go together. */
export async function reachEngine(address: string, credentials: ServerCredentials | null): Promise<ReachedEngine> {
  const tls = credentials !== null && 'tls' in credentials ? credentials.tls : null
  const ssh = credentials !== null && 'ssh' in credentials ? credentials.ssh : null
  if (tls !== null && !address.startsWith('tcp:')) throw new Error(`certificates are for tcp:// addresses, not for ${address}`)
  if (ssh !== null && !address.startsWith('ssh:')) throw new Error(`an ssh key is for ssh:// addresses, not for ${address}`)
  if (address.startsWith('ssh:') && ssh === null) throw new Error(`${address} needs an ssh key and the lines of known_hosts`)
  const files = ssh === null ? undefined : await writeSshFiles(ssh)
  try {
    const certificates = tls === null ? undefined : { ca: Buffer.from(tls.ca), cert: Buffer.from(tls.cert), key: Buffer.from(tls.key) }
    const engine = engineAddress(address, { certificates, sshConfig: files?.config })
    const client = createEngineClient(engine)
    const close = async (): Promise<void> => {
      client.close()
      await files?.remove()
    }
    return { engine, client, close }
  } catch (error) {
    await files?.remove()
    throw error
  }
}

export function processDriver({ bot }: DriverConfig, place: { dataDir: string; there?: () => Promise<void> }): ProcessDriver {
  const args = [...bot.nodeArgs, botEntry(bot.entry)]
  const env = bot.browserPath === undefined ? {} : { ZAPTRIA_BROWSER_PATH: bot.browserPath }
  return createProcessDriver({ ...place, command: process.execPath, args, env })
}

export function dockerDriver(
  { docker }: DriverConfig,
  o: {
    serverId: string
    client: EngineClient
    local: boolean
    pool: string
    exposeOn: string
    /** For the log. */
    what: Record<string, string>
    log: Logger
  },
): DockerDriver {
  return createDockerDriver({
    client: o.client,
    serverId: o.serverId,
    image: docker.image,
    registryAuth: docker.registryAuth,
    pool: o.pool,
    hostRanges: o.local ? hostRanges : undefined,
    exposeOn: o.exposeOn,
    engine: (away) => {
      if (away === null) o.log.info(o.what, 'the engine answers again')
      else o.log.warn({ err: away, ...o.what }, 'the engine does not answer: its bots go on as they are, and none can be made or mended')
    },
    seccompProfile: seccompProfile(docker.seccompProfile),
  })
}

/** Throws when bots would cut this machine off from a network of its own. */
export async function checkPool(text: string, log: Logger): Promise<void> {
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
