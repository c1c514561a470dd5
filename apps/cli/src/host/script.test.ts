import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { toIptables } from './iptables.ts'
import { toNft } from './nft.ts'
import type { RulesOptions } from './rules.ts'
import { defaultListener, FORBIDDEN, hostRules, hubOf, RESOLVER } from './rules.ts'
import { rulesVersion, setupScript, undoScript } from './script.ts'

const POOL = '10.210.0.0/16'
const HUB = hubOf(POOL)
const DEFAULT_LISTENER = defaultListener(POOL)
const DEFAULTS: RulesOptions = { pools: [POOL], listen: [DEFAULT_LISTENER], dns: 'found' }

/** Lines of iptables-restore: the chain, what matches, where it goes. */
function iptables(options: RulesOptions, chain: string): { match: string; target: string }[] {
  return toIptables(hostRules(options), 'ipv4', 'v')
    .split('\n')
    .flatMap((line) => {
      const [, of, match, target] = /^-A (\S+) (.*?) ?-m comment --comment "[^"]+" -j (.+)$/.exec(line) ?? []
      return of === chain ? [{ match: match!, target: target! }] : []
    })
}

/** Rules of our nft table by chain. */
function nft(options: RulesOptions, chain: string): { match: string; verdict: string }[] {
  const body = toNft(hostRules(options), 'v').split(`chain ${chain} {`)[1]!.split('\n  }')[0]!
  return body.split('\n').flatMap((line) => {
    const [, match, verdict] = /^ +meta nfproto (.*?) ?(accept|drop|reject with \S+ \S+ \S+) comment "[^"]+"$/.exec(line) ?? []
    return verdict === undefined ? [] : [{ match: match!, verdict }]
  })
}

