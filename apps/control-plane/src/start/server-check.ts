import path from 'node:path'
import { BOTS_NETWORK, DOCKER_LABEL, ServerSettings, ZaptriaError } from '@zaptria/contract'
import type { Logger } from 'pino'
import type { Config } from '../config.ts'
import { isLoopback } from '../config.ts'
import { VolumeList } from '../orchestrator/docker/answers.ts'
import { parsePool } from '../orchestrator/docker/networks.ts'
import { overlap } from '../orchestrator/docker/subnets.ts'
import { homeIsThere, makeHome } from '../orchestrator/process/home.ts'
import type { DrivenServer } from '../store/servers.ts'
import type { CheckServer, ServerCandidate } from '../http/servers.ts'
import { makeDriver, reachEngine } from './server-drivers.ts'

const ANSWER_MS = 12_000

/** Tries a server before anything is written of it. Throws what is wrong and how to mend it, as `server_unusable`. */
export function createServerCheck({ config, log }: { config: Config; log: Logger }): CheckServer {
  return async (candidate, { mayMove, others }) => {
    try {
      const rest = others.filter(({ id }) => id !== candidate.id)
      refuseTogether(candidate, rest, config)
      if (candidate.driver === 'process') await checkDirectory(candidate, { mayMove, others: rest }, config)
      const { driver } = await makeDriver(candidate, config, log)
      try {
        const capacity = await inTime(driver.capacity())
        if (candidate.driver === 'docker' && !mayMove) await inTime(checkSameEngine(candidate))
        return capacity
      } finally {
        await driver.close()
      }
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause)
      throw new ZaptriaError('server_unusable', { detail: `${candidate.name}: ${detail}`, cause })
    }
  }
}

async function checkDirectory(
  { id, name, address }: ServerCandidate,
  { mayMove, others }: { mayMove: boolean; others: readonly DrivenServer[] },
  { role, dataDir }: Config,
): Promise<void> {
  if (address === null) throw new Error('a directory is needed')
  if (role === 'web')
    throw new Error('this control plane runs no bots (ZAPTRIA_ROLE=web): ask one that does, on the machine where the directory is')
  const within = path.relative(dataDir, path.resolve(address))
  if (within === '' || !(within.startsWith('..') || path.isAbsolute(within)))
    throw new Error(`the directory ${address} is this installation’s own (ZAPTRIA_DATA_DIR): name another`)
  const other = others.find(
    (each) => each.driver === 'process' && each.address !== null && path.resolve(each.address) === path.resolve(address),
  )
  if (other !== undefined) throw new Error(`the directory ${address} is that of the server ${other.name} already`)
  await (mayMove ? makeHome(address, id) : homeIsThere(address, { id, name }))
}

/** Elsewhere its bots would be seen to be absent, while they run: on that word others are let into their sessions. */
async function checkSameEngine({ id, address, credentials }: ServerCandidate): Promise<void> {
  const { client, close } = await reachEngine(address ?? '', credentials)
  try {
    const { Volumes } = VolumeList.parse(
      await client.call('GET', '/volumes', { query: { filters: { label: [`${DOCKER_LABEL.server}=${id}`] } } }),
    )
    if (Volumes.length === 0)
      throw new Error(`the engine at ${address} has none of its bots’ volumes: it is another one. Add it as a server of its own`)
  } finally {
    await close()
  }
}

/** What no server can tell of another: that it is the same one, or that their networks are in each other's way. */
function refuseTogether(candidate: ServerCandidate, others: readonly DrivenServer[], config: Config): void {
  if (candidate.driver !== 'docker') return
  if (candidate.link_url !== null && isLoopback(new URL(candidate.link_url).hostname))
    throw new Error(
      `the link_url ${candidate.link_url} is loopback, which in a container is the container itself: use an address that bots reach`,
    )
  const poolOf = (settings: unknown): string => ServerSettings.parse(settings).pool ?? config.docker.pool
  const mine = poolOf(candidate.settings)
  const pool = parsePool(mine, BOTS_NETWORK.subnetBits)
  const engines = others.flatMap(({ name, driver, address, embedded, settings }) => {
    if (driver !== 'docker') return []
    if (embedded) return config.driver === 'docker' ? [{ name, address: config.docker.host, pool: config.docker.pool }] : []
    return address === null ? [] : [{ name, address, pool: poolOf(settings) }]
  })
  for (const other of engines) {
    if (other.address === candidate.address) throw new Error(`the engine at ${other.address} is that of the server ${other.name} already`)
    const both = [other.address, candidate.address].every((address) => address?.startsWith('unix:') === true)
    if (both && overlap(pool, parsePool(other.pool, BOTS_NETWORK.subnetBits)))
      throw new Error(
        `the pool ${mine} overlaps that of the server ${other.name} on this machine (${other.pool}): give it another (settings.pool)`,
      )
  }
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
