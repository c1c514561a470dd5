import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { API_BASE } from '@zaptria/contract'
import type { Bot, BotQr, FlowInput } from '@zaptria/contract'
import { startLab } from '@zaptria/lab'
import type { Lab } from '@zaptria/lab'
import type { ControlPlaneProcess, SmallDisk } from '@zaptria/lab/testing'
import { mountSmallDisk, startControlPlane, waitFor } from '@zaptria/lab/testing'
import { startPostgres } from '@zaptria/postgres'
import type { Postgres } from '@zaptria/postgres'
import pg from 'pg'
import { descendants, isAlive } from '../processes.ts'
import { makeDataDir } from '../system.ts'
import { openWire } from './wire.ts'
import type { Wire } from './wire.ts'

const START_MS = 120_000
const RECOVERY_MS = 45_000

/** Every message is answered with its own words, so that each answer can be told from every other. */
const ECHO: FlowInput = {
  format: 1,
  name: 'Echo',
  trigger: { type: 'any' },
  start: 'echo',
  nodes: { echo: { type: 'text', text: 'echo {{answer}}' } },
  loop_after_answers: null,
}

export type Shop = {
  tenant: string
  account: string
  /** Who write. */
  contacts: string[]
  /** Is sent files, and never writes: where a person has answered, no flow does. */
  receiver: string
  engine: 'wwebjs' | 'simulated'
}

