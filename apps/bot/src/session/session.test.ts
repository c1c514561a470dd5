import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EngineError } from '../engine/error.ts'
import { FAST, startTestBot, tempDir } from '../testing/bot.ts'
import { createFakeWhatsApp, type FakeWhatsApp } from '../testing/fake-whatsapp.ts'
import { startLinkServer, type LinkServer } from '../testing/link-server.ts'

let server: LinkServer
let whatsapp: FakeWhatsApp
let dir: Awaited<ReturnType<typeof tempDir>>
beforeEach(async () => {
  server = await startLinkServer()
  whatsapp = createFakeWhatsApp()
  dir = await tempDir()
})
afterEach(async () => {
  await server.stop()
  await dir[Symbol.asyncDispose]()
  expect(server.state.faults).toEqual([])
})

const start = (more: Partial<Parameters<typeof startTestBot>[0]> = {}) =>
  startTestBot({ dir: dir.path, engine: whatsapp.factory, environment: { ZAPTRIA_LINK_URL: server.url }, ...more })
const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 10_000 })
const shows = (state: string) => until(`${state} among ${server.states().join(' ')}`, () => server.states().at(-1) === state)
const paired = async () => {
  await until('a QR', () => server.of('qr').length > 0)
  whatsapp.engine().scan()
  await shows('connected/ready')
}

