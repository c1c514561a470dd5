import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BOTS_NETWORK, DOCKER_LABEL } from '@zaptria/contract'
import { docker, dockerMissing, sweepDocker, TEST_BOT_IMAGE as IMAGE, waitFor } from '@zaptria/lab/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { driverConformance, FAKE_PROOF } from '../conformance.ts'
import { LIMITS } from '../limits.ts'
import type { InstanceSpec } from '../port.ts'
import { engineAddress, createEngineClient } from '@zaptria/docker'
import type { DockerDriverOptions } from './index.ts'
import { createDockerDriver } from './index.ts'
import { createNetworks } from './networks.ts'
import { overlap, parseSubnet } from './subnets.ts'

/** Not the product's own pool: what a developer runs beside this must not be in the way. */
const POOL = '10.211.0.0/16'
const missing = await dockerMissing()
const SECCOMP = path.join(import.meta.dirname, '../../../../../deploy/bot/seccomp.json')

/** Prints, leaves a marker on its volume, answers at its port, and ends when told to. */
const FAKE_BOT = `
${FAKE_PROOF}
const { appendFileSync, existsSync } = require('node:fs')
const marker = process.env.ZAPTRIA_DATA_DIR + '/marker'
appendFileSync(marker, (existsSync(marker) ? ',' : '') + process.env.HELLO)
process.on('SIGTERM', () => process.exit(0))
require('node:http').createServer((_, answer) => answer.end('ok')).listen(process.env.PORT, process.env.HOST)
console.log('hello ' + process.env.HELLO)
`

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
})

function makeDriver(serverId: string, more: Partial<DockerDriverOptions> = {}) {
  return createDockerDriver({
    client: createEngineClient(engineAddress('unix:///var/run/docker.sock')),
    serverId,
    image: IMAGE,
    pool: POOL,
    command: ['node', '-e', FAKE_BOT],
    seccompProfile: JSON.stringify(JSON.parse(readFileSync(SECCOMP, 'utf8'))),
    ...more,
  })
}

function setUp(more: Partial<DockerDriverOptions> = {}) {
  const serverId = randomUUID()
  const driver = makeDriver(serverId, more)
  const close = async (): Promise<void> => {
    await driver.close()
    await sweepDocker(serverId)
  }
  return { serverId, driver, close }
}

const specOf = (more: Partial<InstanceSpec> = {}): InstanceSpec => {
  const name = `zaptria-test-${randomUUID().slice(0, 8)}`
  return {
    name,
    labels: { tenant: randomUUID(), bot: randomUUID() },
    env: { HELLO: 'first' },
    volume: name,
    generation: 1,
    expose: 'none',
    limits: LIMITS,
    ...more,
  }
}

if (missing === null)
  driverConformance('docker', () => {
    const { driver, close } = setUp()
    return Promise.resolve({
      driver,
      close,
      restartsByItself: true,
      // All but the init and itself: what a crash of the bot is.
      crash: async (name) => void (await docker('exec', name, 'bash', '-c', 'kill -9 -1').catch(() => '')),
      marker: (volume) =>
        docker('run', '--rm', '--network', 'none', '--entrypoint', 'cat', '--volume', `${volume}:/data:ro`, IMAGE, '/data/marker').catch(
          () => null,
        ),
    })
  })

