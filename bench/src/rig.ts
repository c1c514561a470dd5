import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLab } from '@zaptria/lab'
import type { Lab } from '@zaptria/lab'
import { startControlPlane, waitFor } from '@zaptria/lab/testing'
import type { ControlPlaneProcess } from '@zaptria/lab/testing'
import { startPostgres } from '@zaptria/postgres'
import { Api } from './api.ts'
import { BENCH_POOL, benchDocker } from './docker.ts'
import type { BenchDocker } from './docker.ts'
import type { Setup } from './setup.ts'

/** Where the control plane's log goes, when somebody wants to know why a figure is what it is. */
const LOG_FILE = process.env['BENCH_LOG']
/** As `npm run bench` has built it. */
const DASHBOARD = join(import.meta.dirname, '../../apps/dashboard/dist')

/** A whole system on this machine: PostgreSQL, the Lab, a control plane as a process of its own, which starts the bots. */
export type Rig = {
  api: Api
  lab: Lab
  setup: Setup
  databaseUrl: string
  /** Its data, on the disk that PostgreSQL writes to. */
  dir: string
  /** Where people sign in, once; empty unless `people` were asked for. */
  signInLink: string
  controlPlane: () => ChildProcess
  /** Kills the control plane and starts it again, on the same data. */
  restartControlPlane(): Promise<void>
  /** Set when bots run in containers. */
  docker: { engine: BenchDocker; serverId: string } | undefined
  [Symbol.asyncDispose](): Promise<void>
}
export type RigOptions = { engine: 'wwebjs' | 'simulated'; driver?: 'process' | 'docker'; env?: Record<string, string>; people?: boolean }

export async function startRig(setup: Setup, { engine, driver = 'process', env = {}, people = false }: RigOptions): Promise<Rig> {
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
      ...(people ? { ZAPTRIA_DASHBOARD_DIR: DASHBOARD, ZAPTRIA_PRINT_SIGN_IN_LINK: '1' } : {}),
      ...env,
    }
    // The sign-in link stands in the log alone.
    const logFile = LOG_FILE ?? (people ? join(dir, 'control-plane.log') : undefined)
    let started = await startHere(setup, settings, logFile)
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
      dir,
      signInLink: people && logFile !== undefined ? await readSignInLink(logFile) : '',
      controlPlane: () => started.child,
      restartControlPlane: async () => {
        const gone = once(started.child, 'exit')
        started.child.kill('SIGKILL')
        await gone
        // Where it was: bots dial the address that they were told.
        const ports = { PORT: new URL(started.url).port, ZAPTRIA_BOTS_PORT: String(started.botsPort) }
        started = await startHere(setup, { ...settings, ...ports }, logFile)
      },
      docker: engineOfDocker === undefined ? undefined : { engine: engineOfDocker, serverId },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function readSignInLink(logFile: string): Promise<string> {
  const look = (): string | undefined => /"url":"([^"]+)"[^\n]*"msg":"sign_in_link"/.exec(readFileSync(logFile, 'utf8'))?.[1]
  return await waitFor(look, { timeoutMs: 30_000, what: 'the sign-in link in the log of the control plane' })
}

/** What every bench's control plane is told. */
function startHere(setup: Setup, env: Record<string, string>, logFile: string | undefined): Promise<ControlPlaneProcess> {
  return startControlPlane({
    node: setup.node,
    logFile,
    env: {
      // How many may start at once is not what is measured.
      ZAPTRIA_MAX_STARTING: '50',
      ZAPTRIA_BROWSER_SANDBOX: process.getuid?.() === 0 ? 'off' : 'on',
      ...(setup.nodeArgs === undefined ? {} : { ZAPTRIA_BOT_NODE_ARGS: JSON.stringify(setup.nodeArgs) }),
      ...(setup.botEntry === undefined ? {} : { ZAPTRIA_BOT_ENTRY: setup.botEntry }),
      ...(setup.browserPath === undefined ? {} : { ZAPTRIA_BROWSER_PATH: setup.browserPath }),
      ...env,
    },
  })
}
