import { execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { docker, dockerMissing, TEST_BOT_IMAGE, waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerServer, E2E_POOL, ownHost, sweep } from './docker.ts'
import { Ledger, readyForTraffic } from './heals.ts'
import { connected, openShop, type Shop } from './shop.ts'
import { freePorts, startDemo, type System } from './system.ts'

const missing = (await dockerMissing()) ?? (ownHost ? null : 'changes this host’s packet filter: only on a machine for tests')
const CLI = join(import.meta.dirname, '../../apps/cli/src/main.ts')
const LAN = { namespace: 'zaptria-e2e-lan', link: 'zte2elan', host: '192.168.77.1', other: '192.168.77.2' }
const INTERNET = '203.0.113.10'
const METADATA = '169.254.169.254'
const PORT = 8877

const sh = (command: string): string => execFileSync('sh', ['-c', command], { encoding: 'utf8' })

/** A machine on the host's LAN, which is also the internet and a cloud's metadata service: one port answers at all its addresses. */
function makeWorld(): () => void {
  const { namespace, link, host, other } = LAN
  const inside = `ip netns exec ${namespace}`
  const undo = (): void => void sh(`ip netns pids ${namespace} 2>/dev/null | xargs -r kill; ip netns del ${namespace} 2>/dev/null; true`)
  undo()
  sh(`set -e
    ip netns add ${namespace}
    ip link add ${link} type veth peer name eth0 netns ${namespace}
    ip addr add ${host}/24 dev ${link}; ip link set ${link} up
    ${inside} ip link set lo up; ${inside} ip link set eth0 up
    for address in ${other}/24 ${INTERNET}/32 ${METADATA}/32; do ${inside} ip addr add $address dev eth0; done
    ${inside} ip route add default via ${host}
    ip route add ${INTERNET} via ${other}; ip route add ${METADATA} via ${other}`)
  const serve = `require('net').createServer((s) => s.on('error', () => {}).end('x')).listen(${PORT}, '0.0.0.0')`
  spawn('ip', ['netns', 'exec', namespace, process.execPath, '-e', serve], { stdio: 'ignore', detached: true }).unref()
  return undo
}

/** The machine on the LAN; it routes to bots through this host. */
const FROM_LAN = Symbol('LAN')

/** `open`, or how the connection failed, as seen from a bot's container (or from the host, to know that somebody is there to be kept from). */
async function tries(from: string | null | typeof FROM_LAN, host: string, port: number): Promise<string> {
  const code = `const s = require('net').connect(${port}, '${host}', () => { console.log('open'); process.exit() })
    s.on('error', (error) => { console.log(error.code); process.exit() }); setTimeout(() => { console.log('timeout'); process.exit() }, 2500)`
  if (from === FROM_LAN)
    return execFileSync('ip', ['netns', 'exec', LAN.namespace, process.execPath, '-e', code], { encoding: 'utf8' }).trim()
  if (from === null) return execFileSync(process.execPath, ['-e', code], { encoding: 'utf8' }).trim()
  return docker('exec', from, 'node', '-e', code)
}

describe.skipIf(missing !== null)(`a bot behind the host’s rules${missing === null ? '' : ` (${missing})`}`, () => {
  let system: System
  let shop: Shop
  let serverId: string | undefined
  let bot: string
  let neighbour: { name: string; address: string; tenant: string }
  let lab: { host: string; port: number }
  let botsPort: number
  let hostPort: number
  const undo: (() => unknown)[] = []

  beforeAll(async () => {
    undo.push(makeWorld())
    const before = sh('iptables-save | grep -v "^[#:]" | sort')
    expect(before).not.toMatch(/zaptria/i)
    undo.push(() => {
      execFileSync(process.execPath, [CLI, 'host', 'undo'], { stdio: 'pipe' })
      // All that the rules were is gone; what Docker keeps of its own is there.
      expect(
        sh('iptables-save | grep -v "^[#:]" | sort')
          .split('\n')
          .filter((line) => /zaptria/i.test(line)),
      ).toEqual([])
    })
    // As a newcomer does: the rules as they are by default, then the line that the start asks for.
    execFileSync(process.execPath, [CLI, 'host', 'setup'], { stdio: 'pipe' })
    const first = await freePorts(4)
    const start = (): Promise<System> =>
      startDemo({ port: first, env: { ZAPTRIA_DRIVER: 'docker', ZAPTRIA_BOTS_POOL: E2E_POOL, ZAPTRIA_BOT_IMAGE: TEST_BOT_IMAGE } })
    const refused = await start().then(
      () => '',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    )
    const line = /^ +npm run zaptria -- (host setup .*)$/m.exec(refused)?.[1]
    expect(line, refused).toBeDefined()
    execFileSync(process.execPath, [CLI, ...line!.split(' ')], { stdio: 'pipe' })
    system = await start()
    botsPort = first + 1
    shop = await openShop(system)
    serverId = await dockerServer(shop.api)
    await readyForTraffic(shop)
    bot = (await shop.api.bot(shop.tenant)).container_name

    const { id } = await shop.api.call<{ id: string }>('POST', '/tenants', { name: 'Vizinha', subscription: 'paid' })
    // Exposed, so that somebody listens there.
    await shop.api.call('PATCH', `/tenants/${id}/bot`, { expose: 'host' })
    await shop.api.call('POST', `/tenants/${id}/bot/restart`)
    const name = (await shop.api.bot(id)).container_name
    await waitFor(async () => (await shop.api.qr(id)).qr_code !== null && (await shop.api.bot(id)).public_url !== null, {
      timeoutMs: 90_000,
      everyMs: 250,
      what: 'the neighbour to be up and exposed',
    })
    const address = await docker('inspect', name, '--format', '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')
    neighbour = { name, address, tenant: id }

    const args = await docker('inspect', bot, '--format', '{{range .Config.Env}}{{println .}}{{end}}')
    const [, host = '', port] = /MAP web\.whatsapp\.com ([\d.]+):(\d+)/.exec(args) ?? []
    lab = { host, port: Number(port) }

    const server = createServer((socket) => socket.on('error', () => {}).end('x'))
    await new Promise<void>((done) => server.listen(0, '0.0.0.0', done))
    hostPort = (server.address() as AddressInfo).port
    undo.push(() => server.close())
  }, 300_000)

  afterAll(async () => {
    for (const each of undo.toReversed()) await each()
    await system?.stop()
    await sweep(serverId)
  }, 120_000)

  it('reaches its listener, WhatsApp and the internet', async () => {
    expect(await tries(bot, lab.host, botsPort)).toBe('open')
    expect(await tries(bot, lab.host, lab.port)).toBe('open')
    expect(await tries(bot, INTERNET, PORT)).toBe('open')
  })

  it('reaches no neighbour, no port of the host, no private network, no metadata service: all of which are there', async () => {
    const gateway = await docker('inspect', bot, '--format', '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}')
    const published = new URL((await shop.api.bot(neighbour.tenant)).public_url!)
    const primary = sh(
      "ip -4 -o addr show scope global | awk '$2 !~ /^(zpt|docker|br-|veth|zte2e)/ {print $4}' | cut -d/ -f1 | head -1",
    ).trim()
    const targets: [string, string, number][] = [
      ['a neighbour', neighbour.address, 3000],
      ['the host by its own gateway', gateway, hostPort],
      ['the host by Docker’s bridge', '172.17.0.1', hostPort],
      ['the host by its LAN address', LAN.host, hostPort],
      ['the host by the hub', lab.host, hostPort],
      ['a machine on the LAN', LAN.other, PORT],
      ['the metadata service', METADATA, PORT],
      ...(primary === '' ? [] : ([['the host by its main address', primary, hostPort]] as [string, string, number][])),
    ]
    for (const [what, host, port] of targets) {
      expect(await tries(null, host, port), `${what} from the host`).toBe('open')
      expect(await tries(bot, host, port), `${what} from the bot`).not.toBe('open')
    }
    expect(await tries(null, published.hostname, Number(published.port)), 'the exposed neighbour from the host').toBe('open')
    expect(await tries(bot, gateway, Number(published.port)), 'the exposed neighbour through the host').not.toBe('open')
  }, 120_000)

  it('is reached by no machine of the LAN, nor is its listener, though its pool is not the usual one', async () => {
    const targets: [string, string, number][] = [
      ['a bot', neighbour.address, 3000],
      ['the bots’ listener', lab.host, botsPort],
      ['the demo’s WhatsApp', lab.host, lab.port],
      ['another port of the hub', lab.host, hostPort],
    ]
    for (const [what, host, port] of targets) {
      expect(await tries(null, host, port), `${what} from the host`).toBe('open')
      expect(await tries(FROM_LAN, host, port), `${what} from the LAN`).toBe('timeout')
    }
    expect(await tries(FROM_LAN, LAN.host, hostPort), 'the host itself from the LAN').toBe('open')
  }, 60_000)

  it('is connected, and answers', async () => {
    await connected(shop)
    const ledger = new Ledger(shop)
    const { seq } = await ledger.write('ping')
    await shop.lab.waitForMessage({ account: shop.account, contact: shop.contact, body: 'pong', after: seq, timeoutMs: 30_000 })
    await ledger.balance()
  }, 60_000)
})
