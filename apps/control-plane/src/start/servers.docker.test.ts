import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { DOCKER_LABEL } from '@zaptria/contract'
import { createTestDatabase, docker, dockerMissing, sweepDocker, TEST_BOT_IMAGE, waitFor } from '@zaptria/lab/testing'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { createMetrics } from '../metrics.ts'
import { startReconcile } from '../reconcile/index.ts'
import { specOf } from '../reconcile/spec.ts'
import { fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { createServerCheck } from './server-check.ts'
import { processDriver } from './server-drivers.ts'
import { createServers } from './servers.ts'

const missing = await dockerMissing()
const SSHD = '/usr/sbin/sshd'
const ENGINE = 'unix:///var/run/docker.sock'
const LINK = 'ws://192.0.2.1:8081/api/bots/link'
const log = pino({ level: 'silent' })

describe.skipIf(missing !== null)(`engines that were added${missing === null ? '' : ` (${missing})`}`, () => {
  it('hold their own bots, each with its own address to dial, and none touches what another made', async () => {
    await using stack = new AsyncDisposableStack()
    const database = stack.use(await createTestDatabase())
    const f = await fixture(database.url)
    stack.defer(() => f.close())
    await f.hints.start()
    const dir = await mkdtemp(path.join(tmpdir(), 'zaptria-engines-'))
    stack.defer(() => rm(dir, { recursive: true }))
    const config = readConfig({ DATABASE_URL: database.url, ZAPTRIA_DATA_DIR: dir, ZAPTRIA_BOT_IMAGE: TEST_BOT_IMAGE })
    // Two servers with one engine, which the API would refuse: what two engines do not share, their labels and pools, is apart here too.
    const engines = ['10.216.0.0/17', '10.216.128.0/17'].map((pool, nr) => ({ id: uuidv7(), pool, link: `${LINK}/${nr}` }))
    for (const { id, pool, link } of engines) {
      stack.defer(() => sweepDocker(id))
      const row = { id, name: `engine-${id}`, driver: 'docker', address: ENGINE, link_url: link, settings: JSON.stringify({ pool }) }
      await f.db.insertInto('servers').values(row).execute()
    }
    const metrics = createMetrics()
    const driver = processDriver(config, { dataDir: dir })
    const servers = createServers({
      db: f.db,
      databaseUrl: database.url,
      hints: f.hints,
      secrets: f.secrets,
      log,
      metrics,
      config,
      embedded: { id: f.serverId, driver, stopAll: () => driver.stopAll() },
      works: true,
    })
    stack.defer(() => servers.close())
    await servers.start()
    const bots = await Promise.all(
      engines.map(async ({ id }) => {
        const { bot } = await f.makeTenant({ desired: 'stopped' })
        const change = { server_id: id, desired: 'running', due_at: new Date(0) } as const
        return f.db.updateTable('bots').set(change).where('id', '=', bot.id).returningAll().executeTakeFirstOrThrow()
      }),
    )
    const reconcile = await startReconcile({
      db: f.db,
      hints: f.hints,
      log,
      metrics,
      maxStarting: 4,
      servers,
      specOf: async (bot) => specOf(bot, await f.secrets.botToken(bot.tenant_id, 1), servers.linkUrlOf(bot.server_id) ?? 'none', config),
    })
    stack.defer(() => reconcile.close())
    for (const [nr, { id, container_name: name }] of bots.entries()) {
      const state = () => f.db.selectFrom('bots').select('instance_state').where('id', '=', id).executeTakeFirstOrThrow()
      await waitFor(async () => (await state()).instance_state === 'running', { what: 'its container', timeoutMs: 60_000 })
      const [made] = JSON.parse(await docker('inspect', name)) as { Config: { Env: string[]; Labels: Record<string, string> } }[]
      expect(made?.Config.Env).toContain(`ZAPTRIA_LINK_URL=${engines[nr]!.link}`)
      expect(made?.Config.Labels[DOCKER_LABEL.server]).toBe(engines[nr]!.id)
      expect((await servers.driverOf(engines[nr]!.id)?.list())?.map((one) => one.name)).toEqual([name])
    }
    // What is free on the one is what the bots of both leave.
    const { memoryBytes, memoryFreeBytes } = (await servers.driverOf(engines[0]!.id)?.capacity()) ?? { memoryBytes: 0, memoryFreeBytes: 0 }
    expect(memoryFreeBytes).toBeLessThan(memoryBytes)
  }, 180_000)

  it.skipIf(!existsSync(SSHD) || process.getuid?.() !== 0)(
    'are reached by a key that is ours alone, and left without a trace of it',
    async () => {
      await using stack = new AsyncDisposableStack()
      const dir = await mkdtemp(path.join(tmpdir(), 'zaptria-sshd-'))
      stack.defer(() => rm(dir, { recursive: true }))
      const file = (name: string): string => path.join(dir, name)
      for (const key of ['host', 'user']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)])
      const port = await freePort()
      const settings = [`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${file('host')}`, `AuthorizedKeysFile ${file('user.pub')}`]
      writeFileSync(
        file('sshd_config'),
        [...settings, `PidFile ${file('pid')}`, 'PermitRootLogin yes', 'StrictModes no', 'UsePAM no'].join('\n'),
      )
      mkdirSync('/run/sshd', { recursive: true })
      const sshd = spawn(SSHD, ['-D', '-f', file('sshd_config')], { stdio: 'ignore' })
      stack.defer(() => void sshd.kill())
      await waitFor(() => answers(port), { what: 'sshd to listen' })

      const config = readConfig({ DATABASE_URL: 'postgres://nowhere', ZAPTRIA_DATA_DIR: dir })
      const check = createServerCheck({ config, log })
      const ours = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('zaptria-ssh-'))
      const before = ours()
      const ssh = { key: readFileSync(file('user'), 'utf8'), known_hosts: `[127.0.0.1]:${port} ${readFileSync(file('host.pub'), 'utf8')}` }
      const candidate = (credentials: { key: string; known_hosts: string }) => ({
        id: uuidv7(),
        name: 'santos',
        driver: 'docker',
        address: `ssh://${userInfo().username}@127.0.0.1:${port}`,
        settings: {},
        link_url: LINK,
        credentials: { ssh: credentials },
      })
      const tried = (credentials: { key: string; known_hosts: string }) => check(candidate(credentials), { mayMove: true, others: [] })
      expect((await tried(ssh)).memoryBytes).toBeGreaterThan(0)
      const stranger = `[127.0.0.1]:${port} ${readFileSync(file('user.pub'), 'utf8')}`
      await expect(tried({ ...ssh, known_hosts: stranger })).rejects.toThrow(/Host key verification failed/)
      await expect(tried({ ...ssh, key: readFileSync(file('host'), 'utf8') })).rejects.toThrow(/Permission denied/)
      expect(ours()).toEqual(before)
    },
    60_000,
  )
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

const answers = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => done(true)).once('error', () => done(false))
    socket.once('connect', () => socket.destroy())
  })
