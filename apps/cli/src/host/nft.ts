import { BOTS_NETWORK } from '@zaptria/contract'
import type { Chain, Family, Hook, Match, Rule, Verdict } from './rules.ts'

export const NFT_TABLE = 'inet zaptria'

/** Before Docker's chains (priority 0): what is refused here is refused for good, what passes is still theirs to decide. */
const PRIORITY = -10

const VERDICT: Record<Verdict, string> = {
  pass: 'accept',
  accept: 'accept',
  reject: 'reject with icmp type admin-prohibited',
  drop: 'drop',
}

/** Our own table, both families in one chain for each hook. Loaded in one transaction after `delete table`. */
export function toNft(chains: readonly Chain[], version: string): string {
  const hooks: readonly Hook[] = ['forward', 'input']
  return [`table ${NFT_TABLE} {`, ...hooks.flatMap((hook) => chainText(chains, hook, version)), '}'].join('\n')
}

function chainText(chains: readonly Chain[], hook: Hook, version: string): string[] {
  const rules = chains.filter((chain) => chain.hook === hook).flatMap(({ family, rules: list }) => list.map((rule) => ({ family, rule })))
  return [
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority ${PRIORITY}; policy accept;`,
    ...rules.map(({ family, rule }, index) => `    ${line(family, rule, index === 0 ? version : undefined)}`),
    '  }',
  ]
}

function line(family: Family, { match, verdict, why }: Rule, version: string | undefined): string {
  const comment = version === undefined ? why : `${why} (zaptria ${version})`
  return [`meta nfproto ${family}`, ...matches(match), VERDICT[verdict], `comment "${comment}"`].join(' ')
}

function matches({ by, out, fromNone = [], to, addressedTo, protocol, port, states, forwarded }: Match): string[] {
  const bots = `"${BOTS_NETWORK.bridgePrefix}*"`
  return [
    ...(by === undefined ? [] : [{ bots: `iifname ${bots}`, 'not bots': `iifname != ${bots}`, loopback: 'iifname "lo"' }[by]]),
    ...(out === undefined ? [] : [`oifname ${bots}`]),
    ...(fromNone.length === 0 ? [] : [`ip saddr != { ${fromNone.join(', ')} }`]),
    ...(to === undefined ? [] : [`ip daddr ${to}`]),
    ...(protocol === undefined ? [] : [port === undefined ? `meta l4proto ${protocol}` : `${protocol} dport ${port}`]),
    ...(states === undefined ? [] : [`ct state ${states.join(',')}`]),
    ...(forwarded === undefined ? [] : [forwarded ? 'ct status dnat' : 'ct status & dnat == 0']),
    ...(addressedTo === undefined ? [] : [`ct original ip daddr ${addressedTo.range}`]),
    ...(addressedTo?.port === undefined ? [] : [`ct original proto-dst ${addressedTo.port}`]),
  ]
}
