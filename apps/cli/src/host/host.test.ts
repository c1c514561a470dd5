import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { rulesChecks } from '../doctor/rules.ts'
import type { Machine } from '../doctor/machine.ts'
import { AT, Namespaces, namespacesMissing } from '../testing/namespaces.ts'
import type { RulesOptions } from './rules.ts'
import { defaultListener } from './rules.ts'
import type { Backend } from './settings.ts'
import { rulesVersion, setupScript, undoScript } from './script.ts'
import { UNIT } from './shell.ts'

const why = namespacesMissing()
const POOL = '10.210.0.0/16'
const DEFAULT_LISTENER = defaultListener(POOL)
const defaults: RulesOptions = { pools: [POOL], listen: [DEFAULT_LISTENER], dns: 'found' }
const script = (backend: Backend, options: Partial<RulesOptions> = {}): string => setupScript({ backend, ...defaults, ...options })

/** A target → what came of it, for many at once. */
const all = (targets: readonly string[], how: string): Record<string, string> => Object.fromEntries(targets.map((target) => [target, how]))

/** What an icmp-admin-prohibited looks like to a program. */
const REFUSED = 'EHOSTUNREACH'

describe.skipIf(why !== null)(`host rules${why === null ? '' : ` (${why})`}`, () => {
  let net: Namespaces
  let before: string

  beforeAll(async () => {
    net = await Namespaces.make()
    before = await net.dump()
  })
  afterEach(async () => {
    net.resolvConf('nameserver 10.99.0.53\n')
    const { code, output } = await net.sh('host', undoScript())
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(await net.dump()).toBe(before)
    expect(existsSync(net.etc)).toBe(false)
  })
  afterAll(() => net[Symbol.asyncDispose]())

  async function setup(text: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { code, output } = await net.sh('host', text, env)
    expect({ code, output }).toMatchObject({ code: 0 })
    return output
  }

  it('without them a bot reaches everything, so that what follows proves something', async () => {
    const everything = Object.values(AT).filter((target) => target !== AT.bot1)
    expect(await net.connect('bot1', [...everything, '[fd77:1::1]:22', '[fd99::2]:80'])).toEqual(
      all([...everything, '[fd77:1::1]:22', '[fd99::2]:80'], 'connected'),
    )
    expect(await net.connect('lan', [AT.listener, AT.bot1])).toEqual(all([AT.listener, AT.bot1], 'connected'))
    expect(await net.ask('bot1', AT.resolver)).toBe('answered')
  })

  describe.each(['iptables', 'nft'] as const)('by %s', (backend) => {
    it('let a bot reach the internet, its listener and the host’s resolver', async () => {
      await setup(script(backend))
      const allowed = [AT.listener, AT.internet, AT.resolver]
      expect(await net.connect('bot1', allowed)).toEqual(all(allowed, 'connected'))
      expect(await net.connect('bot2', allowed)).toEqual(all(allowed, 'connected'))
      expect(await net.ask('bot1', AT.resolver)).toBe('answered')
    })

    it('refuse at once the host, the neighbour, private networks, metadata and mail', async () => {
      await setup(script(backend))
      const { hubOtherPort, ownGateway, neighbourGateway, hostOnLan, hostInPublic, bot2, lan, privateServer } = AT
      const refused: string[] = [hubOtherPort, ownGateway, neighbourGateway, hostOnLan, hostInPublic, bot2, lan, privateServer]
      refused.push(AT.metadata, AT.azure, AT.carrier, AT.mail, AT.resolverOtherPort, '203.0.113.1:8081', '10.210.0.17:8081')
      expect(await net.connect('bot1', refused)).toEqual(all(refused, REFUSED))
      expect(await net.ask('bot1', '10.99.0.53:80')).toBe(REFUSED)
      // Ports that the host forwards: to a bot, and to a place that a bot could reach by its own address.
      const forwarded = ['192.168.77.1:9000', '203.0.113.1:9002']
      expect(await net.connect('bot2', forwarded)).toEqual(all(forwarded, REFUSED))
    })

    it('answer alike for neighbours that are there and that are not, so that a bot cannot count them', async () => {
      await setup(script(backend))
      const addresses = ['10.210.0.33:22', '10.210.0.49:22', '10.210.0.34:8080', '10.210.0.50:8080', '10.210.0.33:7', '10.210.0.34:7']
      expect(await net.connect('bot1', addresses)).toEqual(all(addresses, REFUSED))
      for (const address of ['10.210.0.33:7', '10.210.0.49:7', '10.210.0.34:7']) expect(await net.ask('bot1', address)).toBe(REFUSED)
    })

    it('drop all IPv6 of bots', async () => {
      await setup(script(backend))
      const targets = ['[fd77:1::1]:22', '[fd99::2]:80']
      const answers = await net.connect('bot1', targets)
      expect(Object.values(answers).every((how) => how === 'timeout' || how === 'EHOSTUNREACH')).toBe(true)
      expect(await net.connect('host', ['[fd99::2]:80'])).toEqual(all(['[fd99::2]:80'], 'connected'))
    })

    it('keep the LAN from the listener and from bots, but not from a published port', async () => {
      await setup(script(backend))
      const closed = [AT.listener, AT.ownGateway, AT.bot1]
      expect(await net.connect('lan', closed)).toEqual(all(closed, 'timeout'))
      const open = ['192.168.77.1:9000', AT.hostOnLan]
      expect(await net.connect('lan', open)).toEqual(all(open, 'connected'))
    })

    describe('for bots of another pool', () => {
      const OTHER = '10.50.0.0/16'
      const at = { listener: '10.50.0.1:8081', gateway: '10.50.0.17:22', bot: '10.50.0.18:8080', published: '192.168.77.1:9003' }
      beforeAll(async () => {
        await net.sh('bot2', 'ip addr add 10.50.0.18/28 dev eth0')
        await net.sh('host', 'ip addr add 10.50.0.17/28 dev zpt-bbbb; ip addr add 10.50.0.1/28 dev zpt-hub')
        await net.sh('host', 'iptables -t nat -A PREROUTING -d 192.168.77.1 -p tcp --dport 9003 -j DNAT --to-destination 10.50.0.18:8080')
        before = await net.dump()
      })
      afterAll(async () => {
        await net.sh('bot2', 'ip addr del 10.50.0.18/28 dev eth0')
        await net.sh('host', 'ip addr del 10.50.0.17/28 dev zpt-bbbb; ip addr del 10.50.0.1/28 dev zpt-hub')
        await net.sh('host', 'iptables -t nat -D PREROUTING -d 192.168.77.1 -p tcp --dport 9003 -j DNAT --to-destination 10.50.0.18:8080')
        before = await net.dump()
      })

      it('keep the LAN from them by their bridges’ names alone, but not from a published port', async () => {
        expect(await net.connect('lan', Object.values(at))).toEqual(all(Object.values(at), 'connected'))
        await setup(script(backend))
        expect(await net.connect('lan', [at.bot, at.published])).toEqual({ [at.bot]: 'timeout', [at.published]: 'connected' })
        expect(await net.connect('bot1', [at.bot, at.listener])).toEqual(all([at.bot, at.listener], REFUSED))
      })

      it.each([[[OTHER]], [[POOL, OTHER]]])('keep the LAN from their listener too when told of the pools %j', async (pools) => {
        await setup(script(backend, { pools, listen: pools.map(defaultListener) }))
        const closed = [at.listener, at.gateway, at.bot]
        expect(await net.connect('lan', closed)).toEqual(all(closed, 'timeout'))
        expect(await net.connect('lan', [at.published, AT.hostOnLan])).toEqual(all([at.published, AT.hostOnLan], 'connected'))
        expect(await net.connect('bot2', [at.listener, AT.internet])).toEqual(all([at.listener, AT.internet], 'connected'))
        expect(await net.connect('bot2', [at.gateway, AT.lan, AT.bot1])).toEqual(all([at.gateway, AT.lan, AT.bot1], REFUSED))
        if (pools.includes(POOL)) expect(await net.connect('lan', [AT.listener, AT.bot1])).toEqual(all([AT.listener, AT.bot1], 'timeout'))
      })

      it('leave everybody else’s packets alone', async () => {
        await setup(script(backend, { pools: [POOL, OTHER] }))
        expect(await net.connect('world', [AT.hostInPublic])).toEqual(all([AT.hostInPublic], 'connected'))
        expect(await net.connect('host', [at.bot, at.listener, AT.lan])).toEqual(all([at.bot, at.listener, AT.lan], 'connected'))
      })
    })

    it('do not stand in the host’s own way', async () => {
      await setup(script(backend))
      const open = [AT.listener, AT.hubOtherPort, AT.ownGateway, AT.bot1, AT.bot2, AT.lan, AT.internet, AT.mail, AT.metadata]
      expect(await net.connect('host', open)).toEqual(all(open, 'connected'))
    })

    it('hold for a bot whose bridge has another name, by its address', async () => {
      await setup(script(backend))
      await net.sh('host', 'ip link set zpt-bbbb down && ip link set zpt-bbbb name br-other && ip link set br-other up')
      try {
        await net.sh('host', 'iptables -A FORWARD -i br-other -j ACCEPT')
        expect(await net.connect('bot2', [AT.internet])).toEqual(all([AT.internet], 'connected'))
        const refused = [AT.lan, AT.metadata, AT.hostInPublic]
        expect(await net.connect('bot2', refused)).toEqual(all(refused, REFUSED))
        // Who does not come by a bridge of bots could be anybody with a forged address.
        const dropped = [AT.bot1, AT.listener, AT.neighbourGateway]
        expect(await net.connect('bot2', dropped)).toEqual(all(dropped, 'timeout'))
      } finally {
        await net.sh('host', 'iptables -D FORWARD -i br-other -j ACCEPT')
        await net.sh('host', 'ip link set br-other down && ip link set br-other name zpt-bbbb && ip link set zpt-bbbb up')
      }
    })

    it('let a bot reach a listener that Docker forwards to a container, and a listener on another machine', async () => {
      const forward = '-t nat -%s PREROUTING -d 10.210.0.1 -p tcp --dport 8081 -j DNAT --to-destination 192.168.77.2:8081'
      await net.sh('host', `iptables ${forward.replace('%s', 'A')}; ip addr del 10.210.0.1/28 dev zpt-hub`)
      try {
        await setup(script(backend))
        expect(await net.connect('bot1', [AT.listener, '192.168.77.2:8081'])).toEqual({
          [AT.listener]: 'connected',
          '192.168.77.2:8081': REFUSED,
        })
        await setup(script(backend, { listen: [{ host: '192.168.77.2', port: 8081 }] }))
        expect(await net.connect('bot1', [AT.listener, '192.168.77.2:8081', AT.lan])).toEqual({
          [AT.listener]: REFUSED,
          '192.168.77.2:8081': 'connected',
          [AT.lan]: REFUSED,
        })
      } finally {
        await net.sh('host', `iptables ${forward.replace('%s', 'D')}; ip addr add 10.210.0.1/28 dev zpt-hub`)
      }
    })

    it('take other listeners and resolvers than the usual', async () => {
      await setup(script(backend, { listen: [{ host: '203.0.113.1', port: 9001 }, DEFAULT_LISTENER], dns: ['192.168.77.2'] }))
      expect(await net.connect('bot1', ['203.0.113.1:9001', '203.0.113.1:22', AT.listener, AT.resolver])).toEqual({
        '203.0.113.1:9001': 'connected',
        '203.0.113.1:22': REFUSED,
        [AT.listener]: 'connected',
        [AT.resolver]: REFUSED,
      })
      expect(await net.ask('bot1', '192.168.77.2:53')).toBe('answered')
      // A public listener must not shut the host to everybody else.
      expect(await net.connect('world', ['203.0.113.1:9001', '203.0.113.1:22'])).toEqual(
        all(['203.0.113.1:9001', '203.0.113.1:22'], 'connected'),
      )
    })

    it('let a bot ask a resolver that is the host itself', async () => {
      net.resolvConf('nameserver 192.168.77.1\n')
      await setup(script(backend))
      expect(await net.ask('bot1', '192.168.77.1:53')).toBe('answered')
      expect(await net.connect('bot1', ['192.168.77.1:22'])).toEqual(all(['192.168.77.1:22'], REFUSED))
    })

    it('find the resolvers behind a stub, and keep the last ones when there are none', async () => {
      net.resolvConf('nameserver 127.0.0.53\noptions edns0\n')
      const stub =
        'mount -t tmpfs none /run && mkdir -p /run/systemd/resolve && echo "nameserver 10.99.0.53" >/run/systemd/resolve/resolv.conf'
      await setup(`${stub}\n(\n${script(backend)}\n)`)
      expect(await net.connect('bot1', [AT.resolver])).toEqual(all([AT.resolver], 'connected'))
      await setup(`mount -t tmpfs none /run; sh ${net.etc}/host-rules/apply.sh`)
      expect(await net.connect('bot1', [AT.resolver])).toEqual(all([AT.resolver], 'connected'))
    })

    it('are the same after setting up twice, and after applying again', async () => {
      await setup(script(backend))
      const once = await net.dump()
      const files = readdirSync(`${net.etc}/host-rules`)
      await setup(script(backend))
      expect(await net.dump()).toBe(once)
      await setup(`sh ${net.etc}/host-rules/apply.sh`)
      expect(await net.dump()).toBe(once)
      expect(readdirSync(`${net.etc}/host-rules`)).toEqual(files)
      expect(readdirSync(net.etc)).toEqual(['host-rules'])
    })

    it('replace an older version, also one by the other tool', async () => {
      await setup(script(backend))
      const fresh = await net.dump()
      await net.sh('host', undoScript())
      await setup(script(backend === 'nft' ? 'iptables' : 'nft'))
      await net.sh('host', OLDER)
      expect(await net.connect('bot1', [AT.internet])).not.toEqual(all([AT.internet], 'connected'))
      await setup(script(backend))
      expect(await net.dump()).toBe(fresh)
    })

    it('stay as they were when new ones cannot be applied', async () => {
      await setup(script(backend))
      const inForce = await net.dump()
      const { code, output } = await net.sh('host', script(backend, { listen: [{ host: '10.210.0.1', port: 99_999 }] }))
      expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('nothing was changed') as string })
      expect(await net.dump()).toBe(inForce)
      expect(readdirSync(net.etc)).toEqual(['host-rules'])
    })

    it('are seen by doctor: in force, gone, or decided upon before', async () => {
      const look = async (): Promise<string> => {
        const { state, found, fix } = await rulesChecks[0]!.run(machine(net))
        return [state, found, fix].join(' | ')
      }
      expect(await look()).toMatch(/^fail \| not installed.*host setup/)
      await setup(script(backend))
      expect(await look()).toBe(`ok | ${rulesVersion()}, in force by ${backend} | `)

      await net.sh('host', backend === 'nft' ? 'nft flush chain inet zaptria input' : 'iptables -D INPUT -j ZAPTRIA-INPUT')
      expect(await look()).toMatch(/^fail \|.*(INPUT does not lead to ZAPTRIA-INPUT|of \d+ rules are there).*apply\.sh$/)
      await setup(`sh ${net.etc}/host-rules/apply.sh`)
      expect(await look()).toMatch(/^ok/)
      await net.sh('host', backend === 'nft' ? 'nft delete table inet zaptria' : 'iptables -F ZAPTRIA-FORWARD')
      expect(await look()).toMatch(/^fail \|.* of \d+ rules .*apply\.sh$/)
      await setup(`sh ${net.etc}/host-rules/apply.sh`)

      if (backend === 'iptables') {
        await net.sh('host', 'iptables -I INPUT -p tcp --dport 22 -j ACCEPT; iptables -I INPUT -s 203.0.113.7 -j DROP')
        expect(await look()).toMatch(/^fail \|.*INPUT decides before it leads to ZAPTRIA-INPUT \(-A INPUT -p tcp/)
        await net.sh('host', 'iptables -D INPUT -p tcp --dport 22 -j ACCEPT')
        expect(await look()).toMatch(/^ok/)
        await net.sh('host', 'iptables -D INPUT -s 203.0.113.7 -j DROP; iptables -D FORWARD -j DOCKER-USER')
        expect(await look()).toMatch(/^fail \|.*Docker’s own rules are missing.*restart docker$/)
        await net.sh('host', 'iptables -I FORWARD -j DOCKER-USER')
      }
      const settings = `${net.etc}/host-rules/settings.json`
      writeFileSync(settings, readFileSync(settings, 'utf8').replace(rulesVersion(), '00000000'))
      expect(await look()).toMatch(/^fail \| of another version.*host setup/)
      rmSync(settings)
      expect(await look()).toMatch(/^fail \| of an earlier version.*run host setup again.*host setup/)
      await setup(script(backend))
      expect(await look()).toMatch(/^ok/)
    })
  })

  it('are made by iptables where Docker uses it, by nft where Docker does or iptables is missing', async () => {
    expect(await setup(script('auto'))).toContain('by iptables')
    await net.sh('host', undoScript())
    await net.sh('host', 'nft add table ip docker-bridges')
    expect(await setup(script('auto'))).toContain('by nft')
    await net.sh('host', `nft delete table ip docker-bridges\n${undoScript()}`)
    const hidden = 'mount --bind /dev/null "$(readlink -f "$(command -v iptables)")"'
    expect(await setup(`${hidden}\n${script('auto')}`)).toContain('by nft')
    const { code, output } = await net.sh('host', `${hidden}\n${script('iptables')}`)
    expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining('apt install iptables') as string })
  })

  it('make DOCKER-USER when Docker has not yet, at boot; undo takes it away again', async () => {
    await net.sh('host', 'iptables -D FORWARD -j DOCKER-USER; iptables -F DOCKER-USER; iptables -X DOCKER-USER')
    const bare = await net.dump()
    await setup(script('iptables'))
    expect((await net.sh('host', 'iptables -S DOCKER-USER')).stdout).toBe('-N DOCKER-USER\n-A DOCKER-USER -j ZAPTRIA-FORWARD\n')
    await setup(undoScript())
    expect(await net.dump()).toBe(bare)
    await net.sh('host', 'iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN; iptables -I FORWARD -j DOCKER-USER')
  })

  it('leave an operator’s own rules in DOCKER-USER alone', async () => {
    await net.sh('host', 'iptables -I DOCKER-USER -s 203.0.113.66 -j DROP')
    await setup(script('iptables'))
    await setup(script('iptables'))
    expect((await net.sh('host', 'iptables -S DOCKER-USER')).stdout.split('\n').slice(1, -1)).toEqual([
      '-A DOCKER-USER -j ZAPTRIA-FORWARD',
      '-A DOCKER-USER -s 203.0.113.66/32 -j DROP',
      '-A DOCKER-USER -j RETURN',
    ])
    await setup(undoScript())
    await net.sh('host', 'iptables -D DOCKER-USER -s 203.0.113.66 -j DROP')
  })

  it('come back at boot by a unit of systemd; undo removes it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-units-'))
    const bin = join(dir, 'bin')
    mkdirSync(bin)
    // systemd itself cannot run in here: what it is asked to do is written down.
    writeFileSync(join(bin, 'systemctl'), `#!/bin/sh\necho "$@" >>${dir}/asked\n`, { mode: 0o755 })
    const env = { ZAPTRIA_UNITS: dir, PATH: `${bin}:${process.env['PATH']}` }
    expect(await setup(script('iptables'), env)).toContain('come back at every boot')
    const unit = readFileSync(join(dir, UNIT), 'utf8')
    expect(unit).toContain(`ExecStart=/bin/sh ${net.etc}/host-rules/apply.sh\n`)
    expect(unit).toMatch(/^Before=docker\.service$/m)
    const started = /^ExecStart=(.*)$/m.exec(unit)![1]!
    await net.sh('host', 'iptables -F; iptables -N DOCKER-USER; iptables -I FORWARD -j DOCKER-USER')
    await setup(started)
    expect((await net.sh('host', 'iptables -S INPUT')).stdout).toContain('-A INPUT -j ZAPTRIA-INPUT')
    await setup(undoScript(), env)
    expect(existsSync(join(dir, UNIT))).toBe(false)
    expect(readFileSync(join(dir, 'asked'), 'utf8').trim().split('\n')).toEqual([
      'daemon-reload',
      `enable --quiet ${UNIT}`,
      `restart ${UNIT}`,
      `disable --quiet --now ${UNIT}`,
      'daemon-reload',
    ])
    await net.sh('host', RESTORE_FORWARD)
    rmSync(dir, { recursive: true })
  })

  it('do nothing when only half of the script arrives', async () => {
    const whole = script('iptables')
    for (const part of [0.3, 0.6, 0.9]) await net.sh('host', whole.slice(0, whole.length * part))
    await net.sh('host', whole.slice(0, whole.lastIndexOf('main')))
    expect(await net.dump()).toBe(before)
    expect(existsSync(net.etc)).toBe(false)
  })

  it('need root, and say so', async () => {
    const { code, output } = await net.sh('lan', `setpriv --reuid 65534 --clear-groups sh <<'END-OF-TEST'\n${script('auto')}\nEND-OF-TEST`)
    expect({ code, output }).toEqual({ code: 1, output: 'zaptria: This needs root: pipe it to "sudo sh".\n' })
  })
})

