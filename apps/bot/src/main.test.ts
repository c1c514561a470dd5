import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { waitFor } from '@zaptria/lab/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from './outbox/database.ts'
import { tempDir, TENANT, TOKEN } from './testing/bot.ts'
import { VERSION } from './version.ts'

let dir: Awaited<ReturnType<typeof tempDir>>
const children: ChildProcess[] = []
beforeEach(async () => {
  dir = await tempDir()
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  await dir[Symbol.asyncDispose]()
})

/** The program itself, without a grant: its link leads nowhere. */
const run = (environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      BOT_TOKEN: TOKEN,
      TENANT_ID: TENANT,
      PORT: '0',
      ZAPTRIA_LINK_URL: 'ws://127.0.0.1:9',
      ZAPTRIA_DATA_DIR: dir.path,
      ...environment,
    },
  })
  children.push(child)
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const port = async (): Promise<number> => {
    await waitFor(() => out.includes('"listening"'), { what: 'listening', timeoutMs: 20_000 })
    return Number(/"port":(\d+)/.exec(out)?.[1])
  }
  return { child, exit, port, out: () => out }
}

describe('the program', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('leaves cleanly on %s and lets go of the volume', async (signal) => {
    const bot = run()
    await bot.port()
    await waitFor(() => bot.out().includes('waiting_for_grant'), { what: 'the session layer', timeoutMs: 20_000 })
    bot.child.kill(signal)
    expect(await bot.exit).toBe(0)
    openDatabase(dir.path).close()
  })

  it('leaves when its standard input closes, where it was told to', async () => {
    const bot = run({ ZAPTRIA_EXIT_WITH_STDIN: '1' })
    await bot.port()
    bot.child.stdin.end()
    expect(await bot.exit).toBe(0)
  })

  it('names every fault of its environment', async () => {
    const bot = run({ BOT_TOKEN: 'short', ZAPTRIA_LINK_URL: 'http://x', ZAPTRIA_COLOUR: 'blue' })
    expect(await bot.exit).toBe(2)
    for (const fault of ['BOT_TOKEN', 'ZAPTRIA_LINK_URL: must begin with ws://', 'ZAPTRIA_COLOUR: no such setting'])
      expect(bot.out()).toContain(fault)
  })

  it('says that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const bot = run({ PORT: String((other.address() as AddressInfo).port) })
    expect(await bot.exit).toBe(1)
    expect(bot.out()).toContain('EADDRINUSE')
    other.close()
  })

  it('waits for the volume’s lock, alive, and goes on when it is free', async () => {
    const held = openDatabase(dir.path)
    const bot = run()
    const port = await bot.port()
    try {
      await waitFor(() => bot.out().includes('another process holds the volume'), { what: 'the warning', timeoutMs: 20_000 })
      const health = await fetch(`http://127.0.0.1:${port}/health`)
      expect(health.status).toBe(503)
      const ready = await fetch(`http://127.0.0.1:${port}/health/ready`)
      expect(await ready.json()).toMatchObject({ reason: 'volume_locked' })
    } finally {
      held.close()
    }
    await waitFor(() => bot.out().includes('waiting_for_grant'), { what: 'the session layer', timeoutMs: 20_000 })
  })

  it('is healthy for the image’s health check while it runs, and no longer', async () => {
    const bot = run()
    const port = await bot.port()
    const script = new URL('../../../deploy/shared/zaptria-healthcheck', import.meta.url).pathname
    const check = () => spawnSync('bash', [script, '127.0.0.1', String(port)], { encoding: 'utf8', timeout: 20_000 })
    expect(check()).toMatchObject({ status: 0, stdout: '', stderr: '' })
    bot.child.kill('SIGTERM')
    await bot.exit
    expect(check().status).toBe(1)
  })

  it('exits with 1 on what nobody caught, after letting go of the volume', async () => {
    const bot = run({ NODE_OPTIONS: `--import=${new URL('./testing/throw-later.ts', import.meta.url).href}` })
    expect(await bot.exit).toBe(1)
    expect(bot.out()).toContain('a rejection that nobody handled')
    openDatabase(dir.path).close()
  })

  it('knows its version', () => {
    const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
    expect(VERSION).toBe(manifest.version)
  })
})
