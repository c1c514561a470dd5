import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bot, FlowVersion, Message, Server, Snapshot, Tenant } from '@zaptria/contract'
import { waitFor } from '@zaptria/lab/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { answersTo, openShop, scanQr, type Shop } from './shop.ts'
import { startDemo, type System } from './system.ts'

const MAIN = join(import.meta.dirname, '../../apps/cli/src/main.ts')

type Said = { code: number; out: string; err: string }

describe('zaptria, as an operator types it', () => {
  let system: System
  let shop: Shop
  let home: string
  let env: NodeJS.ProcessEnv

  beforeAll(async () => {
    system = await startDemo()
    shop = await openShop(system)
    home = mkdtempSync(join(tmpdir(), 'zaptria-cli-'))
    env = { PATH: process.env['PATH'], HOME: home }
  }, 240_000)

  afterAll(async () => {
    await system?.stop()
    if (home !== undefined) rmSync(home, { recursive: true })
  }, 60_000)

  const zaptria = (args: string[], input = ''): Promise<Said> =>
    new Promise((resolve) => {
      const child = execFile(process.execPath, [MAIN, ...args], { env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      )
      child.stdin!.end(input)
    })
  /** What it prints with --json; the exit code must be 0. */
  const json = async <T>(...args: string[]): Promise<T> => {
    const { code, out, err } = await zaptria([...args, '--json'])
    expect({ code, err, out }).toEqual({ code: 0, err: '', out })
    return JSON.parse(out) as T
  }

  it('says what to do first', async () => {
    expect(await zaptria(['tenants', 'list'])).toEqual({
      code: 1,
      out: '',
      err: 'Which Zaptria? None was named.\nDo: zaptria login https://zaptria.example.com (or set ZAPTRIA_URL and ZAPTRIA_API_KEY)\n',
    })
    const wrong = await zaptria(['login', system.url], 'zk_nothing\n')
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('does not take this API key') as string])
    const away = await zaptria(['login', 'http://127.0.0.1:9'], 'zk_nothing\n')
    expect([away.code, away.err]).toEqual([1, expect.stringContaining('http://127.0.0.1:9 does not answer') as string])
  }, 120_000)

  it('keeps a key, for its owner’s eyes alone, and sends it nowhere else', async () => {
    const { key } = await shop.api.call<{ key: string }>('POST', '/api-keys', { name: 'cli' })
    const { code, out } = await zaptria(['login', system.url], `${key}\n`)
    expect([code, out]).toEqual([0, expect.stringContaining('takes this key') as string])
    const file = join(home, '.config/zaptria/login.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ url: system.url, key })
    const elsewhere = await zaptria(['tenants', 'list', '--url', 'http://127.0.0.1:9'])
    expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining('There is no API key for http://127.0.0.1:9') as string])
  }, 120_000)

  it('makes a tenant, finds it by a part of its name, and refuses to guess', async () => {
    const made = await json<Tenant>('tenants', 'create', 'Padaria do Zé', '--external-id', 'loja-7')
    for (const said of [made.id, 'loja-7', 'padaria do zé', 'do ze']) expect((await json<Tenant>('tenants', 'show', said)).id).toBe(made.id)
    expect(await zaptria(['tenants', 'show', 'padaria'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('2 tenants could be') as string,
    })
    expect(await zaptria(['tenants', 'show', 'mercado'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no tenant "mercado"') as string,
    })
    const { out } = await zaptria(['tenants', 'list'])
    expect(out).toMatch(/^ID +SUBSCRIPTION +BOT +NAME$/m)
    expect(out).toMatch(new RegExp(`^${made.id} +past_due +no bot +Padaria do Zé$`, 'm'))

    const asked = await zaptria(['tenants', 'remove', 'loja-7'])
    expect([asked.code, asked.err]).toEqual([1, expect.stringContaining('say --yes') as string])
    expect((await zaptria(['tenants', 'create', 'Ainda não pagou'])).out).toMatch(
      /\nNext: zaptria tenants change [\da-f-]{36} --subscription paid\nIt has no bot until it is paid/,
    )
    expect((await zaptria(['tenants', 'remove', 'loja-7', '--yes'])).out).toBe(
      'Padaria do Zé is removed. Its data are kept: zaptria tenants erase "Padaria do Zé"\n',
    )
  }, 120_000)

  it('makes a link for a customer', async () => {
    const { out } = await zaptria(['pair', shop.tenant, '--link'])
    const { origin, pathname, hash } = new URL(out.trim())
    expect([origin, pathname]).toEqual([system.url, '/pair'])
    const answer = await fetch(`${origin}/api/v1/pairing`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: hash.slice(1) }),
    })
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ name: 'Padaria da Praça' })])
  }, 120_000)

  it('pairs a bot by the QR in the terminal', async () => {
    const pairing = spawn(process.execPath, [MAIN, 'pair', shop.tenant], { env })
    onTestFinished(() => void pairing.kill())
    let out = ''
    pairing.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
    await waitFor(() => out.includes('Scan it'), { timeoutMs: 60_000, what: 'a QR in the terminal' })
    // The two upper corners: what is between them is different in each QR.
    expect(out).toMatch(/█▀▀▀▀▀█ .* █▀▀▀▀▀█/)
    await scanQr(shop)
    expect(await new Promise((done) => pairing.once('exit', done))).toBe(0)
    expect(out).toContain(`Connected as +${shop.account}.`)
    expect((await zaptria(['pair', shop.tenant])).out).toContain('is connected already')
  }, 120_000)

  it('sends, and tells whether WhatsApp has it', async () => {
    const send = (...args: string[]): Promise<Message> => json<Message>('send', shop.tenant, shop.contact, ...args)
    const sent = await send('O pão saiu do forno.', '--wait', '60', '--key', 'pao-1')
    expect(['accepted', 'delivered', 'read']).toContain(sent.status)
    expect((await send('O pão saiu do forno.', '--key', 'pao-1')).id).toBe(sent.id)
    const received = await shop.lab.messages({ account: shop.account, contact: shop.contact })
    expect(received.filter(({ fromMe }) => fromMe).map(({ body }) => body)).toEqual(['O pão saiu do forno.'])
    const piped = await zaptria(['send', shop.tenant, shop.contact, '--at', '2027-01-01T09:00:00-03:00'], 'Feliz\nano novo\n')
    expect(piped).toMatchObject({ code: 0, out: expect.stringMatching(/^\S{36} {2}scheduled\n$/) as string })
    expect(await zaptria(['send', shop.tenant, 'abc', 'oi'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('phone number') as string,
    })
  }, 120_000)

  it('checks, tries, publishes and takes back a flow', async () => {
    const file = join(home, 'flow.json')
    writeFileSync(file, JSON.stringify({ ...answersTo('oi', 'Olá!'), start: 'nowhere' }, null, 2))
    expect(await zaptria(['flow', 'validate', file])).toMatchObject({
      code: 1,
      out: `${file}:11: start: there is no node "nowhere"\n1 mistake.\n`,
    })
    expect(await zaptria(['flow', 'publish', shop.tenant, file])).toMatchObject({ code: 1 })
    writeFileSync(file, JSON.stringify(answersTo('oi', 'Olá!')))
    expect((await zaptria(['flow', 'try', file], 'bom dia\noi\n/quit\n')).out).toBe('> bom dia\n(no answer)\n> oi\n  Olá!\n')
    const { version } = await json<FlowVersion>('flow', 'publish', shop.tenant, file)
    await shop.lab.sendFromContact({ account: shop.account, contact: shop.contact, body: 'oi' })
    await shop.lab.waitForMessage({ account: shop.account, contact: shop.contact, body: 'Olá!' })
    const shown = await zaptria(['flow', 'show', shop.tenant])
    expect(JSON.parse(shown.out)).toMatchObject(answersTo('oi', 'Olá!'))
    await json('flow', 'off', shop.tenant)
    expect(await zaptria(['flow', 'show', shop.tenant])).toMatchObject({ code: 1 })
    expect(await json('flow', 'activate', shop.tenant, String(version))).toMatchObject({ version, active: true })
  }, 120_000)

  it('copies a session, verifies the copy, and goes back to it after asking', async () => {
    const taken = await json<Snapshot>('snapshots', 'take', shop.tenant, '--wait', '60')
    expect(taken).toMatchObject({ state: 'stored', failure: null })
    expect((await zaptria(['snapshots', 'verify', shop.tenant])).out).toBe(`${taken.id}  whole\n`)
    for (const whose of [[shop.tenant], []]) {
      const { code, out } = await zaptria(['snapshots', 'verify', ...whose, '--all'])
      expect([code, out]).toEqual([0, expect.stringContaining(`  ${taken.id}  whole\n`)])
      expect(out).toMatch(/^[1-9]\d* snapshots?, all whole\.$/m)
    }
    expect(await json<unknown[]>('snapshots', 'verify', '--all')).toContainEqual({
      tenant: shop.tenant,
      id: taken.id,
      ok: true,
      fault: null,
    })
    expect((await zaptria(['snapshots', 'verify'])).code).toBe(2)
    expect((await zaptria(['snapshots', 'list', shop.tenant])).out).toMatch(
      new RegExp(`^${taken.id} +\\S+Z +asked +\\d+\\.\\d [kM]B +stored, .*verified `, 'm'),
    )
    expect(await zaptria(['snapshots', 'restore', shop.tenant])).toMatchObject({
      code: 1,
      err: expect.stringContaining('say --yes') as string,
    })
    expect(await zaptria(['snapshots', 'restore', shop.tenant, randomUUID(), '--yes'])).toMatchObject({ code: 1 })
    const before = (await shop.api.states(shop.tenant)).items.length
    expect(await zaptria(['snapshots', 'restore', shop.tenant, taken.id, '--yes'])).toMatchObject({ code: 0 })
    const states = async (): Promise<string[]> => {
      const { items } = await shop.api.states(shop.tenant)
      return items.slice(0, items.length - before).map(({ state, reason }) => `${state} ${reason}`)
    }
    await waitFor(async () => (await states()).some((each) => each.endsWith('restoring')), {
      timeoutMs: 60_000,
      what: 'the session to be restored',
    })
    await waitFor(async () => (await states())[0] === 'connected ready', { timeoutMs: 60_000, what: 'the bot to be back' })
    expect((await states()).some((each) => each.startsWith('qr_ready'))).toBe(false)
  }, 180_000)

  it('adds a server, has new bots go there, and forgets it when it is empty', async () => {
    const address = join(home, 'disk-2')
    const add = ['servers', 'add', 'disco-2', '--driver', 'process', '--address', address]
    const made = await json<Server>(...add, '--capacity', '1')
    expect(made).toMatchObject({ name: 'disco-2', address, capacity: 1, bots: 0 })
    expect(await zaptria(add)).toMatchObject({ code: 1, err: expect.stringContaining('is that of the server disco-2 already') as string })
    expect(await zaptria(['servers', 'add', 'x', '--driver', 'docker', '--address', 'unix:///nowhere.sock'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('give it a link_url') as string,
    })
    expect(await zaptria(['servers', 'add', 'x', '--driver', 'docker'])).toMatchObject({ code: 2 })
    expect((await zaptria(['servers', 'ls'])).out).toMatch(/^disco-2 +process +\w+ +0\/1 /m)
    expect((await zaptria(['servers', 'cordon', 'local'])).out).toMatch(/^local gets no new bots\. 1 are there\.$/m)
    const { id } = await json<Tenant>('tenants', 'create', 'Loja do disco', '--subscription', 'paid')
    expect((await json<Server>('servers', 'show', 'disco-2')).bots).toBe(1)
    await waitFor(async () => (await json<Bot>('bots', 'show', id)).state.state === 'qr_ready', { timeoutMs: 60_000, what: 'a QR there' })
    expect(await zaptria(['tenants', 'create', 'Mais uma', '--subscription', 'paid'])).toMatchObject({ code: 1 })
    expect((await zaptria(['servers', 'uncordon', 'local'])).out).toBe('local gets new bots again.\n')
    expect(await zaptria(['servers', 'rm', 'disco-2', '--yes'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('1 bots are on disco-2') as string,
    })
    expect(await json<Server>('servers', 'change', 'disco-2', '--region', 'Santos')).toMatchObject({ region: 'Santos', capacity: 1 })
    await zaptria(['tenants', 'remove', id, '--yes'])
    expect(await zaptria(['servers', 'rm', 'disco-2'])).toMatchObject({ code: 1, err: expect.stringContaining('say --yes') as string })
    await waitFor(async () => (await zaptria(['servers', 'rm', 'disco-2', '--yes'])).code === 0, {
      timeoutMs: 60_000,
      what: 'it to be forgotten',
    })
    expect(await json<Server[]>('servers', 'ls')).toMatchObject([{ name: 'local', embedded: true }])
  }, 240_000)

  it('follows a bot’s log, and stops and starts it', async () => {
    const following = spawn(process.execPath, [MAIN, 'logs', shop.tenant, '-f', '--json'], { env })
    onTestFinished(() => void following.kill())
    const lines = (): string[] => out.split('\n').filter((line) => line !== '')
    let out = ''
    following.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')))
    await waitFor(() => out.includes('caught up'), { timeoutMs: 30_000, what: 'what was logged before' })
    expect((await json<Bot>('bots', 'stop', shop.tenant)).desired).toBe('stopped')
    await waitFor(() => out.includes('stopping'), { timeoutMs: 30_000, what: 'what is logged now' })
    const all = lines()
    expect(new Set(all).size).toBe(all.length)
    for (const line of all) expect(JSON.parse(line)).toHaveProperty('line')
    following.kill('SIGINT')
    expect(await new Promise((done) => following.once('exit', done))).toBe(0)
    expect((await zaptria(['bots', 'list'])).out).toMatch(/stopped/)
    expect((await json<Bot>('bots', 'start', shop.tenant)).desired).toBe('running')
  }, 120_000)
})
