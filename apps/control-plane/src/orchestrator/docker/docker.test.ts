import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LIMITS } from '../limits.ts'
import type { InstanceSpec } from '../port.ts'
import type { ContainerInspect } from './answers.ts'
import { ContainerStats } from './answers.ts'
import { containerBody, containerLabels, driftOf } from './container.ts'
import { poolFault, routesIn, takenOf, widerThan } from './host.ts'
import { mayPull, splitReference } from './images.ts'
import { logLines } from './logs.ts'
import { bridgeName } from './networks.ts'
import { detailOf, stateOf } from './report.ts'
import { cpuRatio, usedMemory } from './stats.ts'
import { formatSubnet, freeSubnet, gatewayOf, hubSubnet, overlap, parseSubnet } from './subnets.ts'
import type { Subnet } from './subnets.ts'

describe('the pool', () => {
  const pool = parseSubnet('10.210.0.0/16')!

  it.each([
    ['10.210.7.9/16', '10.210.0.0/16'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
  ])('%s is the network %s', (text, network) => {
    expect(formatSubnet(parseSubnet(text)!)).toBe(network)
  })
  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.256/8', '10.0.0/8', 'fd00::/64', ''])('%s is none', (text) => {
    expect(parseSubnet(text)).toBeNull()
  })

  it('begins with the hub, whose gateway is its first address', () => {
    expect(formatSubnet(hubSubnet(pool, 28))).toBe('10.210.0.0/28')
    expect(gatewayOf(hubSubnet(pool, 28))).toBe('10.210.0.1')
    expect(formatSubnet(freeSubnet(pool, 28, [])!)).toBe('10.210.0.16/28')
  })

  it('fills gaps, keeps clear of what others took, and ends', () => {
    const taken = ['10.210.0.16/28', '10.210.0.48/28', '10.0.0.0/8'].map((text) => parseSubnet(text)!)
    expect(formatSubnet(freeSubnet(pool, 28, taken.slice(0, 2))!)).toBe('10.210.0.32/28')
    expect(freeSubnet(pool, 28, taken)).toBeNull()
    expect(formatSubnet(freeSubnet(pool, 28, [parseSubnet('10.210.0.0/24')!])!)).toBe('10.210.1.0/28')
    expect(freeSubnet(parseSubnet('10.210.0.0/27')!, 28, [parseSubnet('10.210.0.16/28')!])).toBeNull()
  })

  it('gives, whatever is taken, a subnet of its own that overlaps nothing, as long as there is one', () => {
    const small = parseSubnet('10.210.0.0/22')!
    const subnets = fc.array(
      fc.record({ base: fc.integer({ min: 0, max: 2000 }), bits: fc.integer({ min: 24, max: 32 }) }).map(({ base, bits }): Subnet => {
        const size = 2 ** (32 - bits)
        return { base: small.base - 512 + Math.floor(base / size) * size, bits }
      }),
      { maxLength: 80 },
    )
    fc.assert(
      fc.property(subnets, (taken) => {
        const found = freeSubnet(small, 28, taken)
        const all = Array.from({ length: 63 }, (_, index): Subnet => ({ base: small.base + (index + 1) * 16, bits: 28 }))
        const first = all.find((one) => !taken.some((other) => overlap(one, other)))
        expect(found).toEqual(first ?? null)
      }),
    )
  })

  it('has bridges that the kernel takes and the host’s rules know', () => {
    expect(bridgeName('zaptria-bot-0123456789ab')).toMatch(/^zpt[0-9a-f]{12}$/)
    expect(bridgeName('a')).not.toBe(bridgeName('b'))
  })
})

