import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { InstanceReport, InstanceSpec } from '../port.ts'
import type { InstanceLog } from './log.ts'

export type ChildOptions = { command: string; args: string[]; cwd: string; env: Record<string, string>; port: number; killAfterMs: number }

/** One bot's process, from its start to the confirmed end of it. */
export class Child {
  readonly spec: InstanceSpec
  readonly startedAt = Date.now()
  /** For the share of processor time since the last look. */
  lastCpu: { seconds: number; at: number } | undefined
  readonly #process: ChildProcess
  readonly #killAfterMs: number
  readonly #url: string | undefined
  readonly #ended: Promise<void>
  #end: string | undefined

  constructor(spec: InstanceSpec, options: ChildOptions, log: InstanceLog, ended: () => void) {
    this.spec = spec
    this.#killAfterMs = options.killAfterMs
    this.#url = options.port === 0 ? undefined : `http://127.0.0.1:${options.port}`
    mkdirSync(options.cwd, { recursive: true, mode: 0o700 })
    this.#process = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      // Standard input stays open and silent: when we die, it closes, and the bot ends with us.
      stdio: ['pipe', 'pipe', 'pipe'],
      // A process group of its own: a Ctrl-C at our terminal is ours to pass on, and a kill reaches the browser as well.
      detached: true,
    })
    this.#process.stdin?.on('error', () => {})
    for (const stream of [this.#process.stdout, this.#process.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => log.write(text))
    this.#ended = new Promise((done) => {
      const end = (how: string): void => {
        if (this.#end !== undefined) return
        this.#end = how
        done()
        ended()
      }
      this.#process.once('error', (error) => {
        // `error` also reports a signal that could not be delivered; without a pid it never started.
        if (this.#process.pid === undefined) end(`could not be started: ${error.message}`)
      })
      this.#process.once('exit', (code, signal) => {
        // What it left behind (a browser that hangs) must not hold the profile that the next one opens.
        this.#killGroup()
        end(signal === null ? `exit code ${code}` : `ended by ${signal}`)
      })
    })
  }

  get pid(): number | undefined {
    return this.#end === undefined ? this.#process.pid : undefined
  }

  get running(): boolean {
    return this.#end === undefined
  }

  report(): InstanceReport {
    const { generation } = this.spec
    if (this.#end !== undefined) return { state: 'exited', generation, detail: this.#end }
    return { state: 'running', generation, detail: null, ...(this.#url === undefined ? {} : { url: this.#url }) }
  }

  async stop(killAfterMs = this.#killAfterMs): Promise<void> {
    if (!this.running) return
    this.#process.kill('SIGTERM')
    const force = setTimeout(() => this.#killGroup(), killAfterMs)
    await this.#ended
    clearTimeout(force)
  }

  #killGroup(): void {
    const { pid } = this.#process
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // Nothing of the group is left.
    }
  }
}
