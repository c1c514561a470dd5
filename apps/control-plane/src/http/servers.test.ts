import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Problem, Server } from '@zaptria/contract'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import type { TestDatabase } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RowUpdate } from '../store/tables.ts'
import { fixture } from '../testing/fixture.ts'
import { uuidv7 } from '../uuid.ts'
import { startTestHttp } from './testing.ts'
import type { TestHttp } from './testing.ts'

const AT = '/api/v1/servers'
const LINK = 'wss://zap.example.com/api/bots/link'
const PEM = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VncmVkbw\n-----END OPENSSH PRIVATE KEY-----\n'
let database: TestDatabase
let http: TestHttp

beforeAll(async () => {
  database = await createTestDatabase()
  http = await startTestHttp(database.url)
})
afterAll(async () => {
  await http[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const newName = (): string => `s-${uuidv7()}`
const directory = (): string => path.join(http.mediaDir, 'homes', newName())
const add = (body: object, headers?: Record<string, string>) => http.call('POST', AT, { name: newName(), ...body }, headers)
const added = async (body: object): Promise<Server> => {
  const answer = await add(body)
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  return answer.body as Server
}
const refused = async (answer: Promise<{ status: number; body: unknown }>): Promise<[string, string]> => {
  const { code, detail } = (await answer).body as Problem
  return [code, detail ?? '']
}
const rowOf = (id: string) => http.db.selectFrom('servers').selectAll().where('id', '=', id).executeTakeFirst()

/** As much of an engine as is asked when one is added. */
const answerAs =
  (api: string, volumes: { Name: string }[] = []) =>
  (request: IncomingMessage, response: ServerResponse) => {
    const at = new URL(request.url ?? '', 'http://engine').pathname.replace(/^\/v[\d.]+/, '')
    const answers: Record<string, unknown> = {
      '/version': { ApiVersion: api, MinAPIVersion: api, Version: '27.0.0' },
      '/info': { ID: 'one', MemTotal: 8e9 },
      '/containers/json': [],
      '/volumes': { Volumes: volumes },
    }
    response.writeHead(at in answers ? 200 : 404).end(JSON.stringify(answers[at] ?? { message: 'no such thing' }))
  }

async function listen(server: HttpServer): Promise<number> {
  await new Promise<void>((done) => server.listen(0, done))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

const startEngine = async (api = '1.45', volumes: { Name: string }[] = []): Promise<string> =>
  `tcp://127.0.0.1:${await listen(createServer(answerAs(api, volumes)))}`

/** The same behind certificates, of which each side shows one. */
async function startSecureEngine() {
  const dir = await mkdtemp(path.join(tmpdir(), 'zaptria-tls-'))
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1']
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', path.join(dir, 'key.pem'), '-out', path.join(dir, 'cert.pem')]
  execFileSync('openssl', ['req', '-x509', ...key, ...subject], { stdio: 'ignore' })
  const [cert, secret] = await Promise.all(['cert.pem', 'key.pem'].map((file) => readFile(path.join(dir, file), 'utf8')))
  await rm(dir, { recursive: true })
  const tls = { ca: cert!, cert: cert!, key: secret! }
  const port = await listen(createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, answerAs('1.45')))
  return { address: `tcp://localhost:${port}`, credentials: { tls } }
}

describe('a server that is added', () => {
  it('is a directory, made for it alone', async () => {
    const address = directory()
    const server = await added({ driver: 'process', address, capacity: 7, region: 'Santos', failover: 'ask' })
    expect(server).toMatchObject({
      driver: 'process',
      address,
      capacity: 7,
      region: 'Santos',
      failover: 'ask',
      bots: 0,
      cordoned: false,
      embedded: false,
      state: 'unheard',
      trouble: null,
      link_url: null,
      settings: {},
      has_credentials: false,
    })
    expect(server.memory_free_bytes).toBeGreaterThan(0)
    expect(existsSync(address)).toBe(true)
    expect((await http.call('GET', `${AT}/${server.id}`)).body).toEqual(server)
    expect((await http.call('GET', AT)).body).toMatchObject({ items: expect.arrayContaining([server]) })
    expect(await refused(add({ driver: 'process', address: `${address}/` }))).toEqual([
      'server_unusable',
      expect.stringContaining(`is that of the server ${server.name} already`),
    ])
    const full = directory()
    await mkdir(full, { recursive: true })
    await writeFile(path.join(full, 'x'), '')
    expect(await refused(add({ driver: 'process', address: full }))).toEqual([
      'server_unusable',
      expect.stringContaining('holds other things'),
    ])
    expect(await refused(add({ driver: 'process', address: 'here' }))).toEqual([
      'server_unusable',
      expect.stringContaining('not an absolute'),
    ])
    const own = path.join(http.mediaDir, 'data', 'volumes')
    expect(await refused(add({ driver: 'process', address: own }))).toEqual([
      'server_unusable',
      expect.stringContaining('installation’s own'),
    ])
    const file = directory()
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, '')
    await symlink('/proc', `${file}-link`)
    for (const [there, why] of [
      ['/proc/foo', 'is in /proc, which is the system’s own: name one on a disk'],
      ['/sys/foo', 'is in /sys'],
      ['/dev/null', 'is in /dev'],
      [`${file}-link/foo/bar`, 'is in /proc'],
      [file, `the directory ${file} cannot be used: something is there, or on the way there, that is no directory (EEXIST`],
      [path.join(file, 'x'), 'that is no directory (ENOTDIR'],
    ] as const)
      expect(await refused(add({ driver: 'process', address: there }))).toEqual(['server_unusable', expect.stringContaining(why)])
    const twice = directory()
    expect(await refused(add({ driver: 'process', address: twice, name: server.name }))).toEqual([
      'conflict',
      expect.stringContaining('named'),
    ])
    // What was made for it is no hindrance to the next try.
    expect((await added({ driver: 'process', address: twice })).address).toBe(twice)
  })

  it('is an engine that answers, and whose bots know where to dial', async () => {
    const address = await startEngine()
    expect(await refused(add({ driver: 'docker', address }))).toEqual(['server_unusable', expect.stringContaining('give it a link_url')])
    const loopback = { driver: 'docker', address, link_url: 'ws://127.0.0.1:8081/x' }
    expect(await refused(add(loopback))).toEqual(['server_unusable', expect.stringContaining('is the container itself')])
    const server = await added({ driver: 'docker', address, link_url: LINK, settings: { pool: '10.214.0.0/16' } })
    expect(server).toMatchObject({
      address,
      link_url: LINK,
      settings: { pool: '10.214.0.0/16' },
      memory_bytes: 8e9,
      memory_free_bytes: 8e9,
    })
    expect(await refused(add({ driver: 'docker', address, link_url: LINK }))).toEqual([
      'server_unusable',
      expect.stringContaining(`is that of the server ${server.name} already`),
    ])
    const old = await startEngine('1.20')
    expect(await refused(add({ driver: 'docker', address: old, link_url: LINK }))).toEqual([
      'server_unusable',
      expect.stringContaining('update Docker'),
    ])
    const nobody = { driver: 'docker', address: 'tcp://127.0.0.1:1', link_url: LINK }
    expect(await refused(add(nobody))).toEqual(['server_unusable', expect.stringContaining('no engine listens')])
    const open = { driver: 'docker', address: 'tcp://192.0.2.1:2375', link_url: LINK }
    expect(await refused(add(open))).toEqual(['server_unusable', expect.stringContaining('plain TCP beyond loopback')])
    const keyless = { driver: 'docker', address: 'ssh://there', link_url: LINK }
    expect(await refused(add(keyless))).toEqual(['server_unusable', expect.stringContaining('needs an ssh key')])
    const mixed = { ...nobody, credentials: { ssh: { key: PEM, known_hosts: 'x' } } }
    expect(await refused(add(mixed))).toEqual(['server_unusable', expect.stringContaining('is for ssh:// addresses')])
    expect(await http.db.selectFrom('servers').select('id').where('address', '=', 'ssh://there').execute()).toEqual([])
  })

  it('has networks that are in no other’s way on this machine', async () => {
    const id = uuidv7()
    await http.db
      .insertInto('servers')
      .values({ id, name: newName(), driver: 'docker', address: 'unix:///one.sock', settings: JSON.stringify({ pool: '10.215.0.0/17' }) })
      .execute()
    const two = { driver: 'docker', address: 'unix:///two.sock', link_url: LINK }
    expect(await refused(add({ ...two, settings: { pool: '10.215.0.0/16' } }))).toEqual([
      'server_unusable',
      expect.stringContaining('overlaps that of the server'),
    ])
    expect(await refused(add({ ...two, settings: { pool: '10.215.128.0/17' } }))).toEqual([
      'server_unusable',
      expect.stringContaining('no engine listens at /two.sock'),
    ])
  })

  it('is made once for an Idempotency-Key', async () => {
    const body = { name: newName(), driver: 'process', address: directory() }
    const key = { 'idempotency-key': uuidv7() }
    const [first, second] = [await add(body, key), await add(body, key)]
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body])
    expect(second.headers['idempotent-replayed']).toBe('true')
  })

  it('never shows its credentials again, and they are not in the database as they are', async () => {
    const { address, credentials } = await startSecureEngine()
    const without = { driver: 'docker', address, link_url: LINK }
    expect((await refused(add(without)))[0]).toBe('server_unusable')
    const server = await added({ ...without, credentials })
    expect(server).toMatchObject({ has_credentials: true, memory_bytes: 8e9 })
    const shown = await Promise.all([http.call('GET', AT), http.call('GET', `${AT}/${server.id}`), http.call('GET', '/api/v1/audit')])
    const body = credentials.tls.key.split('\n')[1]!
    expect(JSON.stringify([server, ...shown.map((answer) => answer.body)])).not.toContain(body)
    const before = (await rowOf(server.id))?.sealed_credentials
    expect(before?.includes(Buffer.from(body))).toBe(false)
    // Others are tried before they take their place.
    const other = await startSecureEngine()
    const change = (given: object) => http.call('PATCH', `${AT}/${server.id}`, given)
    expect((await change({ credentials: other.credentials })).status).toBe(422)
    expect((await rowOf(server.id))?.sealed_credentials).toEqual(before)
    expect((await change({ address: other.address })).status).toBe(422)
    expect(await change(other)).toMatchObject({ status: 200, body: { address: other.address, has_credentials: true } })
    expect((await rowOf(server.id))?.sealed_credentials).not.toEqual(before)
    expect(http.log.join('')).not.toContain(body)
  })
})