describe('the machine’s own ranges', () => {
  const pool = parseSubnet('10.210.0.0/16')!
  const HEAD = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT'
  const on = (...lines: string[]) => routesIn([HEAD, ...lines].join('\n'))
  const DEFAULT = 'eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0'
  const LAN = 'eth1\t0005D20A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0'
  const ALL = 'tun0\t0000D20A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0'
  const WIDE = 'wg0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0'
  const HUB = 'zpt-hub\t0000D20A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0'
  const HALF = 'tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0'
  const REFUSED = '*\t0000D20A\t00000000\t0201\t0\t0\t0\t0000FFFF\t0\t0\t0'

  it('are read from the kernel: routes, and gateways that must stay in reach', () => {
    expect(on(DEFAULT, LAN).map((range) => [formatSubnet(range), range.by])).toEqual([
      ['0.0.0.0/0', 'eth0'],
      ['192.0.2.1/32', 'eth0'],
      ['10.210.5.0/24', 'eth1'],
    ])
    expect(on(REFUSED)).toEqual([])
  })

  it('inside the pool are left out', () => {
    const taken = takenOf(pool, on(DEFAULT, LAN, HUB, WIDE, HALF))
    expect(taken.map(({ by }) => by)).toEqual(['eth1'])
    expect(formatSubnet(freeSubnet(pool, 28, [parseSubnet('10.210.0.0/22')!, parseSubnet('10.210.4.0/24')!, ...taken])!)).toBe(
      '10.210.6.0/28',
    )
  })

  it('where the hub has to be make the pool useless, and it says why and what else', () => {
    expect(poolFault(pool, 28, on(DEFAULT, ALL))).toBe(
      'the bots’ range 10.210.0.0/16 is in use on this machine: 10.210.0.0/16 by the interface tun0. Set ZAPTRIA_BOTS_POOL to a range that nothing uses, for example 10.211.0.0/16',
    )
    expect(poolFault(pool, 28, on(DEFAULT, LAN))).toBeNull()
    // Bots run there already.
    expect(poolFault(pool, 28, on(HUB, ALL))).toBeNull()
  })

  it('that hold the pool are told of, unless they are the way to everything', () => {
    expect(widerThan(pool, on(DEFAULT, HALF, WIDE)).map(({ by }) => by)).toEqual(['wg0'])
    expect(poolFault(pool, 28, on(WIDE))).toBeNull()
  })
})

describe('what the engine says', () => {
  it.each([
    ['alpine', 'alpine', 'latest'],
    ['zaptria/bot:0.1.0', 'zaptria/bot', '0.1.0'],
    ['registry.example.com:5000/zaptria/bot', 'registry.example.com:5000/zaptria/bot', 'latest'],
    ['registry.example.com:5000/zaptria/bot:1', 'registry.example.com:5000/zaptria/bot', '1'],
    ['zaptria/bot@sha256:abc', 'zaptria/bot', 'sha256:abc'],
    ['zaptria/bot:1@sha256:abc', 'zaptria/bot', 'sha256:abc'],
  ])('the image %s', (reference, name, tag) => {
    expect(splitReference(reference)).toEqual({ name, tag })
  })

  it.each([
    ['zaptria/bot:latest', false],
    ['bot', false],
    ['registry.example.com/zaptria/bot:1', true],
    ['localhost:5000/bot', true],
    ['localhost/bot', true],
    [`zaptria/bot@sha256:${'a'.repeat(64)}`, true],
  ])('the image %s may be pulled: %s', (reference, may) => {
    expect(mayPull(reference)).toBe(may)
  })

  it('memory is what cannot be dropped, in both versions of cgroups', () => {
    const stats = (memory: unknown) => ContainerStats.parse({ cpu_stats: { cpu_usage: { total_usage: 1 } }, memory_stats: memory })
    expect(usedMemory(stats({ usage: 100, stats: { total_inactive_file: 30, inactive_file: 10 } }))).toBe(70)
    expect(usedMemory(stats({ usage: 100, stats: { inactive_file: 40 } }))).toBe(60)
    expect(usedMemory(stats({ usage: 10, stats: { inactive_file: 40 } }))).toBe(0)
    expect(usedMemory(stats({}))).toBeNull()
  })

  it('processors in use are counted between two looks', () => {
    expect(cpuRatio(undefined, { ns: 5e9, atMs: 1000 })).toBeNull()
    expect(cpuRatio({ ns: 1e9, atMs: 1000 }, { ns: 1.5e9, atMs: 2000 })).toBe(0.5)
    expect(cpuRatio({ ns: 9e9, atMs: 1000 }, { ns: 1e9, atMs: 2000 })).toBeNull()
  })

  it('log lines come in frames, which may cut a line in two', () => {
    const frame = (text: string, stream = 1): Buffer => {
      const head = Buffer.alloc(8)
      head[0] = stream
      head.writeUInt32BE(Buffer.byteLength(text), 4)
      return Buffer.concat([head, Buffer.from(text)])
    }
    const frames = Buffer.concat([
      frame('2026-11-24T10:00:00.123456789Z {"msg":"olá'),
      frame('"}\n2026-11-24T10:00:01.5Z short\n'),
      frame('2026-11-24T10:00:02.000000001Z err\n', 2),
    ])
    expect(logLines(frames)).toEqual([
      { at: '2026-11-24T10:00:00.123Z', line: '{"msg":"olá"}' },
      { at: null, line: '2026-11-24T10:00:01.5Z short' },
      { at: '2026-11-24T10:00:02.000Z', line: 'err' },
    ])
    expect(logLines(Buffer.concat([frame('whole\n'), frame('cut').subarray(0, 5)]))).toEqual([{ at: null, line: 'whole' }])
  })
})

