import { lookup as systemLookup } from 'node:dns'
import type { LookupAddress } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import { isLoopback } from '@zaptria/contract'
import type { FieldFault } from '@zaptria/contract'
import ipaddr from 'ipaddr.js'
import type { IPv4, IPv6 } from 'ipaddr.js'

type Cidr = [IPv4 | IPv6, number]
/** Beside the public addresses: what an operator allows, for receivers of his own. */
export type AllowedAddresses = readonly Cidr[]

/** `10.0.0.0/8,fd00::/8`; a single address is a range of one. Throws what is wrong with it. */
export function parseAllowed(text: string): AllowedAddresses {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part): Cidr => {
      const range = part.includes('/') ? part : `${part}/${isIP(part) === 6 ? 128 : 32}`
      if (!ipaddr.isValidCIDR(range)) throw new Error(`${part} is not an address or a range of addresses, for example 10.1.0.0/16`)
      return ipaddr.parseCIDR(range)
    })
}

/** Azure's own service to its machines: an address like any other, which answers inside alone. */
const OF_CLOUDS: ReadonlySet<string> = new Set(['168.63.129.16'])

/** Of IPv6, the internet is 2000::/3; ipaddr.js calls all that it has no name for "unicast". */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3')

/**
 * Whether a webhook may go to this address: public ones, and those that are allowed. Never a private, shared, loopback, link-local (there the
 * metadata of clouds is), multicast, reserved one; nor one that is such an address in the disguise of IPv6 (mapped, NAT64, 6to4, Teredo): those
 * forms are refused whatever they hold. (A network that has only NAT64 needs 64:ff9b::/96 allowed.)
 */
export function mayReach(address: string, allowed: AllowedAddresses): boolean {
  // A zone names an interface of this machine.
  if (isIP(address) === 0 || address.includes('%')) return false
  let parsed = ipaddr.parse(address)
  // What the system says of an IPv4 connection on a socket for both.
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress()) {
    parsed = parsed.toIPv4Address()
    return allowed.some((cidr) => contains(cidr, parsed))
  }
  if (allowed.some((cidr) => contains(cidr, parsed))) return true
  return !OF_CLOUDS.has(parsed.toString()) && parsed.range() === 'unicast' && (parsed.kind() === 'ipv4' || contains(GLOBAL_IPV6, parsed))
}

const contains = ([range, bits]: Cidr, address: IPv4 | IPv6): boolean => range.kind() === address.kind() && address.match(range, bits)

export class ForbiddenAddress extends Error {
  constructor(what: string) {
    super(`${what} is not an address that webhooks may go to`)
    this.name = 'ForbiddenAddress'
  }
}

/** The address that a URL says in place of a name; null for a name, which has to be looked up. */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return isIP(bare) === 0 ? null : bare
}

/** What an installation lets webhooks do. `http`: plain, to this machine only, and only when its addresses are allowed. */
export type WebhookPolicy = { allowed: AllowedAddresses; http: boolean }

/** What can be said against a URL before its name is looked up; null: nothing. */
export function urlFault(url: string, { allowed, http }: WebhookPolicy): { message: string; code: FieldFault } | null {
  const { protocol, hostname } = new URL(url)
  const literal = hostname === 'localhost' ? '127.0.0.1' : literalOf(hostname)
  if (protocol === 'http:' && !(http && isLoopback(hostname))) return { message: 'must begin with https://', code: 'https_required' }
  if (literal !== null && !mayReach(literal, allowed))
    return { message: 'is not an address that webhooks may go to', code: 'address_forbidden' }
  return null
}

/** Looks a name up and gives only those of its addresses that may be reached: what is connected to is what was checked. */
export function guardedLookup(allowed: AllowedAddresses, lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, [])
      const addresses = (found as LookupAddress[]).filter(({ address }) => mayReach(address, allowed))
      const [first] = addresses
      if (first === undefined) return callback(new ForbiddenAddress(hostname), [])
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })
  }
}