describe('a server that is changed', () => {
  it('is tried first where that matters, and keeps what was not said', async () => {
    const address = directory()
    const server = await added({ driver: 'process', address, region: 'Santos' })
    const change = (given: object) => http.call('PATCH', `${AT}/${server.id}`, given)
    const hinted: string[] = []
    const f = await fixture(database.url)
    await f.hints.start()
    f.hints.subscribe(({ noun, id }) => void hinted.push(`${noun} ${id}`))
    onTestFinished(async () => {
      await f.db.deleteFrom('servers').where('id', '=', f.serverId).execute()
      await f.close()
    })
    expect(await change({ capacity: 3, failover: 'never', region: null })).toMatchObject({
      status: 200,
      body: { capacity: 3, failover: 'never', region: null, address, version: '2' },
    })
    await waitFor(() => hinted.includes(`server ${server.id}`), { what: 'a hint' })
    const other = directory()
    expect(await change({ address: other, link_url: LINK })).toMatchObject({ status: 200, body: { address: other, link_url: LINK } })
    await set((await botOn(server.id)).id, { started_at: new Date() })
    // Its bots' volumes are not there.
    expect(await refused(change({ address: directory() }))).toEqual(['server_unusable', expect.stringContaining('is not there')])
    await rm(other, { recursive: true })
    expect(await refused(change({ link_url: null }))).toEqual(['server_unusable', expect.stringContaining('is not there')])
    expect(existsSync(other)).toBe(false)
    expect(await rowOf(server.id)).toMatchObject({ address: other, link_url: LINK })
    expect(await refused(change({ colour: 'red' }))).toMatchObject(['validation_failed', ''])
  })

  it('stays the engine that has its bots’ volumes', async () => {
    const server = await added({ driver: 'docker', address: await startEngine(), link_url: LINK })
    const change = (address: string) => http.call('PATCH', `${AT}/${server.id}`, { address })
    expect((await change(await startEngine())).status).toBe(200)
    const bot = await botOn(server.id)
    await set(bot.id, { started_at: new Date(), instance_state: 'running' })
    expect(await refused(change(await startEngine()))).toEqual(['server_unusable', expect.stringContaining('it is another one')])
    expect((await change(await startEngine('1.45', [{ Name: bot.container_name }]))).status).toBe(200)
    // One that was removed is still to be seen gone there.
    await set(bot.id, { desired: 'removed' })
    expect((await refused(change(await startEngine())))[0]).toBe('server_unusable')
    await set(bot.id, { instance_state: 'absent' })
    expect((await change(await startEngine())).status).toBe(200)
  })

  it('by the settings alone where they name it', async () => {
    const own = await http.db.selectFrom('servers').selectAll().where('embedded', '=', true).executeTakeFirstOrThrow()
    const at = `${AT}/${own.id}`
    for (const given of [{ address: directory() }, { settings: {} }, { link_url: LINK }, { credentials: null }])
      expect((await refused(http.call('PATCH', at, given)))[0]).toBe('server_embedded')
    expect(await http.call('PATCH', at, { capacity: 60, failover: 'never' })).toMatchObject({
      status: 200,
      body: { capacity: 60, embedded: true },
    })
    expect((await refused(http.call('DELETE', at)))[0]).toBe('server_embedded')
  })

  it('is cordoned, and uncordoned', async () => {
    const { id } = await added({ driver: 'process', address: directory() })
    expect(await http.call('POST', `${AT}/${id}/cordon`)).toMatchObject({ status: 200, body: { cordoned: true, version: '2' } })
    expect(await http.call('POST', `${AT}/${id}/cordon`)).toMatchObject({ status: 200, body: { cordoned: true, version: '2' } })
    expect(await http.call('POST', `${AT}/${id}/uncordon`)).toMatchObject({ status: 200, body: { cordoned: false, version: '3' } })
  })
})

