import { readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { DOCKER_LABEL, type Page, type Snapshot } from '@zaptria/contract'
import { docker, dockerMissing, TEST_BOT_IMAGE, waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dockerServer, E2E_POOL, ownHost, pidOf, restartDocker, sweep } from './docker.ts'
import { expectHealed, Ledger, readyForTraffic } from './heals.ts'
import { roles } from './processes.ts'
import { connected, openShop, type Shop } from './shop.ts'
import { startDemo, type System } from './system.ts'

const missing = await dockerMissing()

describe.skipIf(missing !== null)(`a bot in its container${missing === null ? '' : ` (${missing})`}`, () => {
  let system: System
  let shop: Shop
  let ledger: Ledger
  let container: string
  let serverId: string | undefined

  beforeAll(async () => {
    system = await startDemo({ env: { ZAPTRIA_DRIVER: 'docker', ZAPTRIA_BOTS_POOL: E2E_POOL, ZAPTRIA_BOT_IMAGE: TEST_BOT_IMAGE } })
    shop = await openShop(system)
    serverId = await dockerServer(shop.api)
    ledger = new Ledger(shop)
    await readyForTraffic(shop)
    container = (await shop.api.bot(shop.tenant)).container_name
  }, 240_000)

  afterAll(async () => {
    await system?.stop()
    await sweep(serverId)
  }, 120_000)

  const id = (): Promise<string> => docker('inspect', container, '--format', '{{.Id}}')
  const alerts = async (kind: string): Promise<string[]> =>
    (await shop.api.alerts()).items.filter((alert) => alert.kind === kind).map(({ detail }) => detail ?? '')

  it('is what the API says it is, and answers', async () => {
    const bot = await shop.api.bot(shop.tenant)
    expect(bot).toMatchObject({ alive: true, server: 'docker', container_name: container, instance: { state: 'running' } })
    expect(await docker('inspect', container, '--format', `{{index .Config.Labels "${DOCKER_LABEL.tenant}"}}`)).toBe(shop.tenant)
    const stats = await shop.api.call<{ memory_bytes: number; processes: number }>('GET', `/tenants/${shop.tenant}/bot/stats`)
    expect(stats.memory_bytes).toBeGreaterThan(30e6)
    expect(stats.memory_bytes).toBeLessThan(512e6)
    const { items: logs } = await shop.api.call<{ items: { line: string }[] }>('GET', `/tenants/${shop.tenant}/bot/logs`)
    expect(logs.some(({ line }) => line.includes('"state":"connected"'))).toBe(true)
  })

  it.skipIf(process.getuid?.() !== 0)(
    'has Chromium’s own sandbox on: its renderer lives in namespaces of its own, behind a filter of its own',
    async () => {
      const [renderer, node] = [await pidOf(container, 'renderer'), await pidOf(container, 'node')]
      const status = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8')
      const filters = (pid: number): number => Number(/^Seccomp_filters:\s+(\d+)$/m.exec(status(pid))?.[1])
      expect(status(renderer)).toMatch(/^Seccomp:\s+2$/m)
      expect(filters(renderer)).toBeGreaterThan(filters(node))
      for (const namespace of ['user', 'pid', 'net'])
        expect(readlinkSync(`/proc/${renderer}/ns/${namespace}`)).not.toBe(readlinkSync(`/proc/${node}/ns/${namespace}`))
    },
  )

  it('its volume is gone: the session comes back from a snapshot, without a scan', async () => {
    const { api, tenant } = shop
    const path = `/tenants/${tenant}/bot/snapshots`
    const { id: asked } = await api.call<Snapshot>('POST', path)
    const stored = await waitFor(
      async () => {
        const one = (await api.call<Page<Snapshot>>('GET', path)).items.find((each) => each.id === asked)
        return one?.state === 'stored' || one?.state === 'failed' ? one : null
      },
      { timeoutMs: 60_000, what: 'the snapshot' },
    )
    expect(stored).toMatchObject({ state: 'stored', failure: null })
    const volume = await docker('inspect', container, '--format', '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}}{{end}}{{end}}')
    await expectHealed(shop, ledger, {
      name: 'volume',
      hurt: async () => {
        await api.call('POST', `/tenants/${tenant}/bot/stop`)
        await waitFor(async () => (await api.bot(tenant)).instance.state !== 'running', {
          timeoutMs: 60_000,
          what: 'the bot to have stopped',
        })
        await docker('rm', '--force', container).catch(() => '')
        await docker('volume', 'rm', volume)
        await api.call('POST', `/tenants/${tenant}/bot/start`)
      },
      withinMs: 90_000,
    })
    const looked = async () => (await api.call<Page<Snapshot>>('GET', path)).items.find((each) => each.id === asked)
    expect((await looked())?.restored_at).not.toBeNull()
    // It was opened in a container of its own as well, or is soon.
    await waitFor(async () => (await looked())?.proved_at != null || (await looked())?.proof_error != null, {
      timeoutMs: 60_000,
      what: 'the snapshot to be proven',
    })
    expect(await looked()).toMatchObject({ proof_fault: null, proof_error: null })
  }, 240_000)

  it('kill -9 of its process: the engine starts it again, somebody is told', async () => {
    await expectHealed(shop, ledger, { name: 'process', hurt: async () => void process.kill(await pidOf(container, 'node'), 'SIGKILL') })
    await waitFor(async () => (await alerts('bot_restarted')).length > 0, { timeoutMs: 30_000, what: 'an alert' })
  }, 180_000)

  it('kill -9 of its init, of its browser, of its renderer', async () => {
    for (const role of ['init', 'browser', 'renderer'] as const)
      await expectHealed(shop, ledger, { name: role, hurt: async () => void process.kill(await pidOf(container, role), 'SIGKILL') })
  }, 300_000)

  it('docker kill, docker stop and docker rm -f by hand', async () => {
    for (const command of [['kill'], ['stop'], ['rm', '--force']]) {
      const before = await id()
      await expectHealed(shop, ledger, { name: command[0] ?? '', hurt: async () => void (await docker(...command, container)) })
      expect(await id()).not.toBe(before)
      const told = command[0] === 'rm' ? /^somebody removed it/ : /^replaced, because it had ended: exit code \d+$/
      await waitFor(async () => (await alerts('bot_restarted')).some((detail) => told.test(detail)), {
        timeoutMs: 30_000,
        what: `an alert that says what ${command[0]} did`,
      })
    }
  }, 300_000)

  it('limits that somebody changed by hand are put right', async () => {
    await expectHealed(shop, ledger, {
      name: 'update',
      hurt: async () => {
        await docker('update', '--memory', '1g', '--memory-swap', '1g', container)
        const limit = (): Promise<string> => docker('inspect', container, '--format', '{{.HostConfig.Memory}}')
        await waitFor(async () => (await limit().catch(() => '')) === String(512 * 1024 * 1024), {
          timeoutMs: 60_000,
          what: 'its own limit again',
        })
      },
    })
  }, 180_000)

  it('the kernel kills its renderer for memory', async () => {
    const renderer = await pidOf(container, 'renderer')
    await shop.lab.setFaults({ ballastMb: 700 })
    // The next page load takes more than there is.
    await expectHealed(shop, ledger, {
      name: 'oom-renderer',
      hurt: async () => {
        process.kill(renderer, 'SIGKILL')
        await waitFor(async () => /oom_kill [1-9]/.test(await oomKills(container)), {
          timeoutMs: 60_000,
          what: 'the kernel to kill for memory',
        })
        await shop.lab.setFaults({ ballastMb: 0 })
      },
      withinMs: 90_000,
    })
  }, 240_000)

  it('the kernel kills all of it for memory', async () => {
    const before = await docker('inspect', container, '--format', '{{.RestartCount}}')
    await expectHealed(shop, ledger, {
      name: 'oom-container',
      hurt: async () => {
        // The kernel takes whom it is told to take first: the bot itself.
        writeFileSync(`/proc/${await pidOf(container, 'node')}/oom_score_adj`, '1000')
        const hog = 'const kept = []; for (;;) kept.push(Buffer.alloc(16e6, 1))'
        await docker('exec', container, 'node', '--max-old-space-size=2000', '-e', hog).catch(() => '')
      },
    })
    const after = JSON.parse(await docker('inspect', container))[0] as { RestartCount: number }
    expect(after.RestartCount).toBeGreaterThan(Number(before))
  }, 180_000)

  it('kill -9 of the control plane: the bot lives on, and is found again', async () => {
    const before = await id()
    await expectHealed(shop, ledger, {
      name: 'control plane',
      hurt: () => void process.kill(roles(system.pid).controlPlane[0]!.pid, 'SIGKILL'),
    })
    expect(await id()).toBe(before)
  }, 180_000)

  it.skipIf(!ownHost)(
    'a restart of the engine',
    async () => {
      await expectHealed(shop, ledger, { name: 'engine', hurt: restartDocker, withinMs: 120_000 })
    },
    300_000,
  )

  it('stopped, it stays stopped; started, it is back without a scan', async () => {
    await shop.api.call('POST', `/tenants/${shop.tenant}/bot/stop`)
    await waitFor(async () => (await docker('inspect', container, '--format', '{{.State.Status}}')) === 'exited', {
      timeoutMs: 30_000,
      what: 'its end',
    })
    await shop.api.call('POST', `/tenants/${shop.tenant}/bot/start`)
    await connected(shop)
    await ledger.balance()
  }, 120_000)

  it('cancelled, its container and network go, and its volume stays; paid again, it is back without a scan', async () => {
    await shop.api.call('PATCH', `/tenants/${shop.tenant}`, { subscription: 'cancelled' })
    const exists = (noun: string): Promise<boolean> =>
      docker(noun, 'inspect', container).then(
        () => true,
        () => false,
      )
    await waitFor(async () => !(await exists('container')) && !(await exists('network')), {
      timeoutMs: 60_000,
      what: 'its container and network to go',
    })
    expect(await exists('volume')).toBe(true)
    await shop.api.call('PATCH', `/tenants/${shop.tenant}`, { subscription: 'paid' })
    await connected(shop)
    await ledger.balance()
  }, 180_000)
})

/** The kernel's own count for the container's control group (cgroup v1 and v2). */
function oomKills(container: string): Promise<string> {
  return docker(
    'exec',
    container,
    'bash',
    '-c',
    'cat /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null || true',
  )
}
