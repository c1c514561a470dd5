import { BOTS_NETWORK } from '@zaptria/contract'
import { bounds, dotted, overlap } from './ranges.ts'

/**
 * What bots may reach, as data: each rule is looked at in order, the first that matches decides.
 *
 * The rules speak of the bridges' prefix, and of the pools where a name does not suffice, never of one bot, so they are installed once and
 * hold for every bot to come.
 */
export type Rule = { match: Match; verdict: Verdict; why: string }

/**
 * - `pass`: nothing to object; the host's other rules (Docker's, ufw's) still decide.
 * - `accept`: let in, even where the host's other rules in the same table would refuse.
 * - `reject`: refuse and say so, so that a program gets an error at once instead of waiting.
 * - `drop`: refuse in silence, for packets that have no business here.
 */
export type Verdict = 'pass' | 'accept' | 'reject' | 'drop'

export type State = 'established' | 'related' | 'invalid' | 'untracked'

export type Match = {
  /** The interface it came in by. */
  by?: 'bots' | 'not bots' | 'loopback'
  /** The interface it leaves by. */
  out?: 'bots'
  /** From an address in none of these ranges. */
  fromNone?: readonly string[]
  /** An address, a range, or RESOLVER. Where the packet goes now, after any port forwarding. */
  to?: string
  /** Where the packet was addressed to before any port forwarding. */
  addressedTo?: { range: string; port?: number }
  protocol?: 'tcp' | 'udp' | 'icmp'
  port?: number
  states?: readonly State[]
  /** By a port forwarding of the host: its destination was changed on the way, or not. */
  forwarded?: boolean
}

export type Hook = 'forward' | 'input'
export type Family = 'ipv4' | 'ipv6'
export type Chain = { family: Family; hook: Hook; rules: readonly Rule[] }

export type Address = { host: string; port: number }
/** `dns: 'found'` means: whatever resolvers the host itself uses when the rules are applied. */
export type RulesOptions = {
  /** The ranges from which bots' networks are cut; they do not overlap. */
  pools: readonly string[]
  listen: readonly Address[]
  dns: 'found' | readonly string[]
}

/** Stands for each of the host's resolvers: the script makes one rule for each. */
export const RESOLVER = '@RESOLVER@'

/** The first address of a pool: its hub's gateway, where the bots' listener waits. */
export function hubOf(pool: string): string {
  return dotted(bounds(pool)[0] + 1)
}

export function defaultListener(pool: string): Address {
  return { host: hubOf(pool), port: BOTS_NETWORK.listenerPort }
}

/** Addresses that are nobody's on the internet, or everybody's on a cloud: other machines of the operator, neighbours, metadata. */
export const FORBIDDEN: readonly { range: string; what: string }[] = [
  { range: '0.0.0.0/8', what: 'this network' },
  { range: '10.0.0.0/8', what: 'private, other bots too' },
  { range: '100.64.0.0/10', what: 'carrier and overlay networks' },
  { range: '127.0.0.0/8', what: 'loopback' },
  { range: '168.63.129.16/32', what: 'Azure metadata' },
  { range: '169.254.0.0/16', what: 'link-local, cloud metadata' },
  { range: '172.16.0.0/12', what: 'private, Docker' },
  { range: '192.0.0.0/24', what: 'protocol assignments, Oracle metadata' },
  { range: '192.168.0.0/16', what: 'private' },
  { range: '198.18.0.0/15', what: 'benchmarks' },
  { range: '224.0.0.0/4', what: 'multicast' },
  { range: '240.0.0.0/4', what: 'reserved, broadcast' },
]

export function hostRules(options: RulesOptions): Chain[] {
  const noIpv6: Rule[] = [{ match: { by: 'bots' }, verdict: 'drop', why: 'bots have no IPv6' }]
  return [
    { family: 'ipv6', hook: 'forward', rules: noIpv6 },
    { family: 'ipv6', hook: 'input', rules: noIpv6 },
    { family: 'ipv4', hook: 'forward', rules: forward(options) },
    { family: 'ipv4', hook: 'input', rules: input(options) },
  ]
}

