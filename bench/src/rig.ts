import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { startLab } from '@zaptria/lab'
import type { Lab } from '@zaptria/lab'
import { startPostgres } from '@zaptria/postgres'
import { Api } from './api.ts'
import type { Setup } from './setup.ts'

const ROOT = join(import.meta.dirname, '../..')

/** A whole system on this machine: PostgreSQL, the Lab, a control plane as a process of its own, which starts the bots. */
export type Rig = { api: Api; lab: Lab; controlPlane: ChildProcess; setup: Setup; [Symbol.asyncDispose](): Promise<void> }

export async function startRig(setup: Setup, engine: 'wwebjs' | 'simulated'): Promise<Rig> {
  const stack = new AsyncDisposableStack()
  try {
    const dir = mkdtempSync(join(tmpdir(), 'zaptria-bench-'))
    stack.defer(() => rmSync(dir, { recursive: true, force: true }))
    const postgres = await startPostgres({ dir: join(dir, 'postgres') })
    stack.defer(() => postgres.destroy())
    const lab = await startLab()
    stack.defer(() => lab.close())
    const apiKey = `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`
    const started = await startControlPlane(setup, {
      DATABASE_URL: postgres.url,
      ZAPTRIA_DATA_DIR: dir,
      ZAPTRIA_BOOTSTRAP_API_KEY: apiKey,
      ZAPTRIA_ENGINE: engine,
      ZAPTRIA_LAB_URL: lab.simulated,
      ZAPTRIA_BROWSER_ARGS: JSON.stringify(lab.browserArgs),
    })
    stack.defer(started.stop)
    const api = new Api(started.url, apiKey)
    return { api, lab, setup, controlPlane: started.child, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

type Started = { child: ChildProcess; url: string; stop: () => Promise<void> }

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
  const listening = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (last.push(line) > 20) last.shift()
      const url = /"url":"(http:[^"]+)".*"msg":"listening"/.exec(line)?.[1]
      if (url !== undefined) listening.resolve(url)
    })
  }
  void exited.then(() => listening.reject(new Error(`the control plane ended:\n${last.join('\n')}`)))
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await exited
  }
  try {
    return { child, url: await listening.promise, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
