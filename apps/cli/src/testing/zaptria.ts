import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase, startControlPlane } from '@zaptria/lab/testing'
import { SECTIONS } from '../commands.ts'
import { run } from '../run.ts'
import { typed } from './terminal.ts'

const KEY = `zap_live_0c110c11_${'k'.repeat(43)}`

export type Said = { code: number; out: string; err: string }
export type Zaptria = {
  /** Types a command; answers to its questions follow. */
  type(words: readonly string[], ...answers: string[]): Promise<Said>
  /** What it prints with --json; the exit code must be 0. */
  json<T>(...words: string[]): Promise<T>
  call<T>(method: string, path: string, body?: unknown): Promise<T>
  databaseUrl: string
  /** Where its control plane keeps everything but the database. */
  dataDir: string
  /** A system of a customer's: takes webhooks, and messages as a bot of his own. */
  shop: { url: string; answers: number; seen: { path: string; body: unknown }[] }
  [Symbol.asyncDispose](): Promise<void>
}

/** A control plane of its own, the command line logged in to it by the environment, and a customer's system. */
export async function openZaptria(): Promise<Zaptria> {
  const database = await createTestDatabase()
  const dataDir = mkdtempSync(join(tmpdir(), 'zaptria-cli-'))
  const program = await startControlPlane({
    env: {
      DATABASE_URL: database.url,
      ZAPTRIA_DATA_DIR: dataDir,
      ZAPTRIA_BOOTSTRAP_API_KEY: KEY,
      ZAPTRIA_WEBHOOKS_ALLOW: '127.0.0.1',
    },
  })
  const shop: Zaptria['shop'] = { url: '', answers: 200, seen: [] }
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      // Looks at his bot's health have no body.
      if (text !== '') shop.seen.push({ path: request.url ?? '', body: JSON.parse(text) as unknown })
      response.writeHead(shop.answers, { 'content-type': 'application/json' }).end('{"success":true}')
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  shop.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const before = { ZAPTRIA_URL: process.env['ZAPTRIA_URL'], ZAPTRIA_API_KEY: process.env['ZAPTRIA_API_KEY'] }
  Object.assign(process.env, { ZAPTRIA_URL: program.url, ZAPTRIA_API_KEY: KEY })

  const type: Zaptria['type'] = async (words, ...answers) => {
    let [out, err] = ['', '']
    const code = await run(SECTIONS, words, {
      out: (text) => (out += text),
      err: (text) => (err += text),
      signal: new AbortController().signal,
      terminal: typed(...answers),
    })
    return { code, out, err }
  }
  return {
    type,
    databaseUrl: database.url,
    dataDir,
    shop,
    async json<T>(...words: string[]) {
      const { code, out, err } = await type([...words, '--json'])
      if (code !== 0) throw new Error(`zaptria ${words.join(' ')} ends with ${code}: ${out}${err}`)
      return JSON.parse(out) as T
    },
    async call<T>(method: string, path: string, body?: unknown) {
      const answer = await fetch(`${program.url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (!answer.ok) throw new Error(`${method} ${path} answers ${answer.status}: ${await answer.text()}`)
      return (await answer.json()) as T
    },
    async [Symbol.asyncDispose]() {
      for (const [name, value] of Object.entries(before)) {
        if (value === undefined) delete process.env[name]
        else process.env[name] = value
      }
      await program.stop()
      server.closeAllConnections()
      server.close()
      await database[Symbol.asyncDispose]()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
