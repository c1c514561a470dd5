import { createHash } from 'node:crypto'
import { BOT_IMAGE, DOCKER_LABEL } from '@zaptria/contract'
import type { InstanceLimits, InstanceSpec } from '../port.ts'
import type { ContainerInspect } from './answers.ts'

export type ContainerSettings = {
  /** The server's row: the owner of all that is made. */
  serverId: string
  /** JSON of a seccomp profile; Chromium's sandbox needs three calls more than the engine's default lets through. */
  seccompProfile: string
  /** The host's address on which bots with `expose: host` are published. */
  exposeOn: string
  /** Instead of the image's own. */
  command?: readonly string[]
}

/** Memory that /tmp may take from the container's own. */
const TMP_MB = 32
/** Chromium's shared memory; it counts as the container's memory too. */
const SHM_BYTES = 64 * 1024 * 1024
const SECOND = 1_000_000_000
const STOP_SECONDS = 10

/**
 * The engine's words for a bot's container (`POST /containers/create`), made from the spec and settings alone: the same whenever it is made.
 * `image` is an image's id or digest, never a tag.
 */
export function containerBody(spec: InstanceSpec, image: string, settings: ContainerSettings) {
  const port = `${BOT_IMAGE.port}/tcp`
  const exposed = spec.expose === 'host'
  const env = {
    ...spec.env,
    ZAPTRIA_DATA_DIR: BOT_IMAGE.volume,
    ZAPTRIA_VOLUME_MB: String(Math.floor(spec.limits.volumeBytes / 1024 / 1024)),
    PORT: String(BOT_IMAGE.port),
    HOST: exposed ? '0.0.0.0' : '127.0.0.1',
  }
  return {
    Image: image,
    // The name shows in its logs and nowhere else; a steady one, because a random one looked like another machine to Chromium's locks.
    Hostname: 'bot',
    ...(settings.command === undefined ? {} : { Cmd: [...settings.command] }),
    Env: Object.entries(env)
      .map(([key, value]) => `${key}=${value}`)
      .toSorted(),
    ...(exposed ? { ExposedPorts: { [port]: {} } } : {}),
    StopTimeout: STOP_SECONDS,
    Healthcheck: {
      Test: ['CMD', BOT_IMAGE.healthcheck],
      Interval: 60 * SECOND,
      Timeout: 10 * SECOND,
      StartPeriod: 60 * SECOND,
      Retries: 3,
    },
    HostConfig: {
      NetworkMode: networkName(spec.name),
      Mounts: [{ Type: 'volume', Source: spec.volume, Target: BOT_IMAGE.volume }],
      // A grant is asked for before the session opens, so that a container which comes back by itself does no harm.
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
      ...confinement(spec.limits, settings.seccompProfile),
      PortBindings: exposed ? { [port]: [{ HostIp: settings.exposeOn, HostPort: '' }] } : {},
    },
  }
}

/** What whatever runs from the bots' image may take, and do. */
export const confinement = (limits: InstanceLimits, seccompProfile: string) => ({
  Memory: limits.memoryBytes,
  MemoryReservation: limits.memoryReservationBytes,
  // Equal to Memory: no swap.
  MemorySwap: limits.memoryBytes,
  NanoCpus: Math.round(limits.cpus * SECOND),
  CpuShares: limits.cpuShares,
  PidsLimit: limits.pids,
  ShmSize: SHM_BYTES,
  Tmpfs: { '/tmp': `rw,nosuid,nodev,noexec,size=${TMP_MB}m,mode=1777` },
  ReadonlyRootfs: true,
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges', `seccomp=${seccompProfile}`],
  // The image brings an init of its own (tini), so that it has one on platforms that cannot be asked for one.
  Init: false,
  LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } },
})
export type ContainerBody = ReturnType<typeof containerBody>

export const networkName = (container: string): string => container

/** What is written on everything that is made for a bot. */
export function labelsOf(spec: Pick<InstanceSpec, 'labels'>, serverId: string): Record<string, string> {
  return { [DOCKER_LABEL.server]: serverId, [DOCKER_LABEL.tenant]: spec.labels.tenant, [DOCKER_LABEL.bot]: spec.labels.bot }
}

export function containerLabels(spec: InstanceSpec, serverId: string, body: ContainerBody): Record<string, string> {
  return { ...labelsOf(spec, serverId), [DOCKER_LABEL.generation]: String(spec.generation), [DOCKER_LABEL.spec]: hashOf(body) }
}

/** The token is a part of it, and labels are less guarded than the environment: it goes in through the hash alone. */
const hashOf = (body: ContainerBody): string => createHash('sha256').update(JSON.stringify(body)).digest('hex')

/** How a container is not what it should be. `outdated`: it was made from other wishes. `by_hand`: somebody has changed it since. */
export type Drift = { kind: 'outdated' | 'by_hand'; what: string }

/** Compares a container that runs with what would be made now. */
export function driftOf(wanted: ContainerBody, found: ContainerInspect): Drift | null {
  if (found.Config.Labels[DOCKER_LABEL.spec] !== hashOf(wanted))
    return { kind: 'outdated', what: 'made from an earlier version or setting' }
  const host = wanted.HostConfig
  const is = found.HostConfig
  const changed = [
    ['paused', found.State.Paused, false],
    ['memory limit', is.Memory, host.Memory],
    ['memory reservation', is.MemoryReservation, host.MemoryReservation],
    ['swap limit', is.MemorySwap, host.MemorySwap],
    ['CPU limit', is.NanoCpus, host.NanoCpus],
    ['CPU shares', is.CpuShares, host.CpuShares],
    ['process limit', is.PidsLimit, host.PidsLimit],
    ['restart policy', is.RestartPolicy.Name, host.RestartPolicy.Name],
    ['networks', Object.keys(found.NetworkSettings.Networks).toSorted().join(' '), host.NetworkMode],
  ].flatMap(([what, now, then]) =>
    now === then ? [] : [`${String(what)}: ${now === '' ? 'none' : String(now)} instead of ${String(then)}`],
  )
  return changed.length === 0 ? null : { kind: 'by_hand', what: changed.join(', ') }
}