/** Rules such as an older version may have left: other rules in a chain of ours, another chain, more jumps. */
const OLDER = `
iptables -N ZAPTRIA-FORWARD 2>/dev/null; iptables -I ZAPTRIA-FORWARD -i zpt+ -j DROP
iptables -N ZAPTRIA-OLD; iptables -A ZAPTRIA-OLD -j DROP; iptables -I INPUT -i zpt+ -j ZAPTRIA-OLD
iptables -I FORWARD -j ZAPTRIA-FORWARD; iptables -I DOCKER-USER -j ZAPTRIA-FORWARD; iptables -A DOCKER-USER -j ZAPTRIA-FORWARD
nft add table inet zaptria; nft add chain inet zaptria old '{ type filter hook forward priority -20; policy accept; }'
nft add rule inet zaptria old iifname '"zpt*"' drop
`

const RESTORE_FORWARD = `
iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -A FORWARD -i zpt+ -j ACCEPT
iptables -A FORWARD -o zpt+ -j ACCEPT
iptables -A DOCKER-USER -j RETURN
`

/** The host of the test as doctor sees it. */
function machine(net: Namespaces): Machine {
  return {
    run: async (program, args) => {
      const { code, stdout, output } = await net.sh('host', `${program} ${args.join(' ')}`)
      return { code, stdout, stderr: output.slice(stdout.length) }
    },
    read: (path) => Promise.resolve(existsSync(path) ? readFileSync(path, 'utf8') : null),
    space: () => Promise.resolve(null),
    docker: { address: 'none', local: true, get: () => Promise.reject(new Error('none')) },
    root: true,
    etc: net.etc,
    pools: [],
  }
}
