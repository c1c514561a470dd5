import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Bot, BotQr, Message, Page, Tenant } from '@zaptria/contract'
import { SAMPLE_FLOW } from '@zaptria/core'
import type { Lab } from '@zaptria/lab'
import { startLab } from '@zaptria/lab'
import type { TestDatabase } from '@zaptria/lab/testing'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from './testing/control-plane.ts'
import type { Program } from './testing/control-plane.ts'

const ACCOUNT = '5511900000001'
const ANA = '5511988887777'

let database: TestDatabase
let lab: Lab
let dataDir: string
let program: Program
let tenant: Tenant

const key = `zap_live_00000000_${'k'.repeat(43)}`
const start = (): Promise<Program> =>
  startProgram({
    databaseUrl: database.url,
    dataDir,
    key,
    env: { ZAPTRIA_ENGINE: 'simulated', ZAPTRIA_LAB: '1', ZAPTRIA_LAB_URL: lab.simulated },
  })

beforeAll(async () => {
  database = await createTestDatabase()
  lab = await startLab({})
  dataDir = await mkdtemp(path.join(tmpdir(), 'zaptria-control-plane-'))
  await lab.scenario.createAccount({ number: ACCOUNT, name: 'Loja' })
  await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
  program = await start()
})
afterAll(async () => {
  await program?.stop()
  await lab?.close()
  await database?.[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

const bot = () => program.call<Bot>('GET', `/tenants/${tenant.id}/bot`)
const inState = (state: string, timeoutMs = 30_000) =>
  waitFor(async () => ((await bot()).state.state === state && (await bot()).alive ? bot() : null), {
    what: `the bot to be ${state}`,
    timeoutMs,
  })
const fromAna = (body: string) => lab.scenario.sendFromContact({ account: ACCOUNT, contact: ANA, body })
const toAna = (body: string) => lab.scenario.waitForMessage({ account: ACCOUNT, contact: ANA, body, timeoutMs: 30_000 })
const stored = async () => {
  const [conversation] = (await program.call<Page<{ id: string }>>('GET', `/tenants/${tenant.id}/conversations`)).items
  const page = await program.call<Page<Message>>('GET', `/tenants/${tenant.id}/conversations/${conversation!.id}/messages`)
  return page.items.toReversed()
}
const volume = async () => path.join(dataDir, 'volumes', (await bot()).container_name)
/** The control plane's only child. */
const botPid = async () => {
  const children = (await readFile(`/proc/${program.process.pid}/task/${program.process.pid}/children`, 'utf8')).trim()
  expect(children).toMatch(/^\d+$/)
  return Number(children)
}

describe('a customer who pays', { timeout: 120_000 }, () => {
  it('gets a bot that shows its QR, is scanned, and answers', async () => {
    tenant = await program.call<Tenant>('POST', '/tenants', { name: 'Loja', subscription: 'paid' })
    await program.call('POST', `/tenants/${tenant.id}/flow/versions`, SAMPLE_FLOW)
    await inState('qr_ready')
    const { qr_code } = await waitFor(
      async () => {
        const qr = await program.call<BotQr>('GET', `/tenants/${tenant.id}/bot/qr`)
        return qr.qr_code === null ? null : qr
      },
      { what: 'the QR' },
    )
    await lab.scenario.scan({ account: ACCOUNT, qr: qr_code! })
    expect(await inState('connected')).toMatchObject({ number: ACCOUNT, epoch: 1, instance: { state: 'running' } })
    await program.call('PATCH', `/tenants/${tenant.id}/bot`, { pacing: { enabled: false } })
    await fromAna('oi')
    await toAna('Como podemos ajudar? Responda com o número:\n\n1. Horários\n2. Preços\n3. Falar com um atendente')
    await waitFor(
      async () => (await stored()).filter((one) => one.from_me).every((one) => one.status !== 'queued' && one.status !== 'handed'),
      { what: 'acks to arrive' },
    )
  })

  it('has a bot again when it is killed, without another scan', async () => {
    process.kill(await botPid(), 'SIGKILL')
    await waitFor(async () => !(await bot()).alive, { what: 'the death to be seen' })
    await inState('connected')
    await fromAna('1')
    await toAna('Abrimos de segunda a sábado, das 6h às 20h, e aos domingos das 7h às 13h.')
  })

  it('loses nothing when the control plane is killed, and keeps its bot', async () => {
    const pid = await botPid()
    await program.stop('SIGKILL')
    await waitFor(() => !existsSync(`/proc/${pid}`), { what: 'the bot to end with its control plane' })
    await fromAna('não')
    program = await start()
    await inState('connected')
    await toAna('Obrigado pelo contato. Até logo!')
    const bodies = (await stored()).map((one) => one.body)
    expect(bodies.filter((body) => body === 'não')).toHaveLength(1)
    expect(bodies.filter((body) => body.startsWith('Obrigado pelo contato'))).toHaveLength(1)
  })

  it('does not notice when every database connection breaks', async () => {
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    await client.end()
    await fromAna('oi de novo')
    await waitFor(async () => (await stored()).some((one) => one.body === 'oi de novo'), {
      what: 'the message to be stored',
      timeoutMs: 20_000,
    })
    expect(program.process.exitCode).toBeNull()
    await waitFor(async () => (await stored()).at(-1)?.status !== 'queued' && (await stored()).at(-1)?.from_me, {
      what: 'the answer to leave',
      timeoutMs: 30_000,
    })
  })

  it('can be answered by a person, and stop, start and restart the bot', async () => {
    await program.call('POST', `/tenants/${tenant.id}/messages`, { to: ANA, body: 'Aqui é gente' })
    await toAna('Aqui é gente')
    await program.call('POST', `/tenants/${tenant.id}/bot/stop`)
    await waitFor(async () => (await bot()).instance.state === 'exited', { what: 'the bot to stop', timeoutMs: 20_000 })
    await program.call('POST', `/tenants/${tenant.id}/bot/start`)
    await inState('connected')
    await program.call('POST', `/tenants/${tenant.id}/bot/restart`)
    await waitFor(async () => !(await bot()).alive, { what: 'the old one to go' })
    await inState('connected')
  })

  it('loses the bot when the subscription is cancelled, and keeps its volume', async () => {
    const dir = await volume()
    await program.call('PATCH', `/tenants/${tenant.id}`, { subscription: 'cancelled' })
    await waitFor(async () => (await bot()).instance.state === 'absent', { what: 'the bot to be removed', timeoutMs: 20_000 })
    expect(existsSync(dir)).toBe(true)
    await program.call('PATCH', `/tenants/${tenant.id}`, { subscription: 'paid' })
    await inState('connected')
  })

  it('is served until a clean stop, which ends within 10 s', async () => {
    const pid = await botPid()
    const since = performance.now()
    expect(await program.stop()).toBe(0)
    expect(performance.now() - since).toBeLessThan(10_000)
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    expect(program.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
    expect(await readFile(path.join(dataDir, 'master.key'), 'utf8')).toMatch(/^[A-Za-z0-9+/]{43}=\n$/)
  })
})
