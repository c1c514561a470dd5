import { BOTS_NETWORK } from '@zaptria/contract'
import { ipv4, POOL } from '../host/rules.ts'
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
    title: `Addresses of bots (${POOL})`,
    needs: 'local docker',
    run: async (machine) => {
      const routes = await takenByRoutes(machine)
      if (routes === null) return skip('the ip command is not installed')
      const taken = [...(await takenByNetworks(machine)), ...routes]
      const clash = taken.find(({ range }) => overlap(range, POOL) && !covers(range, POOL))
      if (clash !== undefined)
        return fail(`${clash.range} is taken by ${clash.by}`, `Give that network another range: bots need all of ${POOL} on this machine`)
      const wider = taken.find(({ range }) => covers(range, POOL))
      if (wider !== undefined)
        return warn(
          `${wider.range} is routed to ${wider.by}; bots’ networks take their part out of it`,
          `Nothing to do unless this machine must reach a ${POOL} of that network`,
        )
      return ok('nothing else uses them')
    },
  },
]

async function takenByNetworks(machine: Machine): Promise<Taken[]> {
  const ids = (await machine.run('docker', ['network', 'ls', '--quiet', '--no-trunc'])).stdout.split('\n').filter((id) => id !== '')
  if (ids.length === 0) return []
  const networks = (json(await machine.run('docker', ['network', 'inspect', ...ids])) ?? []) as Network[]
  return networks
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

function bounds(range: string): [number, number] {
  const [address = '', bits = '32'] = range.split('/')
  const size = 2 ** (32 - Number(bits))
  const first = Math.floor(ipv4(address) / size) * size
  return [first, first + size - 1]
}

function overlap(a: string, b: string): boolean {
  const [[aFirst, aLast], [bFirst, bLast]] = [bounds(a), bounds(b)]
  return aFirst <= bLast && bFirst <= aLast
}

/** Whether `a` is wider than `b` and holds all of it. */
function covers(a: string, b: string): boolean {
  const [[aFirst, aLast], [bFirst, bLast]] = [bounds(a), bounds(b)]
  return aFirst <= bFirst && aLast >= bLast && aLast - aFirst > bLast - bFirst
}
