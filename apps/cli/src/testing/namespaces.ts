import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { connectArgs } from '../doctor/connect.ts'

/** Why network tests cannot run on this machine, or null. */
export function namespacesMissing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux'
  const missing = ['ip', 'iptables', 'ip6tables', 'nft', 'sysctl'].filter((tool) => !works(tool))
  if (missing.length > 0) return `needs ${missing.join(', ')}`
  const allowed =
    spawnSync('unshare', ['--net', '--mount', 'ip', 'link', 'add', 'zpt-try', 'type', 'bridge'], { stdio: 'ignore' }).status === 0
  return allowed ? null : 'this root may not make network namespaces'
}

function works(tool: string): boolean {
  try {
    execFileSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export type Ran = { code: number; stdout: string; output: string }
export type Place = 'host' | 'bot1' | 'bot2' | 'lan' | 'world'

/** Everything that can be tried: who is where, and which of its ports answers. */
export const AT = {
  listener: '10.210.0.1:8081',
  hubOtherPort: '10.210.0.1:22',
  ownGateway: '10.210.0.17:22',
  neighbourGateway: '10.210.0.33:22',
  hostOnLan: '192.168.77.1:22',
  hostInPublic: '203.0.113.1:22',
  bot1: '10.210.0.18:8080',
  bot2: '10.210.0.34:8080',
  lan: '192.168.77.2:80',
  privateServer: '10.20.0.2:80',
  internet: '203.0.113.10:443',
  mail: '203.0.113.10:25',
  metadata: '169.254.169.254:80',
  azure: '168.63.129.16:80',
  carrier: '100.64.0.9:80',
  resolver: '10.99.0.53:53',
  resolverOtherPort: '10.99.0.53:80',
} as const

const SERVE = `
const net = require('node:net'), dgram = require('node:dgram')
const ports = JSON.parse(process.argv[1])
// By name, so that answers come from the address that was asked.
const resolver = process.argv[2]
let open = ports.length + (resolver ? 1 : 0)
const ready = () => { if (--open === 0) console.log('ready') }
for (const port of ports) net.createServer((socket) => socket.on('error', () => {}).end()).listen({ host: '::', port }, ready)
if (resolver) {
  const dns = dgram.createSocket('udp4')
  dns.on('message', (text, from) => dns.send(text, from.port, from.address)).bind(53, resolver, ready)
}
`

const ASK = `
const [host, port] = process.argv[1].split(':')
const socket = require('node:dgram').createSocket('udp4')
const end = (how) => { console.log(how); process.exit() }
setTimeout(end, 1500, 'timeout')
socket.on('message', () => end('answered')).on('error', (error) => end(error.code))
socket.connect(Number(port), host, () => socket.send('?'))
`

/**
 * Network namespaces that play a host with two bots behind bridges of their own, a machine on its LAN, and the world: the internet, a
 * cloud's metadata, a private resolver. The host has rules like Docker's, but lets bots through to each other: what then keeps them apart is
 * what the test has installed.
 */
export class Namespaces implements AsyncDisposable {
  readonly #id = randomBytes(3).toString('hex')
  readonly #servers: { end: () => Promise<void> }[] = []
  readonly etc = join(mkdtempSync(join(tmpdir(), 'zaptria-host-')), 'etc')

  static async make(): Promise<Namespaces> {
    const made = new Namespaces()
    try {
      await made.#build()
      return made
    } catch (error) {
      await made[Symbol.asyncDispose]()
      throw error
    }
  }

  name(place: Place): string {
    return `zt${this.#id}-${place}`
  }

  async #build(): Promise<void> {
    for (const place of PLACES) await must(`ip netns add ${this.name(place)}; ip -n ${this.name(place)} link set lo up`)
    // `ip netns exec` shows this file as /etc/resolv.conf.
    mkdirSync(this.#netnsEtc, { recursive: true })
    this.resolvConf('nameserver 10.99.0.53\n')
    const host = this.name('host')
    const wire = (place: Place, inside: string, theirs: string[]): string =>
      `ip link add ${inside} netns ${host} type veth peer name eth0 netns ${this.name(place)}
      ip -n ${host} link set ${inside} up; ip -n ${this.name(place)} link set eth0 up
      ${theirs.map((address) => `ip -n ${this.name(place)} addr add ${address} dev eth0`).join('\n')}`
    await must(`
      for ns in ${PLACES.map((place) => this.name(place)).join(' ')}; do
        ip netns exec $ns sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
      done
      # The kernel says "refused" only so often, which here would look like packets that were dropped.
      ip netns exec ${host} sysctl -qw net.ipv4.icmp_ratelimit=0
      ip netns exec ${host} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
      ${wire('bot1', 'bot1', ['10.210.0.18/28', 'fd77:1::2/64'])}
      ${wire('bot2', 'bot2', ['10.210.0.34/28'])}
      ${wire('lan', 'lan', ['192.168.77.2/24', '10.20.0.2/24'])}
      ${wire('world', 'eth0', ['203.0.113.10/24', '169.254.169.254/32', '168.63.129.16/32', '100.64.0.9/32', '10.99.0.53/32', 'fd99::2/64'])}
      for bridge in "zpt-hub 10.210.0.1/28" "zpt-aaaa 10.210.0.17/28" "zpt-bbbb 10.210.0.33/28"; do
        set -- $bridge
        ip -n ${host} link add $1 type bridge
        ip -n ${host} addr add $2 dev $1
        ip -n ${host} link set $1 up
      done
      ip -n ${host} link set bot1 master zpt-aaaa
      ip -n ${host} link set bot2 master zpt-bbbb
      ip -n ${host} addr add 192.168.77.1/24 dev lan
      ip -n ${host} addr add 10.20.0.1/24 dev lan
      ip -n ${host} addr add 203.0.113.1/24 dev eth0
      ip -n ${host} addr add fd77:1::1/64 dev zpt-aaaa
      ip -n ${host} addr add fd99::1/64 dev eth0
      ip -n ${host} route add default via 203.0.113.10
      ip -n ${this.name('bot1')} route add default via 10.210.0.17
      ip -n ${this.name('bot1')} route add default via fd77:1::1
      ip -n ${this.name('bot2')} route add default via 10.210.0.33
      ip -n ${this.name('lan')} route add 10.210.0.0/16 via 192.168.77.1
      ip -n ${this.name('lan')} route add 10.50.0.0/16 via 192.168.77.1
      ip -n ${this.name('world')} route add fd77:1::/64 via fd99::1`)
    await this.sh('host', DOCKER_LIKE)
    await this.#serve('host', [22, 8081, 9001], '192.168.77.1')
    await this.#serve('bot1', [8080])
    await this.#serve('bot2', [8080])
    await this.#serve('lan', [80, 8081], '192.168.77.2')
    await this.#serve('world', [25, 53, 80, 443], '10.99.0.53')
  }

  get #netnsEtc(): string {
    return join('/etc/netns', this.name('host'))
  }

  resolvConf(text: string): void {
    writeFileSync(join(this.#netnsEtc, 'resolv.conf'), text)
  }

  async #serve(place: Place, ports: readonly number[], resolver = ''): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', this.name(place), process.execPath, '-e', SERVE, JSON.stringify(ports), resolver], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = new Promise<void>((done) => child.once('close', () => done()))
    this.#servers.push({
      end: () => {
        child.kill('SIGKILL')
        return closed
      },
    })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    await waitFor(() => said.includes('ready'), { what: `servers of ${place}` })
  }

  /** Runs a shell script in a place, with the host's rules kept in a directory of this test. */
  sh(place: Place, script: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return execute(['netns', 'exec', this.name(place), 'sh'], script, { ZAPTRIA_ETC: this.etc, ...env })
  }

  /** Single TCP connection attempts, all at once: target → "connected", an error's code, or "timeout". */
  async connect(place: Place, targets: readonly string[]): Promise<Record<string, string>> {
    const argv = ['netns', 'exec', this.name(place), process.execPath, ...connectArgs(targets, 1500)]
    const { stdout, output } = await execute(argv, '')
    try {
      return JSON.parse(stdout) as Record<string, string>
    } catch (error) {
      throw new Error(`No answer from ${place}: ${output}`, { cause: error })
    }
  }

  /** One UDP packet: "answered", an error's code, or "timeout". */
  async ask(place: Place, target: string): Promise<string> {
    return (await execute(['netns', 'exec', this.name(place), process.execPath, '-e', ASK, target], '')).stdout.trim()
  }

  /** All rules of the host, as both tools tell them, without counters. */
  async dump(): Promise<string> {
    const { stdout } = await this.sh('host', 'iptables-save; ip6tables-save; nft -s list ruleset')
    return stdout
      .split('\n')
      .filter((line) => !line.startsWith('#'))
      .map((line) => line.replace(/\[\d+:\d+\]/, '').replace(/counter packets \d+ bytes \d+/, 'counter'))
      .join('\n')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map(({ end }) => end()))
    for (const place of PLACES) await execute(['netns', 'del', this.name(place)], '')
    rmSync(this.#netnsEtc, { recursive: true, force: true })
    // The directory of all namespaces: only when nobody else's is in it.
    await rmdir('/etc/netns').catch(() => {})
    rmSync(join(this.etc, '..'), { recursive: true, force: true })
  }
}

