import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const ROOT = join(import.meta.dirname, '../../../..')
/** What a control plane said last is told when it ends before its time. */
const LAST_LINES = 20

export type ControlPlaneOptions = {
  /** Its whole environment, beside what ends it with us. */
  env: Record<string, string | undefined>
  /** The Node that runs it, and so its bots; absent: this one. */
  node?: string
  /** Of the control plane's own Node. */
  nodeArgs?: readonly string[]
  /** Where its log goes, when somebody wants it. */
  logFile?: string | undefined
}

export type ControlPlaneProcess = {
  child: ChildProcess
  url: string
  /** Where the bots' own listener waits. */
  botsPort: number
  /** SIGTERM, and its end. */
  stop(): Promise<void>
}

/** A control plane as a process of its own; resolves when it listens, rejects with what it said last when it ends instead. */
export async function startControlPlane({
  env,
  node = process.execPath,
  nodeArgs = [],
  logFile,
}: ControlPlaneOptions): Promise<ControlPlaneProcess> {
  const child = spawn(node, [...nodeArgs, 'apps/control-plane/src/main.ts'], {
    cwd: ROOT,
    // Standard input stays open: should we be killed, everything below it ends by itself.
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], PORT: '0', ZAPTRIA_BOTS_PORT: '0', ZAPTRIA_LAB: '1', ZAPTRIA_EXIT_WITH_STDIN: '1', ...env },
  })
  const exited = once(child, 'exit')
  const last: string[] = []
  const listening = Promise.withResolvers<{ url: string; botsPort: number }>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (last.push(line) > LAST_LINES) last.shift()
      if (logFile !== undefined) appendFileSync(logFile, `${line}\n`)
      const [, url, bots] = /"url":"(http:[^"]+)","bots_url":"(http:[^"]+)".*"msg":"listening"/.exec(line) ?? []
      if (url !== undefined && bots !== undefined) listening.resolve({ url, botsPort: Number(new URL(bots).port) })
    })
  }
  void exited.then(() => listening.reject(new Error(`the control plane ended:\n${last.join('\n')}`)))
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await exited
  }
  try {
    return { child, ...(await listening.promise), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
