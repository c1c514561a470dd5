import { BOTS_NETWORK } from '@zaptria/contract'
import { networkOf } from './host/ranges.ts'
import type { Address } from './host/rules.ts'

/** Readers of option values: each returns the value or throws an Error that says what would be right. */

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$/

export function readIpv4(text: string): string {
  if (!IPV4.test(text) || /(?:^|\.)0\d/.test(text)) throw new Error('an IPv4 address is needed, for example 10.0.0.2 (bots have no IPv6)')
  if (text === '0.0.0.0') throw new Error('one address is needed, not all of them')
  return text
}

/** The narrowest pool has room for the hub and a bot, the widest is all of 10/8. */
const WIDEST = 8
const NARROWEST = BOTS_NETWORK.subnetBits - 1

/** An IPv4 range, its address taken down to the range's first. */
export function readPool(text: string): string {
  const [address = '', bits = '', ...rest] = text.split('/')
  const size = Number(bits)
  if (!IPV4.test(address) || /(?:^|\.)0\d/.test(address) || !/^\d{1,2}$/.test(bits) || rest.length > 0)
    throw new Error(`an IPv4 range is needed, for example ${BOTS_NETWORK.pool}`)
  if (size < WIDEST || size > NARROWEST)
    throw new Error(`a range from /${WIDEST} to /${NARROWEST} is needed: a bot takes a /${BOTS_NETWORK.subnetBits}`)
  return networkOf(text)
}

/** ADDR:PORT with an IPv4 address. */
export function readAddress(text: string): Address {
  const { host, port } = readHostPort(text)
  return { host: readIpv4(host), port }
}

/** HOST:PORT, a name or an IPv4 address. */
export function readHostPort(text: string): Address {
  const [, host, digits] = /^([A-Za-z0-9.-]+):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (host === undefined || port < 1 || port > 65_535) throw new Error('an address and a port are needed, for example 10.210.0.1:8081')
  return { host, port }
}

export function oneOf<T extends string>(...choices: readonly T[]): (text: string) => T {
  return (text) => {
    const found = choices.find((choice) => choice === text)
    if (found === undefined) throw new Error(`one of ${choices.join(', ')} is needed`)
    return found
  }
}

/** A whole number between two, both included. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || value > most) throw new Error(`a whole number from ${least} to ${most} is needed`)
    return value
  }
}

/** A moment, as ISO 8601 in UTC. */
export function readTime(text: string): string {
  if (Number.isNaN(Date.parse(text))) throw new Error('a time is needed, for example 2026-12-01T09:00:00-03:00')
  return new Date(text).toISOString()
}
