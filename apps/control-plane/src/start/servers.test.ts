import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import type { Insertable } from 'kysely'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../config.ts'
import { createMetrics } from '../metrics.ts'
import { makeHome } from '../orchestrator/process/home.ts'
import { startReconcile } from '../reconcile/index.ts'
import { specOf } from '../reconcile/spec.ts'
import { createSecrets } from '../secrets/index.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import { openAlertKinds, raiseAlert } from '../store/alerts.ts'
import { credentialsPlace } from '../store/servers.ts'
import type { Tables } from '../store/tables.ts'
import { fixture, TEST_MASTER_KEY } from '../testing/fixture.ts'
import type { Fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { tellOfLostServers } from './lost-servers.ts'
import { processDriver } from './server-drivers.ts'
import { createServers } from './servers.ts'
import type { ServersRegistry } from './servers.ts'

const log = pino({ level: 'silent' })
const metrics = createMetrics()
let database: TestDatabase
let f: Fixture
let dir: string
let config: ReturnType<typeof readConfig>
let servers: ServersRegistry
const cleanups: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database[Symbol.asyncDispose]())
beforeEach(async () => {
  f = await fixture(database.url)
  await f.hints.start()
  dir = await mkdtemp(path.join(tmpdir(), 'zaptria-servers-'))
  const entry = path.join(dir, 'bot.mjs')
  await writeFile(entry, 'console.log(process.env.ZAPTRIA_LINK_URL); process.stdin.resume().on("end", () => process.exit(0))')
  config = readConfig({ DATABASE_URL: database.url, ZAPTRIA_BOT_ENTRY: entry, ZAPTRIA_DATA_DIR: path.join(dir, 'data') })
})
afterEach(async () => {
  for (const clean of cleanups.splice(0).toReversed()) await clean()
  await f.db.deleteFrom('servers').where('id', 'not in', f.db.selectFrom('bots').select('server_id')).execute()
  await f.close()
  await rm(dir, { recursive: true })
})

/** As `main` does: the server of the settings is the fixture's. */
async function start(keys = TEST_MASTER_KEY): Promise<ServersRegistry> {
  const driver = processDriver(config, { dataDir: config.dataDir })
  const secrets = createSecrets({ db: f.db, masterKeys: parseMasterKeys(keys) })
  servers = createServers({
    db: f.db,
    databaseUrl: database.url,
    hints: f.hints,
    secrets,
    log,
    metrics,
    config,
    embedded: { id: f.serverId, driver, stopAll: () => driver.stopAll() },
    works: true,
  })
  cleanups.push(() => servers.close())
  await servers.start()
  return servers
}

async function addServer(row: Partial<Insertable<Tables['servers']>> = {}): Promise<{ id: string; name: string; home: string }> {
  const id = row.id ?? uuidv7()
  const name = `server-${id}`
  const home = path.join(dir, id)
  if (row.address === undefined) await makeHome(home, id)
  await f.db
    .insertInto('servers')
    .values({ name, driver: 'process', address: home, ...row, id })
    .execute()
  return { id, name, home }
}
const told = (): Promise<void> =>
  f.db.transaction().execute((trx) => f.hints.changed(trx, { noun: 'server', id: 'x', tenant_id: null, version: `${Date.now()}` }))
const row = (id: string) => f.db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const ids = (): string[] => servers.current().map(({ id }) => id)

async function runBots(): Promise<void> {
  const reconcile = await startReconcile({
    db: f.db,
    hints: f.hints,
    log,
    metrics,
    maxStarting: 16,
    servers,
    specOf: async (bot) => {
      const token = await f.secrets.botToken(bot.tenant_id, 1)
      return specOf(bot, token, servers.linkUrlOf(bot.server_id) ?? 'ws://everywhere', config)
    },
  })
  cleanups.push(() => reconcile.close())
}
async function botOn(serverId: string): Promise<{ id: string; name: string }> {
  const { bot } = await f.makeTenant({ desired: 'stopped' })
  const { container_name } = await f.db
    .updateTable('bots')
    .set({ server_id: serverId, desired: 'running', due_at: new Date(0) })
    .where('id', '=', bot.id)
    .returning('container_name')
    .executeTakeFirstOrThrow()
  return { id: bot.id, name: container_name }
}
const bot = (id: string) => f.db.selectFrom('bots').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const lineOf = async (serverId: string, name: string): Promise<string | undefined> =>
  (await servers.driverOf(serverId)?.logs(name, 1))?.[0]?.line