describe.skipIf(missing !== null)(`a bot in a container${missing === null ? '' : ` (${missing})`}`, () => {
  const started = async (more: Partial<InstanceSpec> = {}) => {
    const set = setUp()
    cleanups.push(set.close)
    const spec = specOf(more)
    await set.driver.apply(spec)
    await waitFor(async () => (await set.driver.logs(spec.name, 10)).length > 0, { what: 'its first line' })
    return { ...set, spec }
  }
  type Inspect = {
    Config: { User: string; Env: string[]; Healthcheck: { Interval: number; Timeout: number; Retries: number } }
    HostConfig: Record<string, unknown>
    Mounts: { Type: string; Name: string; Destination: string; RW: boolean }[]
    NetworkSettings: { Networks: Record<string, { IPAddress: string; Gateway: string; GlobalIPv6Address: string }> }
  }
  const inspected = async (name: string): Promise<Inspect> => (JSON.parse(await docker('inspect', name)) as Inspect[])[0]!

  it('proves without a network and without rights, and leaves neither container nor volume', async () => {
    const { driver, serverId, close } = setUp()
    cleanups.push(close)
    const volumes = async (): Promise<string[]> => (await docker('volume', 'ls', '--quiet')).split('\n')
    const before = await volumes()
    const said = await driver.prove({ env: {}, limits: LIMITS, signal: AbortSignal.timeout(60_000), files: [] })
    expect(JSON.parse(said)).toEqual({ files: {}, uid: 10_001, networks: ['lo'] })
    expect(await docker('ps', '--all', '--quiet', '--filter', `label=${DOCKER_LABEL.proof}=${serverId}`)).toBe('')
    expect((await volumes()).filter((volume) => !before.includes(volume))).toEqual([])
  })

  it('has the limits and the seals that the engine was asked for', async () => {
    const { spec } = await started()
    const { Config, HostConfig, Mounts, NetworkSettings } = await inspected(spec.name)
    expect(HostConfig).toMatchObject({
      Memory: 512 * 1024 * 1024,
      MemoryReservation: 256 * 1024 * 1024,
      MemorySwap: 512 * 1024 * 1024,
      NanoCpus: 500_000_000,
      CpuShares: 256,
      PidsLimit: 256,
      ReadonlyRootfs: true,
      Privileged: false,
      CapAdd: null,
      CapDrop: ['ALL'],
      Tmpfs: { '/tmp': expect.stringContaining('size=32m') as string },
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
      LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '3' } },
      PortBindings: {},
      Binds: null,
    })
    expect(HostConfig['SecurityOpt']).toEqual(['no-new-privileges', expect.stringContaining('"unshare"')])
    expect(Config).toMatchObject({ User: '10001:10001', Healthcheck: { Interval: 60e9, Timeout: 10e9, Retries: 3 } })
    expect(Mounts).toEqual([expect.objectContaining({ Type: 'volume', Name: spec.volume, Destination: '/data', RW: true })])
    expect(Object.keys(NetworkSettings.Networks)).toEqual([spec.name])
    expect(NetworkSettings.Networks[spec.name]).toMatchObject({ IPAddress: expect.stringMatching(/^10\.211\./), GlobalIPv6Address: '' })
    const bridge = await docker('network', 'inspect', spec.name, '--format', '{{index .Options "com.docker.network.bridge.name"}}')
    expect(bridge).toMatch(new RegExp(`^${BOTS_NETWORK.bridgePrefix}[0-9a-f]{12}$`))
  })

  it('is found so from inside: no capability, no way to gain one, nothing to write but its volume and a small /tmp', async () => {
    const { spec } = await started()
    const inside = (script: string): Promise<string> => docker('exec', spec.name, 'bash', '-c', script)
    const status = await inside('cat /proc/1/status')
    expect(status).toMatch(/^CapEff:\s+0{16}$/m)
    expect(status).toMatch(/^CapBnd:\s+0{16}$/m)
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m)
    expect(status).toMatch(/^Seccomp:\s+2$/m)
    expect(await inside('id -u')).toBe('10001')
    await expect(inside('touch /usr/x')).rejects.toThrow('Read-only file system')
    await expect(inside('touch /etc/x')).rejects.toThrow('Read-only file system')
    expect(await inside('touch /data/x && echo yes')).toBe('yes')
    await expect(inside('head -c 40M /dev/zero > /tmp/x')).rejects.toThrow('No space left')
    expect(await inside('cat /proc/1/comm')).toBe('tini')
    await expect(inside('ls /var/run/docker.sock')).rejects.toThrow('No such file')
  })

  it.each([
    [
      'its memory limit',
      ['update', '--memory', '1g', '--memory-swap', '1g'],
      'memory limit: 1073741824 instead of 536870912, swap limit: 1073741824 instead of 536870912',
    ],
    ['its restart policy', ['update', '--restart', 'no'], 'restart policy: no instead of always'],
    ['its state: paused', ['pause'], 'paused: true instead of false'],
  ])('somebody changed %s by hand: it is seen, and mended', async (_what, command, found) => {
    const { driver, spec } = await started()
    expect(await driver.inspect(spec.name, spec)).not.toHaveProperty('drift')
    await docker(...command, spec.name)
    expect((await driver.inspect(spec.name, spec)).drift).toEqual({ kind: 'by_hand', what: found })
    await driver.apply(spec)
    const after = await driver.inspect(spec.name, spec)
    expect(after).toMatchObject({ state: 'running', generation: 1 })
    expect(after).not.toHaveProperty('drift')
  })

  it('somebody took it off its network, or put it on another: it is seen, and mended', async () => {
    const { driver, spec } = await started()
    await docker('network', 'connect', 'bridge', spec.name)
    expect((await driver.inspect(spec.name, spec)).drift?.what).toContain('networks: bridge')
    await docker('network', 'disconnect', 'bridge', spec.name)
    expect(await driver.inspect(spec.name, spec)).not.toHaveProperty('drift')
    await docker('network', 'disconnect', spec.name, spec.name)
    expect((await driver.inspect(spec.name, spec)).drift?.what).toContain('networks: none')
    await driver.apply(spec)
    expect(await driver.inspect(spec.name, spec)).not.toHaveProperty('drift')
  })

  it('that was made from other settings is outdated, until it is applied again', async () => {
    const { driver, spec } = await started()
    const wanted = { ...spec, env: { HELLO: 'other' } }
    expect((await driver.inspect(spec.name, wanted)).drift?.kind).toBe('outdated')
    await driver.apply(wanted)
    expect(await driver.inspect(spec.name, wanted)).not.toHaveProperty('drift')
  })

  it('removed by hand is absent, and comes back on its own volume', async () => {
    const { driver, spec } = await started()
    await docker('rm', '--force', spec.name)
    expect((await driver.inspect(spec.name)).state).toBe('absent')
    await driver.apply(spec)
    const marker = (): Promise<string> => docker('exec', spec.name, 'cat', '/data/marker')
    await waitFor(async () => (await marker()) === 'first,first', { what: 'both marks on the volume' })
  })

  it('killed by hand has exited; paused, it can be stopped', async () => {
    const { driver, spec } = await started()
    await docker('kill', spec.name)
    expect(await driver.inspect(spec.name)).toMatchObject({ state: 'exited', detail: 'exit code 137' })
    await driver.apply(spec)
    await docker('pause', spec.name)
    await driver.stop(spec.name)
    expect((await driver.inspect(spec.name)).state).toBe('exited')
  })

  it('that was stopped does not come back when the engine restarts', async () => {
    const { driver, spec } = await started()
    await driver.stop(spec.name)
    expect(await docker('inspect', spec.name, '--format', '{{.HostConfig.RestartPolicy.Name}}')).toBe('no')
  })

  it('is known to a control plane that comes later, and to no other installation', async () => {
    const { serverId, spec } = await started()
    const later = makeDriver(serverId)
    cleanups.push(() => later.close())
    expect(await later.list()).toEqual([expect.objectContaining({ name: spec.name, labels: spec.labels, generation: 1, state: 'running' })])
    expect(await later.inspect(spec.name, spec)).toMatchObject({ state: 'running', generation: 1 })
    expect(await later.inspect(spec.name, spec)).not.toHaveProperty('drift')

    const other = makeDriver(randomUUID())
    cleanups.push(() => other.close())
    expect(await other.list()).toEqual([])
    const theirs = /a container named .* is there that this server did not make/
    await expect(other.inspect(spec.name)).rejects.toThrow(theirs)
    await expect(other.apply(spec)).rejects.toThrow(theirs)
    await expect(other.remove(spec.name)).rejects.toThrow(theirs)
    expect((await later.inspect(spec.name)).state).toBe('running')
  })

  it('whose program ends at once is being restarted, and says with which code', async () => {
    const set = setUp({ command: ['node', '-e', 'process.exit(3)'] })
    cleanups.push(set.close)
    const spec = specOf()
    await set.driver.apply(spec)
    const waiting = async (): Promise<boolean> => {
      const { state, detail } = await set.driver.inspect(spec.name)
      return state === 'creating' && /exit code 3/.test(detail ?? '')
    }
    await waitFor(waiting, { what: 'it to wait for its next start' })
    await set.driver.remove(spec.name)
    expect((await set.driver.inspect(spec.name)).state).toBe('absent')
  })

  it('out of memory is killed and says so', async () => {
    const eater = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(32e6, 1)), 20)'
    const set = setUp({ command: ['node', '-e', eater] })
    cleanups.push(set.close)
    const spec = specOf({ limits: { ...LIMITS, memoryBytes: 128 * 1024 * 1024, memoryReservationBytes: 64 * 1024 * 1024 } })
    await set.driver.apply(spec)
    await waitFor(async () => /out of memory|137/.test((await set.driver.inspect(spec.name)).detail ?? ''), { what: 'the kill to be seen' })
    set.driver.subscribe(() => {})
    await waitFor(async () => (await set.driver.inspect(spec.name)).ended === 'out of memory, exit code 137', {
      timeoutMs: 20_000,
      what: 'its end to be known after its restart',
    })
    expect((await set.driver.inspect(spec.name)).restarts).toBeGreaterThan(0)
  })

  it('stopped by an engine that shuts down is not taken for ended: it comes back with the engine', async () => {
    const { serverId, spec } = await started()
    const dir = mkdtempSync(path.join(tmpdir(), 'zaptria-engine-'))
    cleanups.push(() => Promise.resolve(rmSync(dir, { recursive: true })))
    const door = path.join(dir, 'docker.sock')
    const open = async (): Promise<Server> => {
      const front = createServer((from) => pipe(from))
      await new Promise<void>((done) => front.listen(door, done))
      return front
    }
    // As dockerd does it: the door is closed first, old connections are served, then the containers are stopped.
    const front = await open()
    const engine: (string | null)[] = []
    const driver = makeDriver(serverId, {
      client: createEngineClient(engineAddress(`unix://${door}`)),
      engine: (away) => engine.push(away?.message ?? null),
    })
    cleanups.push(() => driver.close())
    driver.subscribe(() => {})
    expect((await driver.inspect(spec.name)).state).toBe('running')
    front.close()
    await docker('kill', spec.name)
    await expect(driver.inspect(spec.name)).rejects.toThrow('the engine is shutting down')
    for (const socket of sockets) socket.destroy()
    await waitFor(() => engine.length > 0, { what: 'the engine to be missed' })
    const again = await open()
    cleanups.push(() => Promise.resolve(again.close()))
    // Now it is somebody's hand.
    expect((await driver.inspect(spec.name)).state).toBe('exited')
    await waitFor(() => engine.length > 1, { timeoutMs: 15_000, what: 'the engine to be back' })
    expect(engine).toEqual([expect.stringContaining(`no engine listens at ${door}`), null])
  })

  it('whose image was removed from the engine meanwhile goes on, and is not said to have changed', async () => {
    const { serverId, spec } = await started()
    const later = makeDriver(serverId, { image: 'zaptria/removed:1' })
    cleanups.push(() => later.close())
    expect(await later.inspect(spec.name, spec)).toMatchObject({ state: 'running' })
  })

  it('that the engine does not want to start says why, in its words, and leaves nothing behind', async () => {
    const set = setUp({ exposeOn: '192.0.2.77' })
    cleanups.push(set.close)
    const spec = specOf({ expose: 'host' })
    await expect(set.driver.apply(spec)).rejects.toThrow(/the engine refused \(starting it\): .*cannot assign requested address/)
    expect((await set.driver.inspect(spec.name)).state).toBe('absent')
  })

  it('whose image is not there and cannot be had: says which, and what to do', async () => {
    const set = setUp({ image: 'localhost:1/zaptria/none:1' })
    cleanups.push(set.close)
    await expect(set.driver.apply(specOf())).rejects.toThrow(/the image localhost:1\/zaptria\/none:1 is not on the server .*npm run image/)
  })
})

