import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import path from 'node:path'

/** The control plane as its own program, as it is started in earnest. For tests. */
export type Program = {
  url: string
  botsUrl: string
  process: ChildProcess
  log: string[]
  /** The API as the operator's key. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

export async function startProgram(o: {
  databaseUrl: string
  dataDir: string
  env?: Record<string, string>
  key?: string
}): Promise<Program> {
  const key = o.key ?? `zap_live_${randomBytes(4).toString('hex')}_${randomBytes(32).toString('base64url')}`
  const { PATH, HOME } = process.env
  const child = spawn(process.execPath, [path.join(import.meta.dirname, '../main.ts')], {
    env: {
      ...(PATH === undefined ? {} : { PATH }),
      ...(HOME === undefined ? {} : { HOME }),
      DATABASE_URL: o.databaseUrl,
      PORT: '0',
      ZAPTRIA_BOTS_PORT: '0',
      ZAPTRIA_DATA_DIR: o.dataDir,
      ZAPTRIA_BOOTSTRAP_API_KEY: key,
      ZAPTRIA_EXIT_WITH_STDIN: '1',
      ...o.env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const log: string[] = []
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)))
  const listening = Promise.withResolvers<{ url: string; bots_url: string }>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(line)
    const fields = JSON.parse(line) as { msg?: string; url: string; bots_url: string }
    if (fields.msg === 'listening' && 'bots_url' in fields) listening.resolve(fields)
  })
  void ended.then((code) => listening.reject(new Error(`the control plane ended with ${code}:\n${log.join('\n')}`)))
  const { url, bots_url } = await listening.promise
  return {
    url,
    botsUrl: bots_url,
    process: child,
    log,
    async call<T>(method: string, at: string, body?: unknown): Promise<T> {
      const answer = await fetch(`${url}/api/v1${at}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${text}`)
      return (text === '' ? undefined : JSON.parse(text)) as T
    },
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
