import { BOT_IMAGE, BOTS_NETWORK, DOCKER_LABEL } from '@zaptria/contract'
import { createTurns } from '../in-turn.ts'
import type { Driver, DriverEvent, InstanceReport, InstanceSpec } from '../port.ts'
import { LIMITS } from '../limits.ts'
import { ContainerInspect, ContainerList, ContainerStats, Created, EngineInfo } from './answers.ts'
import { EngineAnswer, type EngineClient } from '@zaptria/docker'
import type { ContainerSettings, Drift } from './container.ts'
import { containerBody, containerLabels, driftOf, labelsOf, networkName } from './container.ts'
import { watchEvents } from './events.ts'
import type { HostRange } from './host.ts'
import type { RegistryAuth } from './images.ts'
import { createImages } from './images.ts'
import { logLines } from './logs.ts'
import { proveInContainer } from './prove.ts'
import { createNetworks } from './networks.ts'
import { detailOf, generationOf, stateOf } from './report.ts'
import { cpuRatio, usedMemory } from './stats.ts'
import { createVolumes } from './volumes.ts'

export type DockerDriverOptions = Omit<ContainerSettings, 'exposeOn'> & {
  client: EngineClient
  /** What bots run: a name with a tag, or with a digest. */
  image: string
  registryAuth?: RegistryAuth | undefined
  pool?: string
  hostRanges?: (() => Promise<HostRange[]>) | undefined
  exposeOn?: string
  /** Told once each way: why the engine cannot be reached, and null when it answers again. */
  engine?: (away: Error | null) => void
}

export type DockerDriver = Driver & {
  /** The host's address on the hub, where the bots' listener is to wait. */
  readonly hubAddress: string
  /** Makes the hub when it is missing. */
  ensureHub(): Promise<void>
}

/** SIGTERM, ten seconds, SIGKILL; and the engine's own time on a busy machine. */
const STOP = { seconds: 10, answerMs: 35_000 }
const START_MS = 60_000

