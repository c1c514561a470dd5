import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { waitFor } from '@zaptria/lab/testing'

const ROOT = join(import.meta.dirname, '../..')

export type System = {
  url: string
  signInLink: string
  /** The demo's phone page, and the Lab's control beside it. */
  phoneUrl: string
  labControl: string
  /** The launcher's process: everything else is below it. */
  pid: number
  /** All that the launcher printed so far. */
  output(): string
  /** Ctrl-C; resolves with the exit code when everything has ended. */
  stop(): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

/** Open to all, so that as root the PostgreSQL's own account reaches it and its files go with the directory. */
export function makeDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-e2e-'))
  chmodSync(dir, 0o755)
  return dir
}

/** `npm run demo` as a person starts it, on free ports, with data of its own. */
export async function startDemo(options: { dataDir?: string; port?: number; env?: NodeJS.ProcessEnv } = {}): Promise<System> {
  const dataDir = options.dataDir ?? makeDataDir()
  const port = options.port ?? (await freePorts(4))
  const child = spawn(process.execPath, ['scripts/run.mjs', 'demo'], {
    cwd: ROOT,
    env: { ...process.env, ...options.env, PORT: String(port), ZAPTRIA_DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', (line) => lines.push(line))
  const exited = new Promise<number>((done) => child.once('exit', (code, signal) => done(code ?? (signal === null ? -1 : 128))))
  const output = (): string => lines.join('\n')

  const stop = async (): Promise<number> => {
    // As a terminal does: to the whole foreground group.
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT')
    const code = await exited
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true })
    return code
  }
  try {
    const up = (): boolean => output().includes('Ctrl-C stops')
    await waitFor(() => up() || child.exitCode !== null, { timeoutMs: 120_000, what: 'npm run demo to say where to go' })
    const found = output()
    if (!up()) throw new Error(`npm run demo ended with ${child.exitCode}:\n${found}`)
    const after = (label: string): string => new RegExp(`${label}:\\s+(\\S+)`).exec(found)?.[1] ?? ''
    const phoneUrl = after('The demo’s phone')
    return {
      url: after('Zaptria is up'),
      signInLink: after('Sign in \\(once\\)'),
      phoneUrl,
      labControl: new URL(phoneUrl).origin,
      pid: child.pid!,
      output,
      stop,
      [Symbol.asyncDispose]: async () => void (await stop()),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The first of `count` consecutive free ports. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const first = 20_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)))
    if (free.every(Boolean)) return first
  }
  throw new Error(`Found no ${count} free ports in a row.`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((done) => server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)))
  await new Promise((done) => server.close(done))
  return free
}
