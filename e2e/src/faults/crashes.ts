import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { API_BASE } from '@zaptria/contract'
import type { Bot, BotQr, Conversation, Message, Page, Snapshot, SnapshotCheck, StateHistoryEntry } from '@zaptria/contract'
import { startLab } from '@zaptria/lab'
import { startControlPlane, waitFor } from '@zaptria/lab/testing'
import { startPostgres } from '@zaptria/postgres'
import pg from 'pg'
import { roles } from '../processes.ts'
import { makeDataDir } from '../system.ts'
import { openWire } from './wire.ts'

const SHOP = '5511900000001'
const ANA = '5511988887777'
const WAIT_MS = 60_000
/** Of a session that a snapshot has in two parts. */
const PAD_BYTES = 9 * 1024 * 1024

export type CrashScene = Awaited<ReturnType<typeof startCrashScene>>

/**
 * A linked bot whose session is large, a control plane that runs it, another one that it talks to over a wire, and PostgreSQL: each can be killed alone.
 */
export async function startCrashScene() {
  const stack = new AsyncDisposableStack()
  try {
    const dir = makeDataDir()
    stack.defer(() => rmSync(dir, { recursive: true, force: true }))
    const postgresDir = join(dir, 'database', 'postgres')
    let postgres = await startPostgres({ dir: postgresDir })
    stack.defer(() => postgres.destroy())
    const lab = await startLab({})
    stack.defer(() => lab.close())
    const wire = await openWire(() => ({ host: '127.0.0.1', port: talker.botsPort }))
    stack.defer(() => wire.close())
    const apiKey = `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`
    const dies = join(dir, 'dies')
    const env = {
      DATABASE_URL: postgres.url,
      ZAPTRIA_DATA_DIR: dir,
      ZAPTRIA_BOOTSTRAP_API_KEY: apiKey,
      ZAPTRIA_ENGINE: 'simulated',
      ZAPTRIA_LAB_URL: lab.simulated,
      ZAPTRIA_LINK_URL: `ws://127.0.0.1:${wire.port}/api/bots/link`,
      ZAPTRIA_BOT_NODE_ARGS: JSON.stringify([
        '--max-semi-space-size=1',
        '--import',
        `${pathToFileURL(join(import.meta.dirname, 'die.ts')).href}?file=${dies}`,
      ]),
    }
    const keeper = await startControlPlane({ env })
    stack.defer(() => keeper.stop())
    const talks = { ...env, ZAPTRIA_ROLE: 'web' }
    let talker = await startControlPlane({ env: talks })
    stack.defer(() => talker.stop())

    const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const answer = await fetch(talker.url + API_BASE + path, {
        method,
        headers: { authorization: `Bearer ${apiKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return JSON.parse(text) as T
    }
    const query = async <T>(text: string, values: unknown[]): Promise<T[]> => {
      const client = new pg.Client({ connectionString: postgres.url })
      client.on('error', () => {})
      await client.connect()
      try {
        return (await client.query(text, values)).rows as T[]
      } finally {
        await client.end()
      }
    }
    const until = <T>(what: string, look: () => Promise<T>) => waitFor(look, { timeoutMs: WAIT_MS, everyMs: 50, what })

    await lab.scenario.createAccount({ number: SHOP, name: 'Padaria' })
    await lab.scenario.createContact({ phone: ANA, name: 'Ana' })
    const { id: tenant } = await call<{ id: string }>('POST', '/tenants', { name: 'Padaria', subscription: 'paid' })
    const path = `/tenants/${tenant}/bot`
    const bot = (): Promise<Bot> => call('GET', path)
    /** Its process, when there is one. */
    const botPid = (): number | undefined => roles(keeper.child.pid!).bots.find(({ command }) => !command.includes(' prove '))?.pid
    const volume = (): string => join(dir, 'volumes', readdirSync(join(dir, 'volumes'))[0]!)
    /** What the last bot has said does not count. */
    const connected = (since: string): Promise<unknown> =>
      until('the bot to be connected', async () => {
        const { alive, state } = await bot()
        if (alive && state.state === 'connected' && state.at > since) return true
        throw new Error(`alive: ${alive}, ${state.state} (${state.reason} ${state.detail}) since ${state.at}`)
      })
    const snapshots = async (): Promise<Snapshot[]> => (await call<Page<Snapshot>>('GET', `${path}/snapshots`)).items
    const snapshotOf = async (id: string): Promise<Snapshot> => (await snapshots()).find((one) => one.id === id)!
    const ended = (id: string): Promise<Snapshot> =>
      until('the snapshot to be stored or failed', async () => {
        const one = await snapshotOf(id)
        if (one.state === 'stored' || one.state === 'failed') return one
        throw new Error(`it is ${one.state}`)
      })
    const ask = async (): Promise<string> => (await call<Snapshot>('POST', `${path}/snapshots`)).id
    const written: string[] = []

    await until('the QR to be scanned', async () => {
      const { qr_code: qr } = await call<BotQr>('GET', `${path}/qr`)
      if (qr !== null) await lab.scenario.scan({ account: SHOP, qr })
      return qr !== null
    })
    await connected('')
    writeFileSync(join(volume(), 'session', 'pad'), randomBytes(PAD_BYTES))

    return {
      wire,
      connected,
      ask,
      ended,
      snapshots,
      snapshotOf,
      until,
      volume,
      /** Whether something is on the volume. */
      has: (...place: string[]): boolean => existsSync(join(volume(), ...place)),
      /** The bot is to die by itself: die.ts. */
      dieAt: (moment: string): void => writeFileSync(dies, moment),
      died: (): Promise<unknown> => until('the bot to die', () => Promise.resolve(!existsSync(dies))),
      async killBot(): Promise<void> {
        process.kill(await until('a bot', () => Promise.resolve(botPid() ?? null)), 'SIGKILL')
      },
      async killTalker(): Promise<void> {
        const gone = once(talker.child, 'exit')
        talker.child.kill('SIGKILL')
        await gone
        talker = await startControlPlane({
          env: { ...talks, PORT: new URL(talker.url).port, ZAPTRIA_BOTS_PORT: String(talker.botsPort) },
        })
      },
      killPostgres: (): void => void process.kill(postgres.pid, 'SIGKILL'),
      /** Its shared memory and its files may outlast it for a moment. */
      async startPostgres(): Promise<void> {
        postgres = await until('PostgreSQL to start again', () => startPostgres({ dir: postgresDir, port: postgres.port }))
      },
      /** How many parts lie in the vault, whatever is known of them. */
      partsInVault: (): number =>
        readdirSync(join(dir, 'vault', 'files'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length,
      /** Of a snapshot, the parts that are known and not in the vault, and how many are. */
      async parts(id: string): Promise<{ there: number; missing: number[] }> {
        const rows = await query<{ nr: number; sha256: string }>('select nr, sha256 from snapshot_parts where snapshot_id = $1', [id])
        const missing = rows.filter(({ sha256 }) => !existsSync(join(dir, 'vault', 'files', tenant, sha256.slice(0, 2), sha256)))
        return { there: rows.length - missing.length, missing: missing.map(({ nr }) => nr) }
      },
      verify: (id: string): Promise<SnapshotCheck> => call('POST', `${path}/snapshots/${id}/verify`),
      restore: (id: string): Promise<Snapshot> => call('POST', `${path}/snapshots/${id}/restore`),
      /** The bot is stopped, its volume removed, and the bot started again: answers when. */
      async loseVolume(): Promise<string> {
        await call('POST', `${path}/stop`)
        await until('the bot to have stopped', async () => (await bot()).instance.state !== 'running')
        rmSync(volume(), { recursive: true })
        const since = new Date().toISOString()
        await call('POST', `${path}/start`)
        return since
      },
      async write(): Promise<void> {
        written.push(`m${written.length}`)
        await lab.scenario.sendFromContact({ account: SHOP, contact: ANA, body: written.at(-1)! })
      },
      written: (): readonly string[] => written,
      async stored(): Promise<string[]> {
        const [conversation] = (await call<Page<Conversation>>('GET', `/tenants/${tenant}/conversations`)).items
        if (conversation === undefined) return []
        const messages = `/tenants/${tenant}/conversations/${conversation.id}/messages?limit=200`
        return (await call<Page<Message>>('GET', messages)).items.map(({ body }) => body).toReversed()
      },
      /** How often a QR was shown, and the devices that the phone has. */
      async links(): Promise<{ qrs: number; devices: string[] }> {
        const { items } = await call<Page<StateHistoryEntry>>('GET', `${path}/states?limit=200`)
        const account = (await lab.scenario.state()).accounts.find(({ number }) => number === SHOP)
        return { qrs: items.filter(({ state }) => state === 'qr_ready').length, devices: account?.devices.map(({ id }) => id) ?? [] }
      },
      close: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