/** A whole system whose parts can be hurt one by one: PostgreSQL, the Lab, control planes, one of which starts bots; wires between them. */
export type Fleet = {
  readonly lab: Lab
  /** Of the control planes: volumes, logs of the bots. */
  readonly dir: string
  readonly shops: readonly Shop[]
  /** Between the bots and the control plane. */
  readonly link: Wire
  /** Between the control plane and PostgreSQL. */
  readonly store: Wire
  /** Replicas of the control plane that run now. */
  controlPlanePids(): number[]
  /** Ends one of the replicas, at once or as an upgrade does, and starts it again. */
  endControlPlane(which: number, signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
  killPostgres(): Promise<void>
  /** Starts PostgreSQL if it has ended, and waits until it answers. Throws, with what its processes wait for, when it does not. */
  revivePostgres(): Promise<void>
  /** Null where this process may not mount. */
  readonly disks: { bots: SmallDisk; postgres: SmallDisk } | null
  /** By so many milliseconds their wall clocks are off. */
  setClock(whose: 'control planes' | 'bots', offsetMs: number): void
  /** Straight to PostgreSQL, past the wire. */
  readonly query: <T>(text: string, values?: unknown[]) => Promise<T[]>
  readonly call: <T>(method: string, path: string, body?: unknown) => Promise<T>
  /** The API as it answers. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  close(): Promise<void>
}

export type FleetOptions = {
  replicas: number
  simulated: number
  real: number
  contacts: number
  log?: string | undefined
  /** The address of ours on which bots reach the control plane and the Lab; loopback when nothing is said. */
  host?: string
  /** Of the control planes, beside what they all have. */
  env?: Record<string, string>
}

export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const stack = new AsyncDisposableStack()
  try {
    const dir = makeDataDir()
    stack.defer(() => rmSync(dir, { recursive: true, force: true }))
    const disks = mountDisks(dir, stack)
    const postgresDir = join(dir, 'database', 'postgres')
    const postgresSays = options.log === undefined ? {} : { log: (line: string) => appendFileSync(`${options.log}.postgres`, `${line}\n`) }
    let postgres = await startPostgres({ dir: postgresDir, ...postgresSays })
    stack.defer(() => postgres.destroy())
    const direct = (): string => postgres.url
    const host = options.host ?? '127.0.0.1'
    const lab = await startLab({ host })
    stack.defer(() => lab.close())
    const store = await openWire(() => ({ host: '127.0.0.1', port: postgres.port }))
    stack.defer(() => store.close())
    const replicas: Replica[] = []
    // A bot's connection lands on any of them, as behind a balancer.
    let turn = 0
    const link = await openWire(() => {
      const up = replicas.filter((one) => one.running !== undefined)
      return { host: '127.0.0.1', port: (up[turn++ % Math.max(1, up.length)] ?? replicas[0])?.running?.botsPort ?? 1 }
    }, host)
    stack.defer(() => link.close())

    const apiKey = `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`
    const settings: Record<string, string> = {
      DATABASE_URL: withPort(postgres.url, store.port),
      ZAPTRIA_DATA_DIR: dir,
      ZAPTRIA_BOOTSTRAP_API_KEY: apiKey,
      ZAPTRIA_LINK_URL: `ws://${host}:${link.port}/api/bots/link`,
      ZAPTRIA_LAB_URL: lab.simulated,
      ZAPTRIA_BROWSER_ARGS: JSON.stringify(lab.browserArgs),
      ZAPTRIA_MAX_STARTING: '50',
      ZAPTRIA_BROWSER_SANDBOX: process.getuid?.() === 0 ? 'off' : 'on',
      ZAPTRIA_BROWSER_PATH: process.env['ZAPTRIA_BROWSER_PATH'] ?? '/usr/lib/chromium/chromium-headless-shell',
    }
    Object.assign(settings, options.env)
    const clocks = { 'control planes': join(dir, 'clock'), bots: join(dir, 'bots.clock') }
    settings['ZAPTRIA_BOT_NODE_ARGS'] = JSON.stringify(['--max-semi-space-size=1', ...preload(clocks.bots)])
    const start = async (replica: Replica): Promise<void> => {
      const own = replica.ports ?? {}
      const running = await startControlPlane({
        env: { ...settings, ...own },
        nodeArgs: preload(clocks['control planes']),
        logFile: options.log,
      })
      replica.running = running
      // Where it was: we know the address.
      replica.ports = { PORT: new URL(running.url).port, ZAPTRIA_BOTS_PORT: String(running.botsPort) }
    }
    stack.defer(async () => void (await Promise.all(replicas.map(async (replica) => replica.running?.stop()))))
    for (let i = 0; i < options.replicas; i++) {
      const replica: Replica = {}
      replicas.push(replica)
      await start(replica)
    }

    const query = async <T>(text: string, values: unknown[] = []): Promise<T[]> => {
      const client = new pg.Client({ connectionString: direct() })
      client.on('error', () => {})
      await client.connect()
      try {
        return (await client.query(text, values)).rows as T[]
      } finally {
        await client.end()
      }
    }
    const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${apiKey}`)
      for (;;) {
        const up = replicas.find((replica) => replica.running !== undefined)
        const answer = await fetch(`${up?.running?.url ?? 'http://127.0.0.1:1'}${API_BASE}${path}`, { ...init, headers })
        if (answer.status !== 429) return answer
        // A key may call so often and no more: what is asked for is there a moment later.
        await answer.body?.cancel()
        await delay(1_000 * Number(answer.headers.get('retry-after') ?? 1))
      }
    }
    const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
      const answer = await ask(path, {
        method,
        ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return (text === '' ? undefined : JSON.parse(text)) as T
    }
    let starting: Promise<void> | undefined
    // Two faults may find it dead: it is started once.
    const startPostgresAgain = (): Promise<void> =>
      (starting ??= again(() => startPostgres({ dir: postgresDir, port: postgres.port, ...postgresSays }))
        .then((started) => void (postgres = started))
        .finally(() => (starting = undefined)))
    const shops: Shop[] = []
    const fleet: Fleet = {
      lab,
      shops,
      link,
      store,
      controlPlanePids: () => replicas.flatMap((replica) => replica.running?.child.pid ?? []),
      async endControlPlane(which, signal) {
        const replica = replicas[which % replicas.length]!
        const child = replica.running?.child
        if (child === undefined) return
        replica.running = undefined
        const gone = once(child, 'exit')
        child.kill(signal)
        await gone
        await start(replica)
      },
      async killPostgres() {
        if (starting === undefined) process.kill(postgres.pid, 'SIGKILL')
        await startPostgresAgain()
      },
      async revivePostgres() {
        const answers = async (): Promise<boolean> => {
          if (!isAlive(postgres)) await startPostgresAgain()
          return query('select 1').then(
            () => true,
            () => false,
          )
        }
        await waitFor(answers, { timeoutMs: RECOVERY_MS, everyMs: 250, what: 'PostgreSQL to recover' }).catch((error: unknown) => {
          throw new Error(`PostgreSQL does not recover:\n${waits(postgres.pid)}`, { cause: error })
        })
      },
      dir,
      disks,
      setClock: (whose, offsetMs) => writeFileSync(clocks[whose], String(offsetMs)),
      query,
      call,
      ask,
      close: () => stack.disposeAsync(),
    }
    const engines = [...Array<'wwebjs'>(options.real).fill('wwebjs'), ...Array<'simulated'>(options.simulated).fill('simulated')]
    for (const [index, engine] of engines.entries()) shops.push(await openShop(fleet, index, engine, options.contacts))
    for (const shop of shops) await connected(fleet, shop)
    return fleet
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** What keeps each process of a server, as the kernel sees it. */
function waits(root: number): string {
  const of = (pid: number, what: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${what}`, 'utf8').trim()
    } catch (error) {
      return String(error)
    }
  }
  const line = ({ pid, command }: { pid: number; command: string }): string =>
    `${pid} ${command}: ${of(pid, 'wchan')}, syscall ${of(pid, 'syscall')}\n${of(pid, 'stack')}`
  return [{ pid: root, command: 'postmaster' }, ...descendants(root)].map(line).join('\n')
}