describe('the rules as text', () => {
  it('are one line for each rule, in both languages', () => {
    const count = (hook: string): number =>
      hostRules(DEFAULTS)
        .filter((chain) => chain.hook === hook)
        .flatMap(({ rules }) => rules).length
    for (const hook of ['forward', 'input']) {
      expect(iptables(DEFAULTS, `ZAPTRIA-${hook.toUpperCase()}`).length).toBe(count(hook) - 1)
      expect(nft(DEFAULTS, hook).length).toBe(count(hook))
    }
  })

  it('refuse every forbidden range aloud', () => {
    for (const { range } of FORBIDDEN) {
      expect(iptables(DEFAULTS, 'ZAPTRIA-FORWARD')).toContainEqual({
        match: `-d ${range}`,
        target: 'REJECT --reject-with icmp-admin-prohibited',
      })
      expect(nft(DEFAULTS, 'forward')).toContainEqual({
        match: `ipv4 ip daddr ${range}`,
        verdict: 'reject with icmp type admin-prohibited',
      })
    }
  })

  it('end the way to the host with a refusal, after listeners and resolvers', () => {
    const options: RulesOptions = { ...DEFAULTS, listen: [DEFAULT_LISTENER, { host: '203.0.113.9', port: 443 }], dns: ['10.0.0.2'] }
    const accepted = iptables(options, 'ZAPTRIA-INPUT').filter(({ target }) => target === 'ACCEPT')
    expect(accepted.map(({ match }) => match)).toEqual([
      `-d ${HUB} -p tcp --dport 8081`,
      '-d 203.0.113.9 -p tcp --dport 443',
      '-d 10.0.0.2 -p udp --dport 53',
      '-d 10.0.0.2 -p tcp --dport 53',
    ])
    expect(iptables(options, 'ZAPTRIA-INPUT').at(-1)).toEqual({ match: '', target: 'REJECT --reject-with icmp-admin-prohibited' })
    expect(nft(options, 'input').at(-1)).toEqual({ match: 'ipv4', verdict: 'reject with icmp type admin-prohibited' })
  })

  it('count as a listener in the pool only what is forwarded there', () => {
    const options: RulesOptions = { ...DEFAULTS, listen: [DEFAULT_LISTENER, { host: '10.211.0.1', port: 9 }], dns: [] }
    const passed = iptables(options, 'ZAPTRIA-FORWARD').filter(({ match }) => match.includes('ctorigdstport'))
    expect(passed).toEqual([
      { match: `-p tcp -m conntrack --ctstate DNAT -m conntrack --ctorigdst ${HUB} --ctorigdstport 8081`, target: 'RETURN' },
      { match: '-p tcp -m conntrack --ctorigdst 10.211.0.1 --ctorigdstport 9', target: 'RETURN' },
    ])
    expect(nft(options, 'forward').filter(({ match }) => match.includes('proto-dst'))).toEqual([
      { match: `ipv4 meta l4proto tcp ct status dnat ct original ip daddr ${HUB} ct original proto-dst 8081`, verdict: 'accept' },
      { match: 'ipv4 meta l4proto tcp ct original ip daddr 10.211.0.1 ct original proto-dst 9', verdict: 'accept' },
    ])
  })

  it('know bots by the names of their bridges, and several pools by address where a name does not suffice', () => {
    const options: RulesOptions = { ...DEFAULTS, pools: [POOL, '10.212.0.0/20', '100.66.0.0/24'] }
    const outside = { match: '! -i zpt+ -o zpt+ -m conntrack ! --ctstate DNAT', target: 'DROP' }
    expect(iptables(options, 'ZAPTRIA-FORWARD')).toContainEqual(outside)
    expect(iptables(options, 'ZAPTRIA-FORWARD')).toContainEqual({
      match: `! -i zpt+ ! -s ${POOL} -m iprange ! --src-range 10.212.0.0-10.212.15.255 -m iprange ! --src-range 100.66.0.0-100.66.0.255`,
      target: 'RETURN',
    })
    expect(nft(options, 'forward')).toContainEqual({
      match: `ipv4 iifname != "zpt*" ip saddr != { ${options.pools.join(', ')} }`,
      verdict: 'accept',
    })
    for (const range of options.pools) {
      expect(iptables(options, 'ZAPTRIA-INPUT')).toContainEqual({ match: `! -i zpt+ -d ${range}`, target: 'DROP' })
      expect(nft(options, 'input')).toContainEqual({ match: `ipv4 iifname != "zpt*" ip daddr ${range}`, verdict: 'drop' })
    }
  })

  it('leave resolvers to the script when none are named', () => {
    expect(toIptables(hostRules(DEFAULTS), 'ipv4', 'v')).toContain(RESOLVER)
    expect(toIptables(hostRules({ ...DEFAULTS, dns: ['10.0.0.2'] }), 'ipv4', 'v')).not.toContain(RESOLVER)
  })

  it('have comments that both tools take: short, no quotes, 128 characters at most with the version', () => {
    for (const { rules } of hostRules(DEFAULTS)) for (const { why } of rules) expect(why).toMatch(/^[\w ,:-]{3,100}$/)
  })
})

describe('the scripts', () => {
  it.each([
    ['setup', setupScript({ ...DEFAULTS, backend: 'auto' })],
    ['undo', undoScript()],
  ])('of %s are sh, and run nothing but at their last line', (_, script) => {
    execFileSync('sh', ['-n'], { input: script })
    expect(script.trimEnd().split('\n').at(-1)).toBe('main')
    const outside = execFileSync('/bin/sh', ['-s'], {
      input: script.replace(/\nmain\n$/, '\necho read\n'),
      encoding: 'utf8',
      env: { PATH: '/nowhere' },
    })
    expect(outside).toBe('read\n')
  })

  it('say their version, which is that of the rules and not of the addresses', () => {
    expect(rulesVersion()).toMatch(/^[0-9a-f]{8}$/)
    const other = setupScript({ backend: 'nft', pools: ['10.212.0.0/16'], listen: [{ host: '10.0.0.7', port: 1 }], dns: ['10.0.0.2'] })
    expect(other).toContain(`host rules ${rulesVersion()} `)
  })
})