/** Packets that the host passes on: to the internet, to other containers, to its neighbours. */
function forward({ pools, listen, dns }: RulesOptions): Rule[] {
  return [
    ...answers,
    // A port that Docker publishes was addressed to the host and is Docker's to decide; who reaches a bot otherwise came round it.
    { match: { by: 'not bots', out: 'bots', forwarded: false }, verdict: 'drop', why: 'nobody routes to bots from outside' },
    { match: { by: 'not bots', out: 'bots', states: ['invalid', 'untracked'] }, verdict: 'drop', why: 'nor with packets of no connection' },
    // What is published at a hub is for bots.
    ...pools.map((range): Rule => ({
      match: { by: 'not bots', addressedTo: { range } },
      verdict: 'drop',
      why: 'nobody routes into the pool from outside',
    })),
    notOfBots(pools),
    // A listener in a container is reached by port forwarding; one at an address elsewhere by routing. An address of the pool that is not
    // forwarded is not a listener: the hub is missing.
    ...listen.map(({ host, port }): Rule => ({
      match: {
        protocol: 'tcp',
        addressedTo: { range: host, port },
        ...(pools.some((pool) => overlap(pool, host)) ? { forwarded: true } : {}),
      },
      verdict: 'pass',
      why: 'the listener',
    })),
    ...resolvers(dns, 'pass'),
    { match: { forwarded: true }, verdict: 'reject', why: 'ports that the host forwards' },
    ...pools.map((range): Rule => ({ match: { to: range }, verdict: 'reject', why: 'other bots' })),
    { match: { out: 'bots' }, verdict: 'reject', why: 'other bots, of whichever pool' },
    ...FORBIDDEN.map(({ range, what }): Rule => ({ match: { to: range }, verdict: 'reject', why: what })),
    { match: { protocol: 'tcp', port: 25 }, verdict: 'reject', why: 'no mail: a bot that was taken over must not send spam' },
  ]
}

/** Packets to the host itself, whichever of its addresses they name. */
function input({ pools, listen, dns }: RulesOptions): Rule[] {
  return [
    { match: { by: 'loopback' }, verdict: 'pass', why: 'the host to itself' },
    // Before all else: a container behind a port that Docker publishes at the hub answers the host at an address of the pool.
    ...answers,
    // Linux answers for any of its addresses on any interface: a neighbour on the LAN could route to the hub.
    ...pools.map((range): Rule => ({
      match: { by: 'not bots', to: range },
      verdict: 'drop',
      why: 'nobody reaches the pool gateways from outside',
    })),
    notOfBots(pools),
    ...listen.map(({ host, port }): Rule => ({ match: { to: host, protocol: 'tcp', port }, verdict: 'accept', why: 'the listener' })),
    ...resolvers(dns, 'accept'),
    { match: {}, verdict: 'reject', why: 'nothing else of the host' },
  ]
}

/** A bot whose bridge has lost its name is still one by its address. */
function notOfBots(pools: readonly string[]): Rule {
  return { match: { by: 'not bots', fromNone: pools }, verdict: 'pass', why: 'the rest is about bots only' }
}

const answers: readonly Rule[] = [
  { match: { states: ['established'] }, verdict: 'pass', why: 'open connections' },
  // Errors only: a connection helper (FTP…) would let a bot open "related" connections wherever it likes.
  { match: { protocol: 'icmp', states: ['related'] }, verdict: 'pass', why: 'errors about open connections' },
]

function resolvers(dns: RulesOptions['dns'], verdict: Verdict): Rule[] {
  return (dns === 'found' ? [RESOLVER] : dns).flatMap((to) =>
    (['udp', 'tcp'] as const).map((protocol): Rule => ({ match: { to, protocol, port: 53 }, verdict, why: 'the resolver of the host' })),
  )
}
