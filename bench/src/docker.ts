import { BOTS_NETWORK, DOCKER_LABEL, hubNetwork } from '@zaptria/contract'
import { docker, sweepDocker } from '@zaptria/lab/testing'
import { engineAddress, createEngineClient } from '@zaptria/docker'
import { ContainerList, ContainerStats } from '../../apps/control-plane/src/orchestrator/docker/answers.ts'
import { createNetworks } from '../../apps/control-plane/src/orchestrator/docker/networks.ts'
import { usedMemory } from '../../apps/control-plane/src/orchestrator/docker/stats.ts'

/** A pool apart from the product's: bots that run here in earnest are not in the way. Another one for a second bench beside the first. */
export const BENCH_POOL = process.env['BENCH_POOL'] ?? '10.213.0.0/16'

export type Container = { id: string; name: string; state: string }
/** `bytes` as the kernel counts against the limit, less what it can drop; `cpuNs` since the container's start. */
export type Footprint = { bytes: number; cpuNs: number; pids: number }

/** The engine, for what a bench makes, looks at, and takes away. */
export function benchDocker() {
  const client = createEngineClient(engineAddress('unix:///var/run/docker.sock'))
  const networks = createNetworks(client, { pool: BENCH_POOL, subnetBits: BOTS_NETWORK.subnetBits })
  const filter = (serverId: string): object => ({ label: [`${DOCKER_LABEL.server}=${serverId}`] })
  const containers = async (serverId: string): Promise<Container[]> =>
    ContainerList.parse(await client.call('GET', '/containers/json', { query: { all: true, filters: filter(serverId) } })).map(
      ({ Id, Names, State }) => ({ id: Id, name: (Names[0] ?? '').slice(1), state: State }),
    )
  return {
    containers,
    async prepare(): Promise<string> {
      await networks.ensureHub()
      return networks.hubAddress
    },
    async footprint(id: string): Promise<Footprint> {
      const stats = ContainerStats.parse(
        await client.call('GET', `/containers/${id}/stats`, { query: { stream: false, 'one-shot': true } }),
      )
      return { bytes: usedMemory(stats) ?? 0, cpuNs: stats.cpu_stats.cpu_usage.total_usage, pids: stats.pids_stats?.current ?? 0 }
    },
    /** The host's process ids of a container: its init first. */
    async processIds(id: string): Promise<number[]> {
      return (await docker('top', id, '-eo', 'pid'))

        .split('\n')
        .slice(1)
        .map(Number)
        .filter((pid) => pid > 0)
    },
    /** How often the kernel killed in this container for memory. */
    async oomKills(id: string): Promise<number> {
      const files = 'cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null || true'
      const said = await docker('exec', id, 'bash', '-c', files).catch(() => '')
      return Number(/^oom_kill (\d+)$/m.exec(said)?.[1] ?? 0)
    },
    /** Everything that a bench's installation made, volumes included. */
    async sweep(serverId: string): Promise<void> {
      await sweepDocker(serverId)
      await docker('network', 'rm', hubNetwork(BENCH_POOL)).catch(() => '')
      client.close()
    },
  }
}
export type BenchDocker = ReturnType<typeof benchDocker>
