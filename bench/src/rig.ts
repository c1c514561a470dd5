import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startLab } from '@zaptria/lab'
import type { Lab } from '@zaptria/lab'
import { startPostgres } from '@zaptria/postgres'
import { Api } from './api.ts'
import { BENCH_POOL, benchDocker } from './docker.ts'
import type { BenchDocker } from './docker.ts'
import type { Setup } from './setup.ts'

const ROOT = join(import.meta.dirname, '../..')
/** Where the control plane's log goes, when somebody wants to know why a figure is what it is. */
const LOG_FILE = process.env['BENCH_LOG']

/** A whole system on this machine: PostgreSQL, the Lab, a control plane as a process of its own, which starts the bots. */
export type Rig = {
  api: Api
  lab: Lab
  setup: Setup
  databaseUrl: string
  controlPlane: () => ChildProcess
  /** Kills the control plane and starts it again, on the same data. */
  restartControlPlane(): Promise<void>
  /** Set when bots run in containers. */
  docker: { engine: BenchDocker; serverId: string } | undefined
  [Symbol.asyncDispose](): Promise<void>
}
export type RigOptions = { engine: 'wwebjs' | 'simulated'; driver?: 'process' | 'docker'; env?: Record<string, string> }

export async function startRig(setup: Setup, { engine, driver = 'process', env = {} }: RigOptions): Promise<Rig> {
  const stack = new AsyncDisposableStack()
  try {
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-bench-'))
    stack.defer(() => rmSync(dir, { recursive: true, force: true }))
    const postgres = await startPostgres({ dir: join(dir, 'postgres') })
    stack.defer(() => postgres.destroy())
    const engineOfDocker = driver === 'docker' ? benchDocker() : undefined
    const host = (await engineOfDocker?.prepare()) ?? '127.0.0.1'
    const lab = await startLab({ host })
    stack.defer(() => lab.close())
    const apiKey = `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`
    const settings = {
      DATABASE_URL: postgres.url,
      ZAPTRIA_DATA_DIR: dir,
      ZAPTRIA_BOOTSTRAP_API_KEY: apiKey,
      ZAPTRIA_ENGINE: engine,
      ZAPTRIA_LAB_URL: lab.simulated,
      ZAPTRIA_BROWSER_ARGS: JSON.stringify(lab.browserArgs),
      ...(driver === 'docker'
        ? { ZAPTRIA_DRIVER: 'docker', ZAPTRIA_BOTS_POOL: BENCH_POOL, ZAPTRIA_BOT_IMAGE: setup.image, ZAPTRIA_BROWSER_SANDBOX: 'on' }
        : {}),
      ...env,
    }
    let started = await startControlPlane(setup, settings)
    stack.defer(() => started.stop())
    const api = new Api(started.url, apiKey)
    const serverId = (await api.servers()).find((server) => server.driver === driver)?.id ?? ''
    // Once the control plane is gone: it would make them again.
    if (engineOfDocker !== undefined) {
      stack.defer(() => engineOfDocker.sweep(serverId))
      stack.defer(() => started.stop())
    }
    return {
      api,
      lab,
      setup,
      databaseUrl: postgres.url,
      controlPlane: () => started.child,
      restartControlPlane: async () => {
        const gone = once(started.child, 'exit')
        started.child.kill('SIGKILL')
        await gone
        // Where it was: bots dial the address that they were told.
        started = await startControlPlane(setup, { ...settings, PORT: new URL(started.url).port, ZAPTRIA_BOTS_PORT: started.botsPort })
      },
      docker: engineOfDocker === undefined ? undefined : { engine: engineOfDocker, serverId },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

type Started = { child: ChildProcess; url: string; botsPort: string; stop: () => Promise<void> }

async function startControlPlane(setup: Setup, env: Record<string, string>): Promise<Started> {
  const child = spawn(setup.node, ['apps/control-plane/src/main.ts'], {
    cwd: ROOT,
    // Standard input stays open: should the bench be killed, everything below it ends by itself.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      ZAPTRIA_BOTS_PORT: '0',
      ZAPTRIA_LAB: '1',
      ZAPTRIA_EXIT_WITH_STDIN: '1',
      // How many may start at once is not what is measured.
      ZAPTRIA_MAX_STARTING: '50',
      ZAPTRIA_BROWSER_SANDBOX: process.getuid?.() === 0 ? 'off' : 'on',
      ...(setup.nodeArgs === undefined ? {} : { ZAPTRIA_BOT_NODE_ARGS: JSON.stringify(setup.nodeArgs) }),
      ...(setup.botEntry === undefined ? {} : { ZAPTRIA_BOT_ENTRY: setup.botEntry }),
      ...(setup.browserPath === undefined ? {} : { ZAPTRIA_BROWSER_PATH: setup.browserPath }),
      ...env,
    },
  })
  const exited = once(child, 'exit')
  const last: string[] = []
  const listening = Promise.withResolvers<{ url: string; botsPort: string }>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (last.push(line) > 20) last.shift()
      if (LOG_FILE !== undefined) appendFileSync(LOG_FILE, `${line}\n`)
      const [, url, bots] = /"url":"(http:[^"]+)","bots_url":"(http:[^"]+)".*"msg":"listening"/.exec(line) ?? []
      if (url !== undefined && bots !== undefined) listening.resolve({ url, botsPort: new URL(bots).port })
    })
  }
  void exited.then(() => listening.reject(new Error(`the control plane ended:\n${last.join('\n')}`)))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  try {
    return { child, ...(await listening.promise), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