describe.skipIf(missing !== null)('the networks of bots', () => {
  it('keep clear of what the machine uses itself, and say so when nothing is left', async () => {
    const range = (text: string) => ({ ...parseSubnet(text)!, by: 'eth9' })
    let used = [range('10.211.0.0/20')]
    const { driver, close } = setUp({ hostRanges: () => Promise.resolve(used) })
    cleanups.push(close)
    const spec = specOf()
    await driver.apply(spec)
    const subnet = parseSubnet(await docker('network', 'inspect', spec.name, '--format', '{{(index .IPAM.Config 0).Subnet}}'))!
    expect(overlap(subnet, used[0]!)).toBe(false)
    used = [range('10.211.0.0/16')]
    await expect(driver.apply(specOf())).rejects.toThrow('in use on the machine itself: 10.211.0.0/16 by the interface eth9')
  })

  it('are 300 without running out, none over another, and leave with their bots', async () => {
    const { serverId, driver, close } = setUp()
    cleanups.push(close)
    const specs = Array.from({ length: 300 }, () => specOf())
    const client = createEngineClient(engineAddress('unix:///var/run/docker.sock'))
    cleanups.push(() => Promise.resolve(client.close()))
    const networks = createNetworks(client, { pool: POOL, subnetBits: BOTS_NETWORK.subnetBits })
    for (const spec of specs) await networks.ensure(spec.name, { [DOCKER_LABEL.server]: serverId })
    const ours = (await networks.list()).filter(({ Labels }) => Labels[DOCKER_LABEL.server] === serverId)
    expect(new Set(ours.map(({ IPAM }) => IPAM.Config[0]?.Subnet)).size).toBe(300)
    // A bot gets up on the last of them.
    const last = specs.at(-1)!
    await driver.apply(last)
    expect((await driver.inspect(last.name)).state).toBe('running')
    await driver.remove(last.name)
    expect((await networks.list()).map(({ Name }) => Name)).not.toContain(last.name)
    for (const spec of specs) await networks.remove(spec.name)
    expect((await networks.list()).filter(({ Labels }) => Labels[DOCKER_LABEL.server] === serverId)).toEqual([])
  }, 600_000)
})

const sockets = new Set<Socket>()

/** One connection through to the engine. */
function pipe(from: Socket): void {
  const to = connect('/var/run/docker.sock')
  sockets.add(from)
  from.pipe(to).pipe(from)
  from.on('error', () => to.destroy()).on('close', () => (sockets.delete(from), to.destroy()))
  to.on('error', () => from.destroy())
}