describe('a server that is removed', () => {
  it('holds no bots, nor any that may still run there; what belonged to it belongs to the installation’s own', async () => {
    const { id, name } = await added({ driver: 'process', address: directory() })
    const own = await http.db.selectFrom('servers').select('id').where('embedded', '=', true).executeTakeFirstOrThrow()
    const remove = () => http.call('DELETE', `${AT}/${id}`)
    const bot = await botOn(id)
    expect(await refused(remove())).toEqual(['server_not_empty', expect.stringContaining(`1 bots are on ${name}`)])
    await set(bot.id, { desired: 'removed', started_at: new Date(), instance_state: 'running' })
    expect(await refused(remove())).toEqual(['server_not_empty', expect.stringContaining('not seen gone')])
    await set(bot.id, { instance_state: 'absent' })
    const ousted = { bot_id: bot.id, tenant_id: bot.tenant_id, server_id: id, epoch: 1 }
    await http.db.insertInto('ousted_bots').values(ousted).execute()
    expect(await refused(remove())).toEqual(['server_not_empty', expect.stringContaining('wait until they are seen gone')])
    await http.db.updateTable('ousted_bots').set({ gone_at: new Date() }).where('server_id', '=', id).execute()
    expect((await remove()).status).toBe(204)
    expect(await refused(http.call('GET', `${AT}/${id}`))).toMatchObject(['server_not_found', ''])
    expect(await refused(remove())).toMatchObject(['server_not_found', ''])
    const after = await http.db.selectFrom('bots').selectAll().where('id', '=', bot.id).executeTakeFirstOrThrow()
    expect(after).toMatchObject({ server_id: own.id, moves: bot.moves + 1 })
  })
})