describe('a container', () => {
  const spec: InstanceSpec = {
    name: 'zaptria-bot-1',
    labels: { tenant: 't', bot: 'b' },
    env: { BOT_TOKEN: 'x', A: '1' },
    volume: 'zaptria-bot-1',
    generation: 2,
    expose: 'none',
    limits: LIMITS,
  }
  const settings = { serverId: 's', seccompProfile: '{}', exposeOn: '127.0.0.1' }
  const body = containerBody(spec, 'sha256:1', settings)
  const found = (more: { [K in keyof ContainerInspect]?: Partial<ContainerInspect[K]> } = {}): ContainerInspect => ({
    Id: 'id',
    Name: '/zaptria-bot-1',
    Image: 'sha256:1',
    RestartCount: 0,
    ...(more as object),
    State: {
      Status: 'running',
      Running: true,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      ExitCode: 0,
      Error: '',
      StartedAt: '2026-11-24T10:00:00Z',
      Pid: 1,
      ...more.State,
    },
    Config: { Labels: containerLabels(spec, 's', body), ...more.Config },
    HostConfig: { ...body.HostConfig, ...more.HostConfig },
    NetworkSettings: { Networks: { 'zaptria-bot-1': {} }, ...more.NetworkSettings },
  })

  it('is made the same whenever it is made, whatever the order of its environment', () => {
    const again = containerBody({ ...spec, env: { A: '1', BOT_TOKEN: 'x' } }, 'sha256:1', settings)
    expect(again).toEqual(body)
    expect(driftOf(again, found())).toBeNull()
  })

  it.each<[string, Partial<InstanceSpec>]>([
    ['a setting', { env: { BOT_TOKEN: 'x', A: '2' } }],
    ['its token', { env: { BOT_TOKEN: 'y', A: '1' } }],
    ['where it is exposed', { expose: 'host' }],
    ['a limit', { limits: { ...LIMITS, pids: 100 } }],
  ])('made from another %s is outdated', (_what, change) => {
    expect(driftOf(containerBody({ ...spec, ...change }, 'sha256:1', settings), found())?.kind).toBe('outdated')
  })
  it('of another image is outdated; of another generation it is a matter of the plan', () => {
    expect(driftOf(containerBody(spec, 'sha256:2', settings), found())?.kind).toBe('outdated')
    expect(driftOf(containerBody({ ...spec, generation: 3 }, 'sha256:1', settings), found())).toBeNull()
  })

  it('has no secret in its labels', () => {
    expect(JSON.stringify(containerLabels({ ...spec, env: { BOT_TOKEN: 'the-token' } }, 's', body))).not.toContain('the-token')
  })

  it.each<[string, Partial<ContainerInspect['State']>, string, string | null]>([
    ['runs', {}, 'running', null],
    ['is unhealthy', { Health: { Status: 'unhealthy' } }, 'running', 'its health check fails'],
    ['is paused', { Status: 'paused' }, 'running', 'paused by hand'],
    ['ended', { Status: 'exited', ExitCode: 1 }, 'exited', 'exit code 1'],
    ['ran out of memory', { Status: 'exited', ExitCode: 137, OOMKilled: true }, 'exited', 'out of memory, exit code 137'],
    ['is being restarted', { Status: 'restarting', ExitCode: 2 }, 'creating', 'restarting (0 times so far): exit code 2'],
    ['was never started', { Status: 'created' }, 'exited', 'made, but never started'],
    ['is going', { Status: 'removing' }, 'unknown', 'being removed'],
    ['is half gone', { Status: 'dead', ExitCode: 0, Error: 'driver failed' }, 'exited', 'exit code 0: driver failed'],
  ])('that %s', (_what, state, expected, detail) => {
    const container = found({ State: state })
    expect(stateOf(container.State.Status)).toBe(expected)
    expect(detailOf(container)).toBe(detail)
  })
})