describe('session', () => {
  it('shows a QR, is scanned, connects', async () => {
    await using _bot = await start()
    await paired()
    expect(server.states()).toEqual([
      'starting/waiting_for_grant',
      'starting/engine_starting',
      'qr_ready/waiting_for_scan',
      'pairing/scanned',
      'syncing/history_sync',
      'connected/ready',
    ])
    expect(server.of('state').at(-1)?.body).toMatchObject({ number: '5511900000001', name: 'Padaria' })
    expect(server.of('qr').at(-1)?.body).toEqual({ kind: 'qr', qr_code: null })
    expect(server.of('state').at(-1)?.epoch).toBe(1)
  })

  it.each([
    ['cannot be had', 503],
    ['is offered again though it is gone', 410],
  ])('waits for a session that %s, without haste, and shows a QR when people give that up', async (_, snapshots) => {
    server.state.snapshots = snapshots
    server.state.restore = { snapshot_id: randomUUID(), number: '5511900000001', taken_at: 1_790_000_000 }
    await using bot = await start()
    await until('a second try', () => bot.logs().split('could not be restored yet').length > 2)
    expect(server.states()).toContain('starting/restoring')
    expect(server.state.grantRequests).toBeLessThan(20)
    expect(whatsapp.engines).toHaveLength(0)
    // The control plane has no more use for what it has of an account that is unlinked.
    server.state.restore = null
    expect(await server.command({ kind: 'logout' })).toMatchObject({ ok: true })
    await until('a QR', () => server.of('qr').length > 0)
    expect(server.states()).toContain('logged_out/logout_by_command')
  })

  it('does not open without a grant, and opens as soon as it has one', async () => {
    server.state.grants = false
    await using _bot = await start()
    await until('requests for the grant', () => server.state.grantRequests >= 2)
    expect(whatsapp.engines).toHaveLength(0)
    const volume = server.state.hellos[0]?.volume_id ?? ''
    server.grant('0190a6f0-0000-7000-8000-00000000ffff')
    await until('more requests', () => server.state.grantRequests >= 4)
    expect(whatsapp.engines).toHaveLength(0)
    server.grant(volume)
    await until('an engine', () => whatsapp.engines.length === 1)
  })

  it('says that it may not, and asks again', async () => {
    server.state.deny = 'held_elsewhere'
    await using _bot = await start()
    await shows('starting/grant_denied')
    expect(whatsapp.engines).toHaveLength(0)
    server.state.deny = null
    await shows('qr_ready/waiting_for_scan')
  })

  it('asks again when it was told to, not sooner', async () => {
    server.state.deny = 'admission'
    server.state.denyForMs = 60_000
    await using _bot = await start()
    await until('a request', () => server.state.grantRequests > 0)
    await delay(500)
    // At its welcome, and when the session wanted to be opened.
    expect(server.state.grantRequests).toBeLessThanOrEqual(2)
  })

  it('stays open while the control plane is away, longer than the grant lasts', async () => {
    server.state.ttlMs = 150
    await using bot = await start()
    await paired()
    server.state.refuse = { status: 503 }
    server.cut()
    whatsapp.say({ body: 'anybody there?' })
    await until('some tries to dial', () => server.state.headers.length > 6)
    expect(whatsapp.engines).toHaveLength(1)
    expect((await fetch(`${bot.url}/health/ready`)).status).toBe(200)
    server.state.refuse = null
    await until('the message', () => server.messages().includes('anybody there?'))
    expect(server.state.hellos.at(-1)).toMatchObject({ session_open: true, state: 'connected' })
    expect(whatsapp.engines).toHaveLength(1)
  })

  it('lets go when another volume got the grant', async () => {
    await using _bot = await start()
    await paired()
    const engine = whatsapp.engine()
    server.state.deny = 'held_elsewhere'
    await shows('reconnecting/grant_denied')
    expect(engine.closed).toBe(true)
    await until('more requests', () => server.state.grantRequests > 5)
    expect(whatsapp.engines).toHaveLength(1)
  })

  it('needs a fresh grant after "replaced"', async () => {
    server.state.ttlMs = 300
    await using _bot = await start()
    await paired()
    server.state.grants = false
    const granted = performance.now()
    await until('the end of the grant', () => performance.now() - granted > 350)
    whatsapp.engine().emit({ kind: 'ended', state: 'conflict', reason: 'opened_elsewhere' })
    await shows('conflict/waiting_for_grant')
    expect(server.states()).toContain('conflict/opened_elsewhere')
    const asked = server.state.grantRequests
    await until('more requests', () => server.state.grantRequests > asked + 3)
    expect(whatsapp.engines).toHaveLength(1)
    server.state.grants = true
    await shows('connected/ready')
  })

  it.each([
    ['browser_crashed', (): unknown => whatsapp.engine().emit({ kind: 'ended', state: 'reconnecting', reason: 'browser_crashed' })],
    ['renderer_frozen', (): unknown => (whatsapp.world.frozen = true)],
    ['memory_reload', (): unknown => (whatsapp.world.memoryBytes = 10 ** 12)],
  ] as const)('opens a fresh engine after %s, without a new QR', async (reason, fail) => {
    await using _bot = await start()
    await paired()
    fail()
    await until(`reconnecting/${reason}`, () => server.states().includes(`reconnecting/${reason}`))
    whatsapp.world.frozen = false
    whatsapp.world.memoryBytes = 100
    await shows('connected/ready')
    expect(whatsapp.engines.length).toBeGreaterThanOrEqual(2)
    expect(whatsapp.engines[0]?.closed).toBe(true)
    expect(server.of('qr').filter((event) => event.body.qr_code !== null)).toHaveLength(1)
    expect(server.states().filter((state) => state.startsWith('starting'))).toHaveLength(2)
  })

  it('keeps saying why it does not start, and starts when it can', async () => {
    whatsapp.world.openError = new EngineError('page_unreachable', 'net::ERR_NAME_NOT_RESOLVED')
    await using bot = await start()
    await until('two tries', () => whatsapp.engines.length >= 2)
    expect(server.states().at(-1)).toBe('starting/page_unreachable')
    expect((await fetch(`${bot.url}/health`)).status).toBe(503)
    whatsapp.world.openError = null
    await shows('qr_ready/waiting_for_scan')
    expect((await fetch(`${bot.url}/health`)).status).toBe(200)
  })

  it('stops regenerating a QR that nobody scans, until somebody looks', async () => {
    await using _bot = await start({ sessionTimings: { ...FAST.sessionTimings, qrPauseMs: 200 } })
    await shows('qr_ready/qr_paused')
    expect(whatsapp.engines).toHaveLength(1)
    expect(whatsapp.engines[0]?.closed).toBe(true)
    expect(server.of('qr').at(-1)?.body.qr_code).toBeNull()
    const asked = server.state.grantRequests
    await until('two beats', () => server.state.beats.length > 4)
    expect(server.state.grantRequests).toBe(asked)
    expect(await server.command({ kind: 'pair', look: true })).toMatchObject({ ok: true })
    await until('a second QR', () => server.of('qr').filter((event) => event.body.qr_code !== null).length === 2)
    await shows('qr_ready/qr_paused')
  })

  it('does not pause a QR that somebody looks at', async () => {
    await using _bot = await start({ sessionTimings: { ...FAST.sessionTimings, qrPauseMs: 600 } })
    await shows('qr_ready/waiting_for_scan')
    const began = performance.now()
    while (performance.now() - began < 1_300) {
      await server.command({ kind: 'pair', look: true })
      const beats = server.state.beats.length
      await until('a beat', () => server.state.beats.length > beats)
    }
    expect(server.states().at(-1)).toBe('qr_ready/waiting_for_scan')
    expect(whatsapp.engines).toHaveLength(1)
  })

  it('gives a pairing code for a phone: from the engine that is open, else from a fresh one', async () => {
    await using _bot = await start()
    await shows('qr_ready/waiting_for_scan')
    expect(await server.command({ kind: 'pair', phone: '5511900000001' })).toMatchObject({ ok: true })
    await until('the code', () => server.of('pairing_code').at(-1)?.body.code === 'WXYZ9876')
    whatsapp.world.codeError = new Error('not in this state')
    expect(await server.command({ kind: 'pair', phone: '5511900000001' })).toMatchObject({ ok: true })
    await until('the code of a fresh engine', () => server.of('pairing_code').at(-1)?.body.code === 'ABCD1234')
    expect(whatsapp.engine().options.pairWithPhone).toBe('5511900000001')
  })

  it('shows a fresh QR on request', async () => {
    await using _bot = await start()
    await shows('qr_ready/waiting_for_scan')
    expect(await server.command({ kind: 'pair' })).toMatchObject({ ok: true })
    await until('a second engine', () => whatsapp.engines.length === 2)
    expect(whatsapp.engines[0]?.closed).toBe(true)
    await shows('qr_ready/waiting_for_scan')
  })

  it('forgets the phone of a code once it is linked', async () => {
    await using _bot = await start()
    await shows('qr_ready/waiting_for_scan')
    whatsapp.world.codeError = new Error('not in this state')
    await server.command({ kind: 'pair', phone: '5511900000001' })
    await until('the code', () => server.of('pairing_code').at(-1)?.body.code === 'ABCD1234')
    whatsapp.engine().scan()
    await shows('connected/ready')
    whatsapp.engine().emit({ kind: 'ended', state: 'reconnecting', reason: 'browser_crashed' })
    await until('a third engine', () => whatsapp.engines.length === 3)
    expect(whatsapp.engine().options.pairWithPhone).toBeUndefined()
  })

  it('refuses to pair while it is linked', async () => {
    await using _bot = await start()
    await paired()
    expect(await server.command({ kind: 'pair' })).toMatchObject({ ok: false, error: expect.stringContaining('linked already') })
    expect(await server.command({ kind: 'pair', look: true })).toMatchObject({ ok: true })
    expect(whatsapp.engines).toHaveLength(1)
  })

  it('forgets the session when the phone logs it out, and shows a new QR', async () => {
    await using _bot = await start()
    await paired()
    const marker = join(dir.path, 'session', 'linked')
    expect(existsSync(marker)).toBe(true)
    const former = join(dir.path, 'session.before-restore')
    mkdirSync(former)
    whatsapp.engine().emit({ kind: 'ended', state: 'logged_out', reason: 'logout_by_phone' })
    await shows('qr_ready/waiting_for_scan')
    expect(server.states()).toContain('logged_out/logout_by_phone')
    expect([marker, former].map((each) => existsSync(each))).toEqual([false, false])
    // The number of an account that is not linked any more is nobody's.
    expect(server.of('state').at(-1)?.body.number).toBeUndefined()
  })

  it('logs out by command, once, however often the command comes', async () => {
    await using _bot = await start()
    await paired()
    const id = 'aaaaaaaa-0000-4000-8000-000000000001'
    expect(await server.command({ kind: 'logout' }, id)).toMatchObject({ ok: true })
    await shows('qr_ready/waiting_for_scan')
    expect(server.states()).toContain('logged_out/logout_by_command')
    whatsapp.engine().scan()
    await shows('connected/ready')
    expect(await server.command({ kind: 'logout' }, id)).toMatchObject({ ok: true })
    expect(whatsapp.world.logouts).toBe(1)
    expect(server.states().at(-1)).toBe('connected/ready')
  })

  it.each([
    ['banned', 'account_banned'],
    ['passkey_required', 'passkey'],
  ] as const)('reports %s and does not spin on it', async (state, reason) => {
    await using _bot = await start()
    await shows('qr_ready/waiting_for_scan')
    whatsapp.engine().emit({ kind: 'ended', state, reason })
    await shows(`${state}/${reason}`)
    const beats = server.state.beats.length
    await until('some beats', () => server.state.beats.length > beats + 5)
    expect(whatsapp.engines).toHaveLength(1)
    expect(server.states().at(-1)).toBe(`${state}/${reason}`)
    await server.command({ kind: 'pair' })
    await shows('qr_ready/waiting_for_scan')
  })

  it('ends on the stop command: engine closed, everything delivered', async () => {
    const bot = await start()
    await paired()
    expect(await server.command({ kind: 'stop' })).toMatchObject({ ok: true })
    await bot.ended
    await bot.stop()
    expect(whatsapp.engines[0]?.closed).toBe(true)
    expect(server.states().at(-1)).toBe('starting/stopped')
  })

  it('stops in time though the engine does not close', async () => {
    const bot = await start()
    await paired()
    whatsapp.world.closeHangs = true
    const began = performance.now()
    await bot.stop()
    expect(performance.now() - began).toBeLessThan(5_000)
  })

  it('stops at any moment of its start', async () => {
    for (let turns = 0; turns < 12; turns += 1) {
      const bot = await start()
      for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate)
      await bot.stop()
      expect(whatsapp.engines.every((engine) => engine.closed)).toBe(true)
    }
  })

  it('stops while it is opening', async () => {
    whatsapp.world.openHangs = true
    const bot = await start()
    await until('an engine', () => whatsapp.engines.length === 1)
    await bot.stop()
    expect(whatsapp.engines[0]?.closed).toBe(true)
  })

  it('ends when the control plane says that it is not wanted', async () => {
    await using bot = await start()
    await paired()
    server.close(4410)
    await bot.ended
  })
})
