import { BOTS_NETWORK } from '@zaptria/contract'

/**
 * What bots may reach, as data: each rule is looked at in order, the first that matches decides.
 *
 * The rules speak of the pool and of the bridges' prefix, never of one bot, so they are installed once and hold for every bot to come.
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
  from?: 'pool' | 'not pool'
  /** An address, a range, or RESOLVER. Where the packet goes now, after any port forwarding. */
  to?: string
  /** Where the packet was addressed to before any port forwarding. */
  addressedTo?: { range: string; port?: number }
  protocol?: 'tcp' | 'udp' | 'icmp'
  port?: number
  states?: readonly State[]
  /** By a port forwarding of the host: its destination was changed on the way. */
  forwarded?: true
}

export type Hook = 'forward' | 'input'
export type Family = 'ipv4' | 'ipv6'
export type Chain = { family: Family; hook: Hook; rules: readonly Rule[] }

export type Address = { host: string; port: number }
/** `dns: 'found'` means: whatever resolvers the host itself uses when the rules are applied. */
export type RulesOptions = { listen: readonly Address[]; dns: 'found' | readonly string[] }

/** Stands for each of the host's resolvers: the script makes one rule for each. */
export const RESOLVER = '@RESOLVER@'

export const POOL = BOTS_NETWORK.pool
/** The first address of the pool: the hub's gateway, where the bots' listener waits. */
export const HUB = POOL.replace(/\.0\/\d+$/, '.1')
export const DEFAULT_LISTENER: Address = { host: HUB, port: BOTS_NETWORK.listenerPort }

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
function forward({ listen, dns }: RulesOptions): Rule[] {
  return [
    ...answers,
    // A port that Docker publishes was addressed to the host and is Docker's to decide; whoever addresses the pool itself came round it.
    { match: { by: 'not bots', addressedTo: { range: POOL } }, verdict: 'drop', why: 'nobody routes into the pool from outside' },
    { match: { by: 'not bots', to: POOL, states: ['invalid', 'untracked'] }, verdict: 'drop', why: 'nor with packets of no connection' },
    notOfBots,
    // A listener in a container is reached by port forwarding; one at an address elsewhere by routing. An address of the pool that is not
    // forwarded is not a listener: the hub is missing.
    ...listen.map(({ host, port }): Rule => ({
      match: { protocol: 'tcp', addressedTo: { range: host, port }, ...(inPool(host) ? { forwarded: true } : {}) },
      verdict: 'pass',
      why: 'the listener',
    })),
    ...resolvers(dns, 'pass'),
    { match: { forwarded: true }, verdict: 'reject', why: 'ports that the host forwards' },
    ...FORBIDDEN.map(({ range, what }): Rule => ({ match: { to: range }, verdict: 'reject', why: what })),
    { match: { protocol: 'tcp', port: 25 }, verdict: 'reject', why: 'no mail: a bot that was taken over must not send spam' },
  ]
}

/** Packets to the host itself, whichever of its addresses they name. */
function input({ listen, dns }: RulesOptions): Rule[] {
  return [
    { match: { by: 'loopback' }, verdict: 'pass', why: 'the host to itself' },
    // Before all else: a container behind a port that Docker publishes at the hub answers the host at an address of the pool.
    ...answers,
    // Linux answers for any of its addresses on any interface: a neighbour on the LAN could route to the hub.
    { match: { by: 'not bots', to: POOL }, verdict: 'drop', why: 'nobody reaches the pool gateways from outside' },
    notOfBots,
    ...listen.map(({ host, port }): Rule => ({ match: { to: host, protocol: 'tcp', port }, verdict: 'accept', why: 'the listener' })),
    ...resolvers(dns, 'accept'),
    { match: {}, verdict: 'reject', why: 'nothing else of the host' },
  ]
}

const notOfBots: Rule = { match: { by: 'not bots', from: 'not pool' }, verdict: 'pass', why: 'the rest is about bots only' }

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

function inPool(host: string): boolean {
  const [base = '', bits = ''] = POOL.split('/')
  const mask = (2 ** 32 - 2 ** (32 - Number(bits))) >>> 0
  return (ipv4(host) & mask) >>> 0 === ipv4(base)
}

/** An IPv4 address as a number. */
export function ipv4(text: string): number {
  return text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
