import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { createTurns } from '../in-turn.ts'
import type { Driver, DriverEvent, InstanceSpec } from '../port.ts'
import { Child } from './child.ts'
import { InstanceLog } from './log.ts'
import { availableMemory, treeStats } from './proc.ts'
import { proveInProcess } from './prove.ts'

export type ProcessDriverOptions = {
  /** Holds volumes/ and logs/. */
  dataDir: string
  /** The program to run. */
  command: string
  args: string[]
  /** What every bot on this machine is told, besides its own. */
  env?: Readonly<Record<string, string>>
  /** From SIGTERM to SIGKILL. */
  killAfterMs?: number
  /** Rejects while `dataDir` is not there (home.ts): then nothing is known of what is in it, and nothing is started. */
  there?: () => Promise<void>
}

export type ProcessDriver = Driver & {
  /** Also when its directory is gone. */
  stopAll(): Promise<void>
}

const KILL_AFTER_MS = 10_000
/** When we end ourselves, which has to be over within 10 s. */
const CLOSE_KILL_AFTER_MS = 7_000
/** Of our own environment a bot gets these and nothing else: it has no business with our secrets. */
const HANDED_DOWN = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR']

/**
 * Bots as child processes of ours. They end when we do: their standard input closes. Nothing is adopted by its PID, which another program may
 * have by now: a restarted control plane starts them afresh, and a new one waits for the lock on its volume until the old one has gone.
 */
export function createProcessDriver({
  dataDir,
  command,
  args,
  env: common = {},
  killAfterMs = KILL_AFTER_MS,
  there = () => Promise.resolve(),
}: ProcessDriverOptions): ProcessDriver {
  const children = new Map<string, Child>()
  const logs = new Map<string, InstanceLog>()
  const inTurn = createTurns()
  const subscribers = new Set<(event: DriverEvent) => void>()
  let closed = false

  const logOf = (name: string): InstanceLog => {
    const log = logs.get(name) ?? new InstanceLog(path.join(dataDir, 'logs', `${fileName(name)}.log`))
    logs.set(name, log)
    return log
  }
  const environment = (): Record<string, string> => ({
    ...Object.fromEntries(HANDED_DOWN.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]))),
    // glibc keeps up to eight heaps a core for threads that hardly allocate: two save five megabytes a bot.
    MALLOC_ARENA_MAX: '2',
    ...common,
  })
  const start = async (spec: InstanceSpec): Promise<void> => {
    const port = spec.expose === 'host' ? await freePort() : 0
    if (closed) return
    const volume = path.join(dataDir, 'volumes', fileName(spec.volume))
    const env = {
      ...environment(),
      HOME: volume,
      ...spec.env,
      HOST: '127.0.0.1',
      PORT: String(port),
      ZAPTRIA_DATA_DIR: volume,
      ZAPTRIA_VOLUME_MB: String(Math.floor(spec.limits.volumeBytes / 1024 / 1024)),
      ZAPTRIA_EXIT_WITH_STDIN: '1',
    }
    const child = new Child(spec, { command, args, cwd: volume, env, port, killAfterMs }, logOf(spec.name), () => {
      for (const heard of subscribers) heard({ name: spec.name })
    })
    children.set(spec.name, child)
  }
  const remove = async (name: string): Promise<void> => {
    await children.get(name)?.stop()
    children.delete(name)
    await logs.get(name)?.close()
    logs.delete(name)
  }

  return {
    kind: 'process',
    exposes: ['none', 'host'],
    detached: false,
    apply: (spec) =>
      inTurn(spec.name, async () => {
        if (closed) throw new Error('the driver is closed')
        await there()
        const before = children.get(spec.name)
        if (before?.running === true && before.spec.generation === spec.generation) return
        await before?.stop()
        await start(spec)
      }),
    stop: (name) => inTurn(name, async () => children.get(name)?.stop()),
    remove: (name) => inTurn(name, () => remove(name)),
    erase: (name, volumes) =>
      inTurn(name, async () => {
        // A directory that is not mounted looks as if nothing were left.
        await there()
        await remove(name)
        const log = path.join(dataDir, 'logs', `${fileName(name)}.log`)
        const left = [log, `${log}.1`, ...volumes.map((volume) => path.join(dataDir, 'volumes', fileName(volume)))]
        for (const each of left) await rm(each, { recursive: true, force: true })
      }),
    async stopAll() {
      await Promise.all([...children.keys()].map((name) => inTurn(name, async () => children.get(name)?.stop())))
    },
    async inspect(name) {
      await there()
      return children.get(name)?.report() ?? { state: 'absent', generation: null, detail: null }
    },
    async list() {
      await there()
      return [...children.values()].map((child) => ({ name: child.spec.name, labels: child.spec.labels, ...child.report() }))
    },
    async capacity() {
      await there()
      return { memoryBytes: os.totalmem(), memoryFreeBytes: (await availableMemory()) ?? os.freemem() }
    },
    async stats(name) {
      const child = children.get(name)
      if (child?.pid === undefined) return null
      const tree = await treeStats(child.pid)
      const now = Date.now()
      const before = child.lastCpu ?? { seconds: 0, at: child.startedAt }
      if (tree !== null) child.lastCpu = { seconds: tree.cpuSeconds, at: now }
      return {
        memoryBytes: tree?.pssBytes ?? null,
        cpuRatio: tree === null || now === before.at ? null : Math.max(0, ((tree.cpuSeconds - before.seconds) * 1000) / (now - before.at)),
        processes: tree?.processes ?? null,
        uptimeSeconds: (now - child.startedAt) / 1000,
      }
    },
    logs: (name, tail) => Promise.resolve(logs.get(name)?.tail(tail) ?? []),
    async prove(spec) {
      await there()
      return proveInProcess(path.join(dataDir, 'proof'), { command, args, env: environment() }, spec)
    },
    subscribe(heard) {
      subscribers.add(heard)
      return () => void subscribers.delete(heard)
    },
    async close() {
      closed = true
      await Promise.all([...children.values()].map((child) => child.stop(Math.min(killAfterMs, CLOSE_KILL_AFTER_MS))))
      await Promise.all([...logs.values()].map((log) => log.close()))
      subscribers.clear()
    },
  }
}

/** One that is free right now: the bot says so, and is started again, should another program be faster. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Names come from our own rows; a path in one would still be a way out of the data directory. */
function fileName(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)) throw new Error(`not a name for an instance or a volume: ${name}`)
  return name
}

/** The bot's entry: as set, else the built one, else its source beside us (Node strips the types). */
export function botEntry(entry: string | undefined): string {
  if (entry !== undefined) return entry
  const app = path.join(import.meta.dirname, '../../../../bot')
  const built = path.join(app, 'dist/bot.js')
  return existsSync(built) ? built : path.join(app, 'src/main.ts')
}
