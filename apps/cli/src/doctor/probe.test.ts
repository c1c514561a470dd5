import { execFile, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { waitFor } from '@zaptria/lab/testing'
import type { TestDocker } from '../testing/docker.ts'
import { dockerMissing, startDocker } from '../testing/docker.ts'
import { AT, Namespaces, namespacesMissing } from '../testing/namespaces.ts'
import type { Finding } from './check.ts'
import { ANSWER } from './connect.ts'
import { TRIAL_LABEL } from './trial.ts'

const why = namespacesMissing() ?? dockerMissing()
const MAIN = join(import.meta.dirname, '../main.ts')

describe.skipIf(why !== null)(`the trial with a container${why === null ? '' : ` (${why})`}`, { timeout: 90_000 }, () => {
  let net: Namespaces
  let docker: TestDocker
  const bin = mkdtempSync(join(tmpdir(), 'zaptria-doctor-'))

  beforeAll(async () => {
    net = await Namespaces.make()
    docker = await startDocker(net.name('host'))
    writeFileSync(join(bin, 'docker'), '#!/bin/sh\nexit 127\n', { mode: 0o755 })
  }, 90_000)
  afterAll(async () => {
    await docker?.[Symbol.asyncDispose]()
    await net?.[Symbol.asyncDispose]()
    rmSync(bin, { recursive: true })
  })

  /** Without a docker command that works: the image of the control plane has none. */
  const env = (): NodeJS.ProcessEnv => ({
    ...process.env,
    PATH: `${bin}:${process.env['PATH']}`,
    DOCKER_HOST: docker.host,
    ZAPTRIA_ETC: net.etc,
  })
  const argv = (args: readonly string[]): string[] => [`--net=/run/netns/${net.name('host')}`, process.execPath, MAIN, ...args]
  const trial = (): string[] => ['doctor', '--image', docker.image, '--internet', AT.internet, '--private', AT.lan]

  function zaptria(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    return new Promise((done) => {
      execFile('nsenter', argv(args), { env: env() }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      )
    })
  }

  async function findings(...more: string[]): Promise<{ code: number; of: (id: string) => string }> {
    const { code, stdout } = await zaptria([...trial(), '--json', ...more])
    const { checks } = JSON.parse(stdout) as { checks: Finding[] }
    return {
      code,
      of: (id) =>
        checks
          .filter((one) => one.id === id)
          .map(({ state, found }) => `${state}: ${found}`)
          .join('\n'),
    }
  }

  /** What trials have made and not removed. */
  function left(): string {
    const ask = (what: string[]): string =>
      execFileSync('docker', ['--host', docker.host, ...what, '--filter', `label=${TRIAL_LABEL}`, '--quiet'], { encoding: 'utf8' })
    return ask(['ps', '--all']) + ask(['network', 'ls'])
  }

  it('shows on a bare host what a bot can reach and must not', async () => {
    const { code, of } = await findings()
    expect(code).toBe(1)
    expect(of('rules')).toMatch(/^fail: not installed/)
    expect(of('probe-listener')).toBe(`ok: a bot reaches ${AT.listener}`)
    expect(of('probe-internet')).toBe(`ok: a bot reaches ${AT.internet}`)
    for (const id of ['metadata', 'private', 'host-gateway', 'host-hub', 'host-address'])
      expect(of(`probe-${id}`)).toMatch(/^fail: a bot reaches /)
    expect(left()).toBe('')
  })

  it('shows after host setup that a bot reaches the internet and its listener, and nothing else', async () => {
    const { code: done, stdout } = await zaptria(['host', 'setup'])
    expect({ done, stdout }).toEqual({ done: 0, stdout: expect.stringMatching(/in force, by iptables/) as string })
    const { code, of } = await findings()
    expect(of('rules')).toMatch(/^ok: /)
    expect(of('probe-listener')).toBe(`ok: a bot reaches ${AT.listener}`)
    expect(of('probe-internet')).toBe(`ok: a bot reaches ${AT.internet}`)
    for (const id of ['metadata', 'private', 'neighbour', 'host-gateway', 'host-hub', 'host-address'])
      expect(of(`probe-${id}`)).toMatch(/^ok: a bot cannot reach /)
    expect({ code, probe: of('probe') }).toEqual({ code: 0, probe: '' })
    expect(left()).toBe('')
    expect((await zaptria(['host', 'undo'])).code).toBe(0)
  })

  it('tries bots of another pool, and says when the rules leave it out', async () => {
    const pool = ['--pool', '10.50.0.0/16']
    expect((await zaptria(['host', 'setup'])).code).toBe(0)
    const left = await findings(...pool)
    expect(left.code).toBe(1)
    expect(left.of('rules')).toMatch(/^fail: they leave out 10\.50\.0\.0\/16/)
    expect((await zaptria(['host', 'setup', ...pool])).code).toBe(0)
    const { of } = await findings(...pool)
    expect(of('rules')).toMatch(/^ok: /)
    expect(of('probe-listener')).toMatch(/^skip: nothing listens at 10\.50\.0\.1:8081/)
    for (const id of ['metadata', 'private', 'neighbour', 'host-gateway', 'host-address'])
      expect(of(`probe-${id}`)).toMatch(/^ok: a bot cannot reach /)
    expect((await zaptria(['host', 'undo'])).code).toBe(0)
  })

  it.each(['iptables', 'nft'])('finds a listener in a container whose port Docker publishes at the hub, by %s', async (backend) => {
    const name = `listener-${backend}`
    const publish = ['--publish', '10.210.0.1:8082:8080', '--entrypoint', 'node', docker.image, '-e', ANSWER, '8080']
    execFileSync('docker', ['--host', docker.host, 'run', '--detach', '--name', name, ...publish], { stdio: 'pipe' })
    expect((await zaptria(['host', 'setup', '--backend', backend, '--listen', '10.210.0.1:8082'])).code).toBe(0)
    const { of } = await findings('--listen', '10.210.0.1:8082')
    expect(of('probe-listener')).toBe('ok: a bot reaches 10.210.0.1:8082')
    expect(await net.connect('lan', ['10.210.0.1:8082'])).toEqual({ '10.210.0.1:8082': 'timeout' })
    // What the port leads to is no way in by itself.
    const inspect = ['inspect', '--format', '{{.NetworkSettings.IPAddress}}', name]
    const address = execFileSync('docker', ['--host', docker.host, ...inspect], { encoding: 'utf8' }).trim()
    const direct = await findings('--listen', '10.210.0.1:8082', '--private', `${address}:8080`)
    expect(direct.of('probe-private')).toContain(`ok: a bot cannot reach ${address}:8080`)
    execFileSync('docker', ['--host', docker.host, 'rm', '--force', name], { stdio: 'pipe' })
    expect((await zaptria(['host', 'undo'])).code).toBe(0)
  })

  it('says so, and leaves nothing, when the image has no Node that runs', async () => {
    execFileSync('sh', ['-c', `tar -c -T /dev/null | docker --host ${docker.host} import - zaptria-test/empty`], { stdio: 'ignore' })
    const { code, stdout } = await zaptria(['doctor', '--image', 'zaptria-test/empty'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/✗ Trial with a container: a container could not be started: .*node/)
    expect(left()).toBe('')
    expect((await zaptria(['doctor', '--image', 'zaptria-test/none'])).stdout).toContain(
      '– Trial with a container: there is no image zaptria-test/none',
    )
  })

  it('leaves nothing behind after Ctrl-C', async () => {
    const child = spawn('nsenter', argv(trial()), { env: env(), stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
    const closed = new Promise<number | null>((done) => child.once('close', (code) => done(code)))
    await waitFor(() => left() !== '', { what: 'a network of the trial', timeoutMs: 20_000 })
    // nsenter has become node: same process.
    child.kill('SIGINT')
    expect(await closed).toBe(1)
    expect(said).toContain('nothing is left behind')
    expect(left()).toBe('')
  })
})
