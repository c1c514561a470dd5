import { IPTABLES_CHAIN, JUMPS } from '../host/iptables.ts'
import { NFT_TABLE } from '../host/nft.ts'
import { BOTS_NETWORK } from '@zaptria/contract'
import type { Family } from '../host/rules.ts'
import { defaultListener } from '../host/rules.ts'
import type { Installed } from '../host/settings.ts'
import { missing, readInstalled, SETTINGS_FILE, setupCommand } from '../host/settings.ts'
import { RULES_DIR, rulesVersion } from '../host/script.ts'
import { UNIT } from '../host/shell.ts'
import type { Check, Outcome } from './check.ts'
import { fail, ok, skip, warn } from './check.ts'
import type { Machine } from './machine.ts'
import { poolsInUse } from './pool.ts'

const fix = (command: string): string =>
  `sudo ${command} (without Node on this machine: docker run --rm zaptria/control-plane ${command} --print | sudo sh)`
const again = (machine: Machine): string => `sudo sh ${machine.etc}/${RULES_DIR}/apply.sh`

export const rulesChecks: readonly Check[] = [
  {
    id: 'rules',
    title: 'Host rules',
    needs: 'local docker',
    run: async (machine) => {
      const rules = await installedRules(machine)
      const pools = await poolsInUse(machine)
      const setup = fix(setupCommand(rules, { pools, listen: pools.map(defaultListener) }))
      if (rules === null) return fail('not installed: bots can reach this machine and its networks', setup)
      if (rules === 'older')
        return fail(`of an earlier version, which knows bots by ${BOTS_NETWORK.pool} only: run host setup again`, setup)
      if (rules.version !== rulesVersion()) return fail('of another version than this program: run host setup again', setup)
      const out = missing(rules, { pools, listen: [] }).pools
      if (out.length > 0)
        return fail(
          `they leave out ${out.join(', ')}, where bots are: other machines can reach their listener`,
          fix(setupCommand(rules, { pools: out, listen: out.map(defaultListener) })),
        )
      if (!machine.root) return skip('installed; whether they are in force only root can see: run this with sudo')
      const nft = await machine.read(`${machine.etc}/${RULES_DIR}/rules.nft`)
      return nft === null ? iptablesInForce(machine, setup) : nftInForce(machine, nft, setup)
    },
  },
  {
    id: 'rules-boot',
    title: 'Host rules after a reboot',
    needs: 'local docker',
    run: async (machine) => {
      if ((await machine.read(`${machine.etc}/${RULES_DIR}/apply.sh`)) === null) return skip('not installed')
      if ((await machine.run('systemctl', ['is-system-running'])).stdout.trim().replace('offline', '') === '')
        return warn('no systemd here to bring them back', `Have this run at every boot before Docker: ${again(machine)}`)
      const { stdout } = await machine.run('systemctl', ['is-enabled', UNIT])
      return stdout.trim() === 'enabled'
        ? ok(`${UNIT} brings them back`)
        : fail(`${UNIT} is not enabled`, `sudo systemctl enable --now ${UNIT}`)
    },
  },
]

/** What is installed here, in force or not. */
export async function installedRules(machine: Machine): Promise<Installed> {
  const file = (name: string): Promise<string | null> => machine.read(`${machine.etc}/${RULES_DIR}/${name}`)
  return readInstalled(await file('apply.sh'), await file(SETTINGS_FILE))
}

/** ufw, firewalld, `iptables -F` and `nft flush ruleset` take away what they did not make. */
const goneBy = 'ufw, firewalld or a flush may have taken them'

async function nftInForce(machine: Machine, file: string, setup: string): Promise<Outcome> {
  const ran = await machine.run('nft', ['list', 'table', ...NFT_TABLE.split(' ')])
  if (ran.code === null) return fail('made for nft, which is no longer installed', setup)
  const wanted = await expected(machine, file, 'comment "')
  const there = count(ran.stdout, 'comment "')
  if (there === wanted && ran.stdout.includes(`zaptria ${rulesVersion()})`)) return ok(`${rulesVersion()}, in force by nft`)
  return fail(`installed, but not in force: ${there} of ${wanted} rules are there; ${goneBy}`, again(machine))
}

async function iptablesInForce(machine: Machine, setup: string): Promise<Outcome> {
  for (const [family, tool, file] of [
    ['ipv4', 'iptables', 'rules.v4'],
    ['ipv6', 'ip6tables', 'rules.v6'],
  ] as const) {
    if (family === 'ipv6' && (await machine.read('/proc/net/if_inet6')) === null) continue
    const ran = await machine.run(tool, ['-w', '10', '-S'])
    if (ran.code === null) return fail(`made for ${tool}, which is no longer installed`, setup)
    if (ran.code !== 0) return fail(`${tool} does not answer (${ran.stderr.trim()})`, again(machine))
    const wanted = await expected(machine, (await machine.read(`${machine.etc}/${RULES_DIR}/${file}`)) ?? '', '-A ZAPTRIA-')
    const there = count(ran.stdout, '-A ZAPTRIA-')
    if (there !== wanted || !ran.stdout.includes(`zaptria ${rulesVersion()})`))
      return fail(`installed, but not in force: ${there} of ${wanted} rules of ${tool} are there; ${goneBy}`, again(machine))
    const jump = missingJump(ran.stdout, family)
    if (jump !== null)
      return fail(`in ${tool}, ${jump}; ${goneBy}`, jump.includes('Docker') ? 'sudo systemctl restart docker' : again(machine))
  }
  return ok(`${rulesVersion()}, in force by iptables`)
}

/** Rules that may come before ours: they let nothing in. fail2ban puts its own at the top. */
const ONLY_REFUSES = / -j (?:DROP|REJECT|LOG|NFLOG|f2b-\S+)(?: |$)/

/** What is wrong with the way from the kernel's own chains to ours, or null. */
function missingJump(rules: string, family: Family): string | null {
  const of = (chain: string): string[] => rules.split('\n').filter((line) => line.startsWith(`-A ${chain} `))
  for (const { from, to } of JUMPS[family]) {
    const place = of(from).indexOf(`-A ${from} -j ${to}`)
    if (place === -1) return `${from} does not lead to ${to}`
    // Docker puts its own jumps before ours in FORWARD; DOCKER-USER comes first there, and that is why it leads to ours.
    const before =
      from === 'FORWARD'
        ? undefined
        : of(from)
            .slice(0, place)
            .find((line) => !ONLY_REFUSES.test(line))
    if (before !== undefined) return `${from} decides before it leads to ${to} (${before})`
  }
  if (family === 'ipv6' || of('FORWARD').some((line) => line.endsWith('-j DOCKER-USER'))) return null
  return `FORWARD does not lead to DOCKER-USER, and so not to ${IPTABLES_CHAIN.forward}: Docker’s own rules are missing`
}

/** How many rules a file makes: those about the resolvers once for each. */
async function expected(machine: Machine, file: string, mark: string): Promise<number> {
  const resolvers = ((await machine.read(`${machine.etc}/${RULES_DIR}/resolvers`)) ?? '').split(/\s+/).filter((word) => word !== '').length
  return file
    .split('\n')
    .filter((line) => line.includes(mark))
    .reduce((sum, line) => sum + (line.includes('@RESOLVER@') ? resolvers : 1), 0)
}

function count(text: string, mark: string): number {
  return text.split('\n').filter((line) => line.includes(mark)).length
}