describe('the servers of an installation', () => {
  it('have a driver each; one that can have none says why, and is in the way of no other', async () => {
    const good = await addServer()
    const unknown = await addServer({ driver: 'mainframe', address: 'x' })
    const elsewhere = await addServer({ driver: 'docker', address: 'tcp://192.0.2.1:2376', link_url: 'wss://zap.example.com/x' })
    const nowhere = await addServer({ driver: 'docker', address: 'unix:///nowhere.sock' })
    const wrong = await addServer({ driver: 'docker', link_url: 'wss://zap.example.com/x', address: 'ssh://there' })
    await start()
    expect(ids()).toEqual([f.serverId, good.id])
    expect((await row(good.id)).trouble).toBeNull()
    expect((await row(unknown.id)).trouble).toContain('knows no driver mainframe')
    expect((await row(elsewhere.id)).trouble).toContain('plain TCP beyond loopback')
    expect((await row(nowhere.id)).trouble).toContain('give it a link_url')
    expect((await row(wrong.id)).trouble).toContain('needs an ssh key')
  })

  it('are followed: they come, change, and go, with or without a hint', async () => {
    await start()
    const seen: string[] = []
    const leave = servers.subscribe(({ id }) => {
      seen.push(`come ${id}`)
      return async () => void seen.push(`go ${id}`)
    })
    const { id } = await addServer()
    // Nobody says so.
    await waitFor(() => ids().includes(id), { what: 'the added server', timeoutMs: 15_000 })
    const before = servers.driverOf(id)
    await f.db
      .updateTable('servers')
      .set({ name: `renamed-${id}`, capacity: 3 })
      .where('id', '=', id)
      .execute()
    await told()
    await f.db.updateTable('servers').set({ link_url: 'ws://there' }).where('id', '=', id).execute()
    await told()
    await waitFor(() => servers.linkUrlOf(id) === 'ws://there', { what: 'its new link URL' })
    expect(servers.driverOf(id)).not.toBe(before)
    await f.db.updateTable('servers').set({ driver: 'mainframe' }).where('id', '=', id).execute()
    await told()
    await waitFor(() => !ids().includes(id), { what: 'it to have no driver' })
    await f.db.updateTable('servers').set({ driver: 'process' }).where('id', '=', id).execute()
    await told()
    await waitFor(() => ids().includes(id), { what: 'it to be back' })
    await waitFor(async () => (await row(id)).trouble === null, { what: 'its trouble to be over' })
    await f.db.deleteFrom('servers').where('id', '=', id).execute()
    await told()
    await waitFor(() => !ids().includes(id), { what: 'it to go' })
    await leave()
    expect(seen).toEqual([`come ${f.serverId}`, ...Array.from({ length: 3 }, () => [`come ${id}`, `go ${id}`]).flat(), `go ${f.serverId}`])
  })

  it('run their own bots; what befalls one is nothing to the others', async () => {
    const second = await addServer({ link_url: 'ws://second' })
    await start()
    await runBots()
    const [here, there] = [await botOn(f.serverId), await botOn(second.id)]
    for (const { id } of [here, there]) await waitFor(async () => (await bot(id)).instance_state === 'running', { what: 'the bot to run' })
    await waitFor(async () => (await lineOf(second.id, there.name)) === 'ws://second', { what: 'its own link URL' })
    await waitFor(async () => (await lineOf(f.serverId, here.name)) === 'ws://everywhere', { what: 'that of all' })
    await rename(second.home, `${second.home}-away`)
    await f.db
      .updateTable('bots')
      .set({ due_at: new Date(0) })
      .execute()
    await waitFor(async () => (await bot(there.id)).instance_state === 'unknown', { what: 'it to be unknown', timeoutMs: 15_000 })
    expect((await bot(there.id)).instance_detail).toContain(`the directory ${second.home} of the server ${second.name} is not there`)
    await expect(servers.driverOf(second.id)?.list()).rejects.toThrow('is not there')
    expect(await bot(here.id)).toMatchObject({ instance_state: 'running', instance_generation: 1 })
    // The bots of a server that changes start anew, as it says now.
    await rename(`${second.home}-away`, second.home)
    await f.db.updateTable('servers').set({ link_url: 'ws://third' }).where('id', '=', second.id).execute()
    await told()
    await waitFor(async () => (await lineOf(second.id, there.name)) === 'ws://third', { what: 'the bot to start anew', timeoutMs: 20_000 })
    expect(await lineOf(f.serverId, here.name)).toBe('ws://everywhere')
  })

  it('without a driver that hold bots are told of, until they have one', async () => {
    const { id, name } = await addServer({ driver: 'mainframe', address: 'x' })
    await start()
    await botOn(id)
    const look = (): Promise<unknown> => tellOfLostServers({ db: f.db, hints: f.hints, log }, ids())
    const alerts = () => f.db.selectFrom('alerts').selectAll().where('fingerprint', '=', `server_unreachable:${id}`).execute()
    for (let nr = 0; nr < 2; nr += 1) await look()
    expect(await alerts()).toMatchObject([{ count: 1, resolved_at: null, detail: expect.stringContaining(`on the server ${name}`) }])
    expect((await alerts())[0]?.detail).toContain('knows no driver mainframe')
    const home = path.join(dir, id)
    await makeHome(home, id)
    await f.db.updateTable('servers').set({ driver: 'process', address: home }).where('id', '=', id).execute()
    await told()
    await waitFor(() => ids().includes(id), { what: 'a driver' })
    // That its server does not say whether it runs is said of a bot, by the same kind.
    const { bot: other } = await f.makeTenant()
    const about = { severity: 'critical', subject: other.id, tenantId: other.tenantId, detail: null } as const
    await raiseAlert(f.db, { kind: 'server_unreachable', ...about })
    await look()
    expect(await alerts()).toMatchObject([{ count: 1, resolved_at: expect.any(Date) }])
    expect(await openAlertKinds(f.db, other.id)).toEqual(['server_unreachable'])
  })
})

