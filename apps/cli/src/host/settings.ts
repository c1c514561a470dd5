import { BOTS_NETWORK } from '@zaptria/contract'
import { covers, networkOf, overlap } from './ranges.ts'
import type { Address, RulesOptions } from './rules.ts'
import { defaultListener } from './rules.ts'

export type Backend = 'auto' | 'iptables' | 'nft'
/** What `host setup` was told. */
export type Settings = RulesOptions & { backend: Backend }
/** Rules that are installed; `older` ones are of a version that did not write down what it was told. */
export type Installed = (Settings & { version: string }) | 'older' | null

/** Beside the rules, so that doctor and the next start know what they are about without reading two languages. */
export const SETTINGS_FILE = 'settings.json'
export const DEMO_SHIFT = BOTS_NETWORK.demoPort - BOTS_NETWORK.listenerPort

export const textOf = ({ host, port }: Address): string => `${host}:${port}`

/** The place of the demo's WhatsApp beside a listener. */
export const demoBeside = ({ host, port }: Address): Address => ({ host, port: port + DEMO_SHIFT })

export function toFile(version: string, { listen, ...rest }: Settings): string {
  return JSON.stringify({ version, ...rest, listen: listen.map(textOf) })
}

/** `apply` and `settings` are the texts of the two files, null when there is none. */
export function readInstalled(apply: string | null, settings: string | null): Installed {
  if (apply === null) return null
  try {
    const { listen, ...rest } = JSON.parse(settings ?? '') as Omit<Settings, 'listen'> & { version: string; listen: string[] }
    return { ...rest, listen: listen.map(addressOf) }
  } catch {
    return 'older'
  }
}

function addressOf(text: string): Address {
  const [host = '', port] = text.split(':')
  return { host, port: Number(port) }
}

/** What rules must be about for bots that run here. */
export type Needs = { pools: readonly string[]; listen: readonly Address[] }

/** What installed rules leave out of that. */
export function missing(installed: Settings, { pools, listen }: Needs): Needs {
  const open = new Set(installed.listen.map(textOf))
  return {
    pools: pools.filter((pool) => !installed.pools.some((one) => holds(one, pool))),
    listen: listen.filter((one) => !open.has(textOf(one))),
  }
}

const holds = (a: string, b: string): boolean => networkOf(a) === networkOf(b) || covers(a, b)

/** The command after which the rules are about these too, in few words. */
export function setupCommand(installed: Installed, needs: Needs): string {
  const before = installed === null || installed === 'older' ? null : installed
  const had = before?.pools ?? []
  const more = [...new Set(needs.pools)].filter((pool) => !had.some((one) => holds(one, pool)))
  const pools = [...had.filter((one) => !more.some((pool) => overlap(pool, one))), ...more]
  const listen = [...new Set([...(before?.listen ?? []), ...needs.listen].map(textOf))]
  const usual = pools.map(defaultListener)
  const same = (all: readonly Address[]): boolean => all.length === listen.length && all.every((one) => listen.includes(textOf(one)))
  const words = ['zaptria host setup']
  if (before !== null && before.backend !== 'auto') words.push('--backend', before.backend)
  if (pools.join() !== BOTS_NETWORK.pool) words.push(...pools.flatMap((pool) => ['--pool', pool]))
  if (same([...usual, ...usual.map(demoBeside)])) words.push('--demo')
  else if (!same(usual)) words.push(...listen.flatMap((one) => ['--listen', one]))
  if (before !== null && before.dns !== 'found') words.push(...before.dns.flatMap((address) => ['--allow-dns', address]))
  return words.join(' ')
}