/** Bots as containers of a Docker engine: one container, one network, one volume each, all labelled with the server's id. They live on without us. */
export function createDockerDriver(options: DockerDriverOptions): DockerDriver {
  const { client, serverId } = options
  const settings: ContainerSettings = { ...options, exposeOn: options.exposeOn ?? '127.0.0.1' }
  const networks = createNetworks(client, {
    pool: options.pool ?? BOTS_NETWORK.pool,
    subnetBits: BOTS_NETWORK.subnetBits,
    hostRanges: options.hostRanges,
  })
  const images = createImages(client, options.registryAuth)
  const volumes = createVolumes(client)
  const inTurn = createTurns()
  const closing = new AbortController()
  const subscribers = new Set<(event: DriverEvent) => void>()
  /** What is being made: it may be minutes before the engine knows of a container whose image has to come first. */
  const making = new Map<string, { generation: number; doing: string }>()
  const processorTime = new Map<string, { ns: number; atMs: number }>()
  /** How each last ended: what runs again does not know. */
  const ends = new Map<string, string>()
  let watching: Promise<void> | undefined

  const path = (name: string, rest = ''): string => `/containers/${encodeURIComponent(name)}${rest}`
  const find = async (name: string): Promise<ContainerInspect | null> => {
    const found = await client.call('GET', path(name, '/json')).catch((error: unknown) => {
      if (error instanceof EngineAnswer && error.status === 404) return null
      throw error
    })
    return found === null ? null : ContainerInspect.parse(found)
  }
  /** Throws when a container of that name is somebody else's: it must be neither touched nor taken for ours. */
  const findOurs = async (name: string): Promise<ContainerInspect | null> => {
    const found = await find(name)
    if (found !== null && found.Config.Labels[DOCKER_LABEL.server] !== serverId)
      throw new Error(`a container named ${name} is there that this server did not make: remove or rename it`)
    return found
  }
  const wantedBody = async (spec: InstanceSpec) => containerBody(spec, await images.pin(options.image), settings)
  /** What runs from an image that the engine has no more goes on running: nothing better could be made. */
  const driftFrom = async (wanted: InstanceSpec, found: ContainerInspect): Promise<Drift | null> => {
    const image = await images.known(options.image)
    return image === null ? null : driftOf(containerBody(wanted, image, settings), found)
  }

  /** A container that is not to end has: by somebody's hand, or because the engine shuts down, and then it comes back with it. */
  const mustStay = (): Promise<void> =>
    client.knock().catch((error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      throw new Error(`the engine is shutting down: ${why}`, { cause: error })
    })

  const stop = async (name: string): Promise<void> => {
    const found = await findOurs(name)
    if (found === null || stateOf(found.State.Status) === 'exited') return
    // `always` would bring it back when the engine restarts.
    await client.call('POST', path(name, '/update'), { body: { RestartPolicy: { Name: 'no' } } })
    if (found.State.Paused) await client.call('POST', path(name, '/unpause'))
    await client.call('POST', path(name, '/stop'), { query: { t: STOP.seconds }, timeoutMs: STOP.answerMs })
  }
  const remove = async (name: string): Promise<void> => {
    await stop(name)
    if ((await findOurs(name)) !== null)
      await client.call('DELETE', path(name), { query: { force: true, v: false }, timeoutMs: STOP.answerMs }).catch(gone)
    processorTime.delete(name)
    ends.delete(name)
  }

  const start = async (spec: InstanceSpec): Promise<void> => {
    const { name } = spec
    const doing = (what: string): void => void making.set(name, { generation: spec.generation, doing: what })
    doing('getting its image')
    let body = await wantedBody(spec)
    const labels = labelsOf(spec, serverId)
    doing('making its volume')
    await volumes.ensure(spec.volume, labels, spec.limits.volumeBytes)
    doing('making its network')
    await networks.ensure(networkName(name), labels)
    doing('making it')
    const create = (): Promise<unknown> =>
      client.call('POST', '/containers/create', {
        query: { name },
        body: { ...body, Labels: containerLabels(spec, serverId, body) },
        timeoutMs: START_MS,
      })
    const made = await create().catch(async (error: unknown) => {
      if (!(error instanceof EngineAnswer && error.status === 404)) throw error
      // Somebody tidied the pinned image away.
      images.forget(options.image)
      body = await wantedBody(spec)
      return create()
    })
    const { Id: id } = Created.parse(made)
    doing('starting it')
    try {
      await client.call('POST', path(id, '/start'), { timeoutMs: START_MS })
    } catch (error) {
      // One that never ran is in the way of the next try, and tells less than its error.
      await client.call('DELETE', path(id), { query: { force: true, v: false } }).catch(() => {})
      throw error
    }
  }

  const names = async (): Promise<
    { name: string; labels: Record<string, string>; status: ContainerInspect['State']['Status']; detail: string }[]
  > =>
    ContainerList.parse(
      await client.call('GET', '/containers/json', { query: { all: true, filters: { label: [`${DOCKER_LABEL.server}=${serverId}`] } } }),
    ).map(({ Names, Labels, State, Status }) => ({
      name: (Names[0] ?? '').replace(/^\//, ''),
      labels: Labels,
      status: State,
      detail: Status,
    }))

  return {
    kind: 'docker',
    exposes: ['none', 'host'],
    detached: true,
    apply: (spec) =>
      inTurn(spec.name, async () => {
        const before = await findOurs(spec.name)
        if (before !== null) {
          const same = generationOf(before.Config.Labels) === spec.generation && stateOf(before.State.Status) === 'running'
          if (same && driftOf(await wantedBody(spec), before) === null) return
          await remove(spec.name)
        }
        try {
          await start(spec)
        } catch (error) {
          throw refusal(error, making.get(spec.name)?.doing)
        } finally {
          making.delete(spec.name)
        }
      }),
    stop: (name) => inTurn(name, () => stop(name)),
    remove: (name) =>
      inTurn(name, async () => {
        await remove(name)
        await networks.remove(networkName(name))
      }),
    erase: (name, names) =>
      inTurn(name, async () => {
        await remove(name)
        await networks.remove(networkName(name))
        for (const volume of names) await volumes.erase(volume)
      }),
    async inspect(name, wanted): Promise<InstanceReport> {
      const found = await findOurs(name)
      const state = found === null ? 'absent' : stateOf(found.State.Status)
      const made = making.get(name)
      // Between two steps of ours it may look gone, and is not.
      if (made !== undefined && (state === 'absent' || state === 'exited'))
        return { state: 'creating', generation: made.generation, detail: made.doing }
      if (found === null) return { state: 'absent', generation: null, detail: null }
      if (state === 'exited' && found.HostConfig.RestartPolicy.Name !== 'no') await mustStay()
      const generation = generationOf(found.Config.Labels)
      const drift = state === 'running' && generation === wanted?.generation ? await driftFrom(wanted, found) : null
      const ended = ends.get(name)
      const published = found.NetworkSettings.Ports?.[`${BOT_IMAGE.port}/tcp`]?.[0]
      return {
        state,
        generation,
        detail: detailOf(found),
        restarts: found.RestartCount,
        ...(ended === undefined ? {} : { ended }),
        ...(drift === null ? {} : { drift }),
        ...(published === undefined ? {} : { url: `http://${published.HostIp}:${published.HostPort}` }),
      }
    },
    list: async () =>
      (await names()).map(({ name, labels, status, detail }) => ({
        name,
        labels: { tenant: labels[DOCKER_LABEL.tenant] ?? '', bot: labels[DOCKER_LABEL.bot] ?? '' },
        state: stateOf(status),
        generation: generationOf(labels),
        detail,
      })),
    /**
     * Free is what is not kept for bots that run (`memoryReservationBytes` each, whosever they are): an engine tells how much memory its machine has,
     * not how much of it is in use.
     */
    async capacity() {
      const { MemTotal: memoryBytes } = EngineInfo.parse(await client.call('GET', '/info'))
      const running = ContainerList.parse(
        await client.call('GET', '/containers/json', { query: { filters: { label: [DOCKER_LABEL.server], status: ['running'] } } }),
      )
      return { memoryBytes, memoryFreeBytes: Math.max(0, memoryBytes - running.length * LIMITS.memoryReservationBytes) }
    },
    async stats(name) {
      const found = await findOurs(name)
      if (found === null || !found.State.Running) return null
      const stats = ContainerStats.parse(await client.call('GET', path(found.Id, '/stats'), { query: { stream: false, 'one-shot': true } }))
      const now = { ns: stats.cpu_stats.cpu_usage.total_usage, atMs: performance.now() }
      const before = processorTime.get(name)
      processorTime.set(name, now)
      return {
        memoryBytes: usedMemory(stats),
        cpuRatio: cpuRatio(before, now),
        processes: stats.pids_stats?.current ?? null,
        uptimeSeconds: Math.max(0, (Date.now() - Date.parse(found.State.StartedAt)) / 1000),
      }
    },
    async logs(name, tail) {
      const found = await findOurs(name)
      if (found === null) return []
      const response = await client.open('GET', path(found.Id, '/logs'), { query: { stdout: true, stderr: true, timestamps: true, tail } })
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      return logLines(Buffer.concat(chunks))
    },
    prove: async (spec) => proveInContainer(client, await images.pin(options.image), settings, spec),
    subscribe(heard) {
      subscribers.add(heard)
      watching ??= watchEvents(client, {
        serverId,
        all: async () => (await names()).map(({ name }) => name),
        heard: (name) => {
          for (const each of subscribers) each({ name })
        },
        ended: (name, how) => void ends.set(name, how),
        engine: (away) => options.engine?.(away),
        signal: closing.signal,
      })
      return () => void subscribers.delete(heard)
    },
    hubAddress: networks.hubAddress,
    ensureHub: () => networks.ensureHub(),
    async close() {
      closing.abort()
      await watching
      subscribers.clear()
      client.close()
    },
  }
}

/** The engine's own words say what it minds, not at what. */
function refusal(error: unknown, doing = 'making it'): unknown {
  return error instanceof EngineAnswer ? new Error(`the engine refused (${doing}): ${error.message}`, { cause: error }) : error
}

function gone(error: unknown): void {
  if (!(error instanceof EngineAnswer && error.status === 404)) throw error
}