describe('a server that never comes back', () => {
  it('can be removed once nothing there can hold a session any more', async () => {
    const { id } = await added({ driver: 'process', address: directory() })
    const bot = await botOn(id)
    const own = await http.db.selectFrom('servers').select('id').where('embedded', '=', true).executeTakeFirstOrThrow()
    await set(bot.id, { server_id: own.id, moves: 1 })
    const now = new Date()
    await http.db.insertInto('ousted_bots').values({ bot_id: bot.id, tenant_id: bot.tenant_id, server_id: id, epoch: 1 }).execute()
    const remove = () => http.call('DELETE', `${AT}/${id}`)
    const be = (state: 'well' | 'given_up', silent_since: Date | null, oustedSecondsAgo: number) =>
      Promise.all([
        http.db.updateTable('servers').set({ state, silent_since }).where('id', '=', id).execute(),
        http.db
          .updateTable('ousted_bots')
          .set({ ousted_at: new Date(now.getTime() - oustedSecondsAgo * 1000) })
          .where('server_id', '=', id)
          .execute(),
      ])
    await be('given_up', null, 3600)
    expect(await refused(remove())).toEqual(['server_not_empty', expect.stringContaining('wait until they are seen gone')])
    await be('given_up', now, 60)
    expect(await refused(remove())).toEqual(['server_not_empty', expect.stringContaining('two minutes after that')])
    await be('given_up', now, 150)
    expect((await remove()).status).toBe(204)
  })
})

async function botOn(serverId: string) {
  const { body } = await http.call('POST', '/api/v1/tenants', { name: 'Loja', subscription: 'paid' })
  return http.db
    .updateTable('bots')
    .set({ server_id: serverId })
    .where('tenant_id', '=', (body as { id: string }).id)
    .returningAll()
    .executeTakeFirstOrThrow()
}

const set = (botId: string, change: RowUpdate<'bots'>) => http.db.updateTable('bots').set(change).where('id', '=', botId).execute()
