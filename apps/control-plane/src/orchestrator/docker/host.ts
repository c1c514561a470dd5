import { readFile } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { BOTS_NETWORK } from '@zaptria/contract'
import { formatSubnet, hubSubnet, overlap, parseSubnet } from './subnets.ts'
import type { Subnet } from './subnets.ts'

/** A range that this machine reaches by an interface, or has an address in. */
export type HostRange = Subnet & { by: string }

/** Routes wider than this are a default in halves, as VPNs set it. */
const NARROWEST_DEFAULT = 7
const REJECTS = 0x200

/**
 * The ranges of this machine. An engine asks only its own networks whether a subnet is free: one that is the LAN's as well cuts the machine off from
 * it, without a word. On other systems than Linux nothing is known.
 */
export async function hostRanges(): Promise<HostRange[]> {
  const table = await readFile('/proc/net/route', 'utf8').catch(() => '')
  const addresses = Object.entries(networkInterfaces()).flatMap(([by, all]) =>
    (all ?? []).flatMap(({ address, family }) => (family === 'IPv4' ? named(`${address}/32`, by) : [])),
  )
  return [...routesIn(table), ...addresses]
}

/** Reads `/proc/net/route`: routes, and the gateways that they need. Numbers are the kernel's own, lowest byte first. */
export function routesIn(table: string): HostRange[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [by = '', to = '', gateway = '', flags = '', , , , mask = ''] = line.trim().split(/\s+/)
      if (mask === '' || (Number.parseInt(flags, 16) & REJECTS) !== 0) return []
      const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length
      return [...named(`${dotted(to)}/${bits}`, by), ...(/^0+$/.test(gateway) ? [] : named(`${dotted(gateway)}/32`, by))]
    })
}

const dotted = (hex: string): string => [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')

function named(text: string, by: string): HostRange[] {
  const subnet = parseSubnet(text)
  return subnet === null ? [] : [{ ...subnet, by }]
}

const isOurs = ({ by }: HostRange): boolean => by.startsWith(BOTS_NETWORK.bridgePrefix)

/** What of the pool bots cannot have. What is wider than the pool is not in its way: the more exact route wins. */
export function takenOf(pool: Subnet, ranges: readonly HostRange[]): HostRange[] {
  return ranges.filter((range) => !isOurs(range) && range.bits >= pool.bits && overlap(range, pool))
}

/** Ranges that hold the pool and more: their part of it is not reached from this machine any more. */
export function widerThan(pool: Subnet, ranges: readonly HostRange[]): HostRange[] {
  return ranges.filter((range) => !isOurs(range) && range.bits < pool.bits && range.bits > NARROWEST_DEFAULT && overlap(range, pool))
}

/** Why this pool cannot be used here; null when it can. Once the hub is there, bots use it, and a start is no time to stop them. */
export function poolFault(pool: Subnet, subnetBits: number, ranges: readonly HostRange[]): string | null {
  const hub = hubSubnet(pool, subnetBits)
  if (ranges.some((range) => isOurs(range) && overlap(range, hub))) return null
  const taken = takenOf(pool, ranges).find((range) => overlap(range, hub))
  if (taken === undefined) return null
  const other = Array.from({ length: 44 }, (_, index): Subnet => parseSubnet(`10.${211 + index}.0.0/16`)!).find(
    (candidate) => !ranges.some((range) => range.bits > NARROWEST_DEFAULT && overlap(range, candidate)),
  )
  return `the bots’ range ${formatSubnet(pool)} is in use on this machine: ${tellRange(taken)}. Set ZAPTRIA_BOTS_POOL to a range that nothing uses${
    other === undefined ? '' : `, for example ${formatSubnet(other)}`
  }`
}

export const tellRange = (range: HostRange): string => `${formatSubnet(range)} by the interface ${range.by}`
