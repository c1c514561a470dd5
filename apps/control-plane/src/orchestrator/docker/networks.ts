import { createHash } from 'node:crypto'
import { BOTS_NETWORK, hubNetwork } from '@zaptria/contract'
import { NetworkList } from './answers.ts'
import { EngineAnswer, type EngineClient } from '@zaptria/docker'
import { takenOf, tellRange } from './host.ts'
import type { HostRange } from './host.ts'
import { formatSubnet, freeSubnet, gatewayOf, hubSubnet, parseSubnet } from './subnets.ts'
import type { Subnet } from './subnets.ts'

export type NetworkSettings = {
  pool: string
  subnetBits: number
  /** What the engine's machine uses itself; only known of an engine on this one. */
  hostRanges?: (() => Promise<HostRange[]>) | undefined
}

/** A subnet that no list shows is found out by trying. */
const MOST_TRIES = 64

/** The networks of bots: one each, of its own subnet and bridge, so that no bot has a neighbour and the host's rules know them all by name. */
export function createNetworks(client: EngineClient, { pool: poolText, subnetBits, hostRanges }: NetworkSettings) {
  const pool = parsePool(poolText, subnetBits)
  // Two at once would choose the same free subnet.
  let choosing: Promise<unknown> = Promise.resolve()

  const list = async (): Promise<NetworkList> => NetworkList.parse(await client.call('GET', '/networks'))

  const create = (name: string, bridge: string, subnet: Subnet, labels: Record<string, string>): Promise<unknown> =>
    client.call('POST', '/networks/create', {
      body: {
        Name: name,
        CheckDuplicate: true,
        Driver: 'bridge',
        EnableIPv6: false,
        IPAM: { Driver: 'default', Config: [{ Subnet: formatSubnet(subnet), Gateway: gatewayOf(subnet) }] },
        Options: { 'com.docker.network.bridge.name': bridge },
        Labels: labels,
      },
    })

  const ensure = async (name: string, bridge: string, labels: Record<string, string>, choose: (taken: Subnet[]) => Subnet | null) => {
    const refused: Subnet[] = []
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const all = await list()
      if (all.some((network) => network.Name === name)) return
      const taken = all.flatMap(({ IPAM }) => IPAM.Config.flatMap(({ Subnet: text }) => parseSubnet(text ?? '') ?? []))
      const host = takenOf(pool, (await hostRanges?.()) ?? [])
      const subnet = choose([...taken, ...host, ...refused])
      if (subnet === null)
        throw new Error(
          `no free /${subnetBits} network is left in ${poolText}${inUse(host)}: give this server another or a larger pool (ZAPTRIA_BOTS_POOL)`,
        )
      try {
        await create(name, bridge, subnet, labels)
        return
      } catch (error) {
        // 403 with these words: another control plane was faster. 409: the name, so that the next look finds it.
        const overlaps = error instanceof EngineAnswer && /overlap/i.test(error.message)
        if (!overlaps && !(error instanceof EngineAnswer && error.status === 409)) throw error
        if (overlaps) refused.push(subnet)
      }
    }
    throw new Error(`no network for ${name}: ${MOST_TRIES} subnets of ${poolText} are in use by something else on the host`)
  }
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const turn = choosing.catch(() => {}).then(task)
    choosing = turn
    return turn
  }

  const hub = { subnet: hubSubnet(pool, subnetBits), ...hubNames(poolText) }

  return {
    /** The host's own address on the hub: where the bots' listener is to wait. */
    hubAddress: gatewayOf(hub.subnet),
    ensureHub: () => inTurn(() => ensure(hub.network, hub.bridge, {}, () => hub.subnet)),
    /** Makes the network of this name unless it is there. */
    ensure: (name: string, labels: Record<string, string>) =>
      inTurn(() => ensure(name, bridgeName(name), labels, (taken) => freeSubnet(pool, subnetBits, taken))),
    /** Removes it; one that something is still on stays. */
    async remove(name: string): Promise<void> {
      await client.call('DELETE', `/networks/${encodeURIComponent(name)}`).catch((error: unknown) => {
        if (!(error instanceof EngineAnswer && [403, 404, 409].includes(error.status))) throw error
      })
    },
    list,
  }
}
export type Networks = ReturnType<typeof createNetworks>

/** Throws when networks of this size cannot be cut from it. */
export function parsePool(text: string, subnetBits: number): Subnet {
  const pool = parseSubnet(text)
  if (pool === null || pool.bits >= subnetBits || subnetBits > 29)
    throw new Error(`not a pool for /${subnetBits} networks: ${text}; use an IPv4 range like ${BOTS_NETWORK.pool} (ZAPTRIA_BOTS_POOL)`)
  return pool
}

const inUse = (host: readonly HostRange[]): string =>
  host.length === 0 ? '' : ` (in use on the machine itself: ${host.slice(0, 3).map(tellRange).join(', ')})`

/** A pool of its own has a hub of its own, so that two installations on one host do not meet. */
function hubNames(pool: string): { network: string; bridge: string } {
  const network = hubNetwork(pool)
  return { network, bridge: pool === BOTS_NETWORK.pool ? BOTS_NETWORK.hub.bridge : bridgeName(network) }
}

/** The kernel takes 15 characters. */
export const bridgeName = (network: string): string =>
  BOTS_NETWORK.bridgePrefix +
  createHash('sha256')
    .update(network)
    .digest('hex')
    .slice(0, 15 - BOTS_NETWORK.bridgePrefix.length)
