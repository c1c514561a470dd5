import { BOTS_NETWORK } from '@zaptria/contract'
import type { Family, Hook, Match, Rule, Chain, Verdict } from './rules.ts'
import { bounds, dotted } from './ranges.ts'

export const IPTABLES_CHAIN: Record<Hook, string> = { forward: 'ZAPTRIA-FORWARD', input: 'ZAPTRIA-INPUT' }

/**
 * From which chain ours are jumped to, always from its top. Docker keeps DOCKER-USER at the top of FORWARD and never touches its content.
 * For IPv6 Docker may not use DOCKER-USER at all, so FORWARD jumps too.
 */
export const JUMPS: Record<Family, readonly { from: string; to: string }[]> = {
  ipv4: [
    { from: 'DOCKER-USER', to: IPTABLES_CHAIN.forward },
    { from: 'INPUT', to: IPTABLES_CHAIN.input },
  ],
  ipv6: [
    { from: 'DOCKER-USER', to: IPTABLES_CHAIN.forward },
    { from: 'FORWARD', to: IPTABLES_CHAIN.forward },
    { from: 'INPUT', to: IPTABLES_CHAIN.input },
  ],
}

const TARGET: Record<Verdict, string> = {
  pass: 'RETURN',
  accept: 'ACCEPT',
  reject: 'REJECT --reject-with icmp-admin-prohibited',
  drop: 'DROP',
}

/** The chains of one family as iptables-restore reads them, without the table and the jumps: those depend on what is there. */
export function toIptables(chains: readonly Chain[], family: Family, version: string): string {
  const ours = chains.filter((chain) => chain.family === family)
  return [
    ...ours.map(({ hook }) => `:${IPTABLES_CHAIN[hook]} - [0:0]`),
    ...ours.flatMap(({ hook, rules }) => rules.map((rule, index) => line(IPTABLES_CHAIN[hook], rule, index === 0 ? version : undefined))),
  ].join('\n')
}

function line(chain: string, { match, verdict, why }: Rule, version: string | undefined): string {
  const comment = version === undefined ? why : `${why} (zaptria ${version})`
  return [`-A ${chain}`, ...matches(match), `-m comment --comment "${comment}"`, `-j ${TARGET[verdict]}`].join(' ')
}

function matches({ by, out, fromNone = [], to, addressedTo, protocol, port, states, forwarded }: Match): string[] {
  const bots = `-i ${BOTS_NETWORK.bridgePrefix}+`
  const addressed = [
    ...(addressedTo === undefined ? [] : [`--ctorigdst ${addressedTo.range}`]),
    ...(addressedTo?.port === undefined ? [] : [`--ctorigdstport ${addressedTo.port}`]),
  ]
  return [
    ...(by === undefined ? [] : [{ bots, 'not bots': `! ${bots}`, loopback: '-i lo' }[by]]),
    ...(out === undefined ? [] : [`-o ${BOTS_NETWORK.bridgePrefix}+`]),
    // A rule has one -s, but any number of other matches.
    ...fromNone.map((range, index) => (index === 0 ? `! -s ${range}` : `-m iprange ! --src-range ${bounds(range).map(dotted).join('-')}`)),
    ...(to === undefined ? [] : [`-d ${to}`]),
    ...(protocol === undefined ? [] : [`-p ${protocol}`]),
    ...(port === undefined ? [] : [`--dport ${port}`]),
    ...(states === undefined ? [] : [`-m conntrack --ctstate ${states.map((state) => state.toUpperCase()).join(',')}`]),
    ...(forwarded === undefined ? [] : [`-m conntrack ${forwarded ? '' : '! '}--ctstate DNAT`]),
    ...(addressed.length === 0 ? [] : [`-m conntrack ${addressed.join(' ')}`]),
  ]
}
