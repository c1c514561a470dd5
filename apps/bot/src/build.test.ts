import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { buildBot } from '../build.ts'
import { tempDir, TENANT, TOKEN } from './testing/bot.ts'

describe('the bundle', () => {
  it.each(['wwebjs', 'simulated'])('runs by itself, far from any node_modules (%s)', { timeout: 60_000 }, async (engine) => {
    await using dir = await tempDir()
    const outfile = join(dir.path, 'bot.js')
    await buildBot({ outfile })
    // With one puppeteer, not two.
    expect(statSync(outfile).size).toBeLessThan(4_000_000)
    const child = spawn(process.execPath, [outfile], {
      cwd: dir.path,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        BOT_TOKEN: TOKEN,
        TENANT_ID: TENANT,
        PORT: '0',
        ZAPTRIA_LINK_URL: 'ws://127.0.0.1:9',
        ZAPTRIA_ENGINE: engine,
        ZAPTRIA_LAB_URL: 'ws://127.0.0.1:9',
        ZAPTRIA_DATA_DIR: join(dir.path, 'volume'),
      },
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const exited = once(child, 'exit')
    try {
      await waitFor(() => out.includes('waiting_for_grant'), { what: `a running bot; it said ${out}`, timeoutMs: 20_000 })
      child.kill('SIGTERM')
      expect((await exited)[0]).toBe(0)
      expect(out).not.toContain('Warning')
    } finally {
      child.kill('SIGKILL')
      await exited
    }
  })

  it('has the program that proves a snapshot', { timeout: 60_000 }, async () => {
    await using dir = await tempDir()
    const outfile = join(dir.path, 'bot.js')
    await buildBot({ outfile })
    const child = spawn(process.execPath, [outfile, 'prove', dir.path], { cwd: dir.path, stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
    expect((await once(child, 'close'))[0]).toBe(1)
    expect(words).toContain('manifest.json')
  })
})
