import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export type Supervised = { stop(): Promise<void> }

export type SuperviseOptions = {
  name: string
  argv: string[]
  env: NodeJS.ProcessEnv
  cwd: string
  /** Where its output goes; the last run's is kept beside it as `.1`. */
  logFile: string
  onLine: (line: string) => void
  /** Said when it died by itself and will be started again. */
  onRestart: (how: string, inMs: number) => void
}

/** Milliseconds from SIGTERM to SIGKILL: the programs promise a clean stop within 10 s. */
const STOP_MS = 15_000

/** Milliseconds for what it wrote to be read once it is gone: a child of its own may hold its pipes open for ever. */
const HEAR_MS = 1000

/**
 * Keeps one Node program running: started again when it ends, with growing pauses (0.5 to 10 s; a minute of health starts over). Its standard
 * input stays open as long as we live, so that it can end when we are gone.
 */
export function supervise(options: SuperviseOptions): Supervised {
  mkdirSync(dirname(options.logFile), { recursive: true })
  if (existsSync(options.logFile)) renameSync(options.logFile, `${options.logFile}.1`)
  // It holds a sign-in link. A full disk costs log lines, never the program.
  const log = createWriteStream(options.logFile, { flags: 'a', mode: 0o600 }).on('error', () => {})
  let stopped = false
  let pause = 500
  let timer: NodeJS.Timeout | undefined
  let child: ChildProcess | undefined

  const start = (): void => {
    const since = performance.now()
    const started = spawn(process.execPath, options.argv, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    })
    child = started
    started.stdin.on('error', () => {})
    createInterface({ input: started.stdout }).on('line', (line) => {
      log.write(`${line}\n`)
      options.onLine(line)
    })
    started.stderr.on('data', (chunk: Buffer) => log.write(chunk))
    started.once('exit', (code, signal) => {
      if (stopped) return
      if (performance.now() - since > 60_000) pause = 500
      options.onRestart(signal ?? `exit code ${code}`, pause)
      timer = setTimeout(start, pause)
      pause = Math.min(pause * 2, 10_000)
    })
  }
  start()

  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await end(child)
      await new Promise<void>((done) => (log.destroyed ? done() : log.end(() => done())))
    },
  }
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  // Its last words are still in the pipes when it exits.
  const heard = once(child, 'close')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await gone
  clearTimeout(force)
  await Promise.race([heard, sleep(HEAR_MS, undefined, { ref: false })])
}