const PLACES: readonly Place[] = ['host', 'bot1', 'bot2', 'lan', 'world']

/** What Docker puts there, less its walls between networks, and one published port. Both tables of each family exist, as on any Docker host. */
const DOCKER_LIKE = `
set -e
iptables-restore <<E
*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
-A PREROUTING -d 192.168.77.1/32 -p tcp -m tcp --dport 9000 -j DNAT --to-destination 10.210.0.18:8080
-A PREROUTING -d 203.0.113.1/32 -p tcp -m tcp --dport 9002 -j DNAT --to-destination 203.0.113.10:443
-A POSTROUTING -s 10.210.0.0/16 -o eth0 -j MASQUERADE
-A POSTROUTING -s 10.210.0.0/16 -o lan -j MASQUERADE
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -i zpt+ -j ACCEPT
-A FORWARD -o zpt+ -j ACCEPT
-A DOCKER-USER -j RETURN
COMMIT
E
ip6tables-restore <<E
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
COMMIT
E
`

function execute(argv: readonly string[], input: string, env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((done) => {
    const child = execFile('ip', argv, { env: { ...process.env, ...env }, timeout: 60_000 }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), stdout, output: stdout + stderr }),
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

async function must(script: string): Promise<void> {
  await new Promise<void>((done, fail) => {
    const child = execFile('sh', ['-e'], (error, stdout, stderr) =>
      error === null ? done() : fail(new Error(stdout + stderr, { cause: error })),
    )
    child.stdin?.end(script)
  })
}