describe('the credentials of a server', () => {
  const NEW_KEY = Buffer.alloc(32, 9).toString('base64')
  const PEM = '-----BEGIN X-----\nx\n-----END X-----\n'

  it('are sealed anew when the master key is rotated, after which the old one is not needed', async () => {
    const id = uuidv7()
    const credentials = JSON.stringify({ ssh: { key: PEM, known_hosts: 'there ssh-ed25519 AAAA' } })
    const sealed = f.secrets.seal(Buffer.from(credentials), credentialsPlace(id))
    expect(sealed.includes('ssh-ed25519')).toBe(false)
    await addServer({ id, driver: 'docker', address: 'ssh://there', link_url: 'wss://z.example.com/x', sealed_credentials: sealed })
    await start(NEW_KEY)
    expect((await row(id)).trouble).toContain('add it to ZAPTRIA_MASTER_KEY')
    await servers.close()
    await start(`${NEW_KEY},${TEST_MASTER_KEY}`)
    expect(ids()).toContain(id)
    await servers.close()
    await start(NEW_KEY)
    expect(ids()).toContain(id)
    expect((await row(id)).trouble).toBeNull()
  })

  it('that belong to another server do not open', async () => {
    const id = uuidv7()
    const sealed = f.secrets.seal(Buffer.from('{}'), credentialsPlace(uuidv7()))
    await addServer({ id, driver: 'docker', address: 'ssh://there', sealed_credentials: sealed })
    await start()
    expect(ids()).not.toContain(id)
    expect((await row(id)).trouble).toContain('give them again')
  })
})
