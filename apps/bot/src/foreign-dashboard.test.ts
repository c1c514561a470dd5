import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { withLab } from '@zaptria/lab'
import { waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { tempDir, TOKEN } from './testing/bot.ts'
import { startDashboard } from './testing/dashboard.ts'

const SHOP = '5511900000001'
const ANA = '5511988887777'
const TENANT = '42'

describe('a bot behind a foreign dashboard, with whatsapp-web.js in a real Chromium', () => {
  it('pairs, talks, is killed, comes back without a new QR, and has missed nothing', { timeout: 120_000 }, async () => {
    await withLab(async (lab) => {
      await using dir = await tempDir()
      const dashboard = await startDashboard({ token: TOKEN, tenantId: TENANT })
      let out = ''
      const run = () => {
        const child = spawn(process.execPath, [new URL('main.ts', import.meta.url).pathname], {
          stdio: ['ignore', 'pipe', 'inherit'],
          // What the seed gives its container, and where the Lab is.
          env: {
            BOT_TOKEN: TOKEN,
            TENANT_ID: TENANT,
            DASHBOARD_URL: dashboard.url,
            PORT: '0',
            ZAPTRIA_DATA_DIR: join(dir.path, '.wwebjs_auth'),
            ZAPTRIA_BROWSER_SANDBOX: 'off',
            ZAPTRIA_BROWSER_ARGS: JSON.stringify(lab.browserArgs),
          },
        })
        out = ''
        child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
        const exited = once(child, 'exit').then(([code]) => code as number | null)
        return { child, exited }
      }
      const until = (what: string, look: () => unknown) => waitFor(look, { what, timeoutMs: 40_000 })
      const heard = (): unknown[] => dashboard.taken('incoming').map((body) => body['body'])
      let bot = run()
      try {
        await lab.scenario.createAccount({ number: SHOP, name: 'Padaria' })
        await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
        await until('a QR', () => dashboard.taken('qr').length > 0)
        await lab.scenario.scan({ account: SHOP, qr: String(dashboard.taken('qr').at(-1)?.['qr_code']) })
        await until('connected', () => dashboard.taken('status').at(-1)?.['status'] === 'connected')
        expect(dashboard.taken('status').at(-1)).toMatchObject({ number: SHOP, name: 'Padaria' })

        await lab.scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'oi' })
        await until('the message', () => heard().includes('oi'))
        expect(dashboard.taken('incoming')[0]).toMatchObject({
          from: `${ANA}@c.us`,
          body: 'oi',
          type: 'chat',
          timestamp: expect.any(Number),
        })

        const port = /"port":(\d+)/.exec(out)?.[1]
        const answer = await fetch(`http://127.0.0.1:${port}/send`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ token: TOKEN, to: ANA, message: 'bom dia' }),
        })
        expect([answer.status, await answer.json()]).toEqual([200, { success: true, message_id: expect.any(String) }])
        await lab.scenario.waitForMessage({ account: SHOP, contact: ANA, body: 'bom dia', ack: 1 })

        const qrs = dashboard.taken('qr').length
        const connects = dashboard.taken('status').length
        bot.child.kill('SIGKILL')
        await bot.exited
        await lab.scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'are you there?' })
        bot = run()
        await until('what came meanwhile', () => heard().includes('are you there?'))
        await lab.scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'good' })
        await until('what came afterwards', () => heard().includes('good'))
        expect(heard()).toEqual(['oi', 'are you there?', 'good'])
        expect(dashboard.taken('qr').length).toBe(qrs)

        bot.child.kill('SIGTERM')
        expect(await bot.exited).toBe(0)
        expect(dashboard.taken('status').slice(connects).at(-1)).toMatchObject({ status: 'disconnected', reason: 'stopped' })
      } finally {
        bot.child.kill('SIGKILL')
        await bot.exited
        await dashboard.stop()
      }
    })
  })
})
