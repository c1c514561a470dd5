import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { withLab } from '@zaptria/lab'
import { createTestDatabase, waitFor } from '@zaptria/lab/testing'
import { describe, expect, it } from 'vitest'
import { startProgram } from '../../testing/control-plane.ts'

const SHOP = '5511900000001'
const ANA = '5511988887777'
const BOT = path.join(import.meta.dirname, '../../../../bot/src/main.ts')

type Bot = { transport: string; alive: boolean; instance: { state: string }; state: { state: string } }
type Sent = { id: string; conversation_id: string; status: string }

describe('a bot of the customer’s own, run alone, behind our control plane', () => {
  it('is paired and answered from here, and goes on with a rotated token', { timeout: 240_000 }, async () => {
    await withLab(async (lab) => {
      await using database = await createTestDatabase()
      const dir = await mkdtemp(path.join(tmpdir(), 'zaptria-standalone-'))
      const program = await startProgram({ databaseUrl: database.url, dataDir: path.join(dir, 'ours') })
      const until = <T>(what: string, look: () => T | Promise<T>) => waitFor(look, { what, timeoutMs: 60_000 })
      let bot: Awaited<ReturnType<typeof run>> | undefined
      /** As somebody would start it elsewhere: the seed's settings, and where the Lab is. */
      const run = async (tenant: string, token: string) => {
        const child = spawn(process.execPath, [BOT], {
          stdio: ['ignore', 'pipe', 'inherit'],
          env: {
            BOT_TOKEN: token,
            TENANT_ID: tenant,
            DASHBOARD_URL: program.url,
            PORT: '0',
            ZAPTRIA_DATA_DIR: path.join(dir, 'theirs'),
            ZAPTRIA_ENGINE: 'simulated',
            ZAPTRIA_LAB_URL: lab.simulated,
            ZAPTRIA_PACING: '{"enabled":false}',
          },
        })
        const listening = Promise.withResolvers<number>()
        createInterface({ input: child.stdout }).on('line', (line) => {
          const { port } = JSON.parse(line) as { port?: number }
          if (port !== undefined) listening.resolve(port)
        })
        const exited = once(child, 'exit')
        void exited.then(([code]) => listening.reject(new Error(`the bot ended with ${String(code)}`)))
        const stop = async (): Promise<void> => {
          child.kill('SIGTERM')
          await exited
        }
        return { port: await listening.promise, stop }
      }
      try {
        await lab.scenario.createAccount({ number: SHOP, name: 'Padaria' })
        await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
        const made = await program.call<{ id: string; bot_token: string }>('POST', '/tenants', {
          name: 'Padaria',
          subscription: 'paid',
          transport: 'http',
          public_url: 'http://127.0.0.1:9',
        })
        const at = `/tenants/${made.id}`
        const theBot = () => program.call<Bot>('GET', `${at}/bot`)
        bot = await run(made.id, made.bot_token)
        await program.call('PATCH', `${at}/bot`, { public_url: `http://127.0.0.1:${bot.port}` })
        const { qr_code } = await until('its QR here', async () => {
          const qr = await program.call<{ qr_code: string | null }>('GET', `${at}/bot/qr`)
          return qr.qr_code !== null && qr
        })
        // Written before there is a session: it waits for one.
        const early = await program.call<Sent>('POST', `${at}/messages`, { to: ANA, body: 'bom dia' })
        await lab.scenario.scan({ account: SHOP, qr: qr_code! })
        const status = async (of: Sent): Promise<string> => {
          const { items } = await program.call<{ items: Sent[] }>('GET', `${at}/conversations/${of.conversation_id}/messages`)
          return items.find((each) => each.id === of.id)!.status
        }
        await until('the first to be accepted', async () => (await status(early)) === 'accepted')
        await lab.scenario.waitForMessage({ account: SHOP, contact: ANA, body: 'bom dia', ack: 1, timeoutMs: 60_000 })
        expect(await theBot()).toMatchObject({ transport: 'http', state: { state: 'connected' }, instance: { state: 'absent' } })

        await lab.scenario.sendFromContact({ account: SHOP, contact: ANA, body: 'oi' })
        await until('Ana’s words here', async () => {
          const { items } = await program.call<{ items: { body: string }[] }>(
            'GET',
            `${at}/conversations/${early.conversation_id}/messages`,
          )
          return items.some((each) => each.body === 'oi')
        })

        const { bot_token } = await program.call<{ bot_token: string }>('POST', `${at}/bot/token`)
        const between = await program.call<Sent>('POST', `${at}/messages`, { to: ANA, body: 'com a chave nova' })
        // Else the bot may end in the middle of the attempt, and then nobody knows how it ended.
        await until('the new token to be refused', async () => {
          const { items } = await program.call<{ items: { kind: string }[] }>('GET', '/alerts')
          return items.some(({ kind }) => kind === 'sink_paused')
        })
        await bot.stop()
        bot = await run(made.id, bot_token)
        await program.call('PATCH', `${at}/bot`, { public_url: `http://127.0.0.1:${bot.port}` })
        await until('the second to be accepted', async () => (await status(between)) === 'accepted')
        await lab.scenario.waitForMessage({ account: SHOP, contact: ANA, body: 'com a chave nova', ack: 1, timeoutMs: 60_000 })
      } finally {
        await bot?.stop()
        await program.stop()
        await rm(dir, { recursive: true, force: true })
      }
    })
  })
})