type Replica = { running?: ControlPlaneProcess | undefined; ports?: Record<string, string> }

const preload = (clock: string): string[] => ['--import', `${pathToFileURL(join(import.meta.dirname, 'clock.ts')).href}?file=${clock}`]

function mountDisks(dir: string, stack: AsyncDisposableStack): Fleet['disks'] {
  const bots = mountSmallDisk(join(dir, 'volumes'), 600)
  const postgres = mountSmallDisk(join(dir, 'database'), 1_500)
  for (const disk of [bots, postgres]) if (disk !== null) stack.defer(() => disk.close())
  return bots === null || postgres === null ? null : { bots, postgres }
}

const withPort = (url: string, port: number): string => {
  const changed = new URL(url)
  changed.port = String(port)
  return changed.href
}

/** What was killed may hold its port and its files for a moment longer. */
async function again(start: () => Promise<Postgres>): Promise<Postgres> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start()
    } catch (error) {
      if (attempt === 20) throw error
      await delay(250)
    }
  }
}

/** @param everywhere the whole installation has that engine: a bot need not be told */
export async function openShop(fleet: Fleet, index: number, engine: Shop['engine'], contacts: number, everywhere = false): Promise<Shop> {
  const { call, lab, query } = fleet
  const { id: tenant } = await call<{ id: string }>('POST', '/tenants', { name: `Shop ${index}`, subscription: 'past_due' })
  await call('POST', `/tenants/${tenant}/flow/versions`, ECHO)
  await call('PATCH', `/tenants/${tenant}`, { subscription: 'paid' })
  await call('PATCH', `/tenants/${tenant}/bot`, { pacing: { enabled: false } })
  // Not offered by the API: a simulated engine is for load alone. What the first instance showed is no QR of it.
  if (engine === 'simulated' && !everywhere) {
    await query(`update bots set engine = 'simulated', generation = generation + 1, due_at = now() where tenant_id = $1`, [tenant])
    const replaced = async () =>
      (await query(`select from bots where tenant_id = $1 and instance_generation = generation`, [tenant])).length > 0
    await waitFor(replaced, { timeoutMs: START_MS, everyMs: 100, what: `the simulated engine of shop ${index}` })
  }
  const account = String(5_511_900_000_000 + index)
  await lab.scenario.createAccount({ number: account, name: `Shop ${index}` })
  const phones = Array.from({ length: contacts }, (_, i) => String(5_511_800_000_000 + index * 1000 + i))
  const receiver = String(5_511_700_000_000 + index)
  for (const phone of [...phones, receiver]) await lab.scenario.createContact({ phone, name: `Contact ${phone}` })
  // On a busy machine a QR may turn between its reading and its scanning, as on a slow phone: then the newest is scanned.
  const link = async (): Promise<boolean> => {
    const { qr_code: qr } = await call<BotQr>('GET', `/tenants/${tenant}/bot/qr`)
    if (qr === null) return false
    await lab.scenario.scan({ account, qr })
    return true
  }
  await waitFor(link, { timeoutMs: START_MS, everyMs: 200, what: `shop ${index} to be linked` })
  return { tenant, account, contacts: phones, receiver, engine }
}

export async function connected({ call, query, dir }: Fleet, { tenant, engine }: Shop): Promise<void> {
  const look = async (): Promise<boolean> => {
    const bot = await call<Bot>('GET', `/tenants/${tenant}/bot`)
    if (bot.alive && bot.state.state === 'connected') return true
    throw new Error(`alive: ${bot.alive}, ${bot.state.state} (${bot.state.reason})`)
  }
  try {
    await waitFor(look, { timeoutMs: START_MS, everyMs: 250, what: `${engine} ${tenant} to be connected` })
  } catch (error) {
    const states = await query<{ was: string }>(
      `select at || ' ' || state || ' (' || reason || ') ' || coalesce(detail, '') as was from bot_states where tenant_id = $1 order by at desc limit 30`,
      [tenant],
    )
    const [bot] = await query<{ name: string }>('select container_name as name from bots where tenant_id = $1', [tenant])
    const said = error instanceof Error ? error.message : String(error)
    throw new Error([said, ...states.map(({ was }) => was), ...lastLines(dir, bot!.name, 60)].join('\n'), { cause: error })
  }
}

/** What a bot wrote down last. */
function lastLines(dir: string, name: string, count: number): string[] {
  const logs = readdirSync(join(dir, 'logs')).filter((file) => file.startsWith(name))
  return logs.flatMap((file) =>
    readFileSync(join(dir, 'logs', file), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-count),
  )
}
