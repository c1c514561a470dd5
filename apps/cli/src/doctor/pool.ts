import { BOTS_NETWORK, poolOfHub } from '@zaptria/contract'
import { covers, networkOf, overlap } from '../host/ranges.ts'
import type { Check } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import type { Machine } from './machine.ts'
import { json } from './machine.ts'

type Network = { Name: string; IPAM?: { Config?: { Subnet?: string }[] | null } | null; Options?: Record<string, string> | null }
type Route = { dst?: string; dev?: string; type?: string; table?: string }
type Taken = { range: string; by: string }

export const poolChecks: readonly Check[] = [
  {
    id: 'pool',
    title: 'Addresses of bots',
    needs: 'local docker',
    run: async (machine) => {
      const routes = await takenByRoutes(machine)
      if (routes === null) return skip('the ip command is not installed')
      const pools = await poolsInUse(machine)
      const taken = [...(await takenByNetworks(machine)), ...routes]
      const clash = pairs(taken, pools).find(({ range, pool }) => overlap(range, pool) && !covers(range, pool))
      if (clash !== undefined)
        return fail(
          `${clash.range} is taken by ${clash.by}`,
          `Give that network another range: bots need all of ${clash.pool} on this machine (or bots another one: ZAPTRIA_BOTS_POOL)`,
        )
      const wider = pairs(taken, pools).find(({ range, pool }) => covers(range, pool))
      if (wider !== undefined)
        return warn(
          `${wider.range} is routed to ${wider.by}; bots’ networks take their part out of it`,
          `Nothing to do unless this machine must reach a ${wider.pool} of that network`,
        )
      return ok(`nothing else uses ${pools.join(', ')}`)
    },
  },
]

/** The ranges from which bots' networks on this machine are cut: those named, and each that has a hub; the usual one when there is none. */
export async function poolsInUse(machine: Machine): Promise<string[]> {
  const hubs = (await networks(machine)).flatMap(({ Name }) => poolOfHub(Name) ?? [])
  const pools = [...machine.pools, ...hubs].map(networkOf)
  return pools.length === 0 ? [BOTS_NETWORK.pool] : [...new Set(pools)]
}

function pairs(taken: readonly Taken[], pools: readonly string[]): (Taken & { pool: string })[] {
  return taken.flatMap((one) => pools.map((pool) => ({ ...one, pool })))
}

async function networks({ docker }: Machine): Promise<Network[]> {
  return docker.get('/networks').then(
    (all) => all as Network[],
    () => [],
  )
}

async function takenByNetworks(machine: Machine): Promise<Taken[]> {
  return (await networks(machine))
    .filter(({ Options }) => Options?.['com.docker.network.bridge.name']?.startsWith(BOTS_NETWORK.bridgePrefix) !== true)
    .flatMap(({ Name, IPAM }) =>
      (IPAM?.Config ?? []).flatMap(({ Subnet }) =>
        Subnet === undefined || Subnet.includes(':') ? [] : [{ range: Subnet, by: `Docker’s network ${Name}` }],
      ),
    )
}

async function takenByRoutes(machine: Machine): Promise<Taken[] | null> {
  // All tables: VPNs like to keep their routes in one of their own.
  const ran = await machine.run('ip', ['-4', '-j', 'route', 'show', 'table', 'all'])
  if (ran.code === null) return null
  return ((json(ran) ?? []) as Route[]).flatMap(({ dst, dev, table }) =>
    dst === undefined || dst === 'default' || table === 'local' || dev?.startsWith(BOTS_NETWORK.bridgePrefix) === true
      ? []
      : [{ range: dst, by: `the interface ${dev ?? 'of a route'}` }],
  )
}
