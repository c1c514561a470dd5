import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestDatabase } from '@zaptria/lab/testing'
import { raiseAlert } from '../../store/alerts.ts'
import { uuidv7 } from '../../uuid.ts'
import { OPERATOR, startTestHttp } from '../testing.ts'
import type { TestHttp } from '../testing.ts'
import type { Sample } from './code.ts'
import type { JsonObject } from './json.ts'
import { SAMPLE_IDS, SAMPLE_TRANSFER_KEY, UPLOADS } from './samples.ts'
import { makeStoredSnapshot } from '../../testing/snapshots.ts'

export type Operation = {
  operationId: string
  method: string
  path: string
  tags: string[]
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: JsonObject; example?: unknown }> }
  responses: Record<string, { 'x-codes'?: string[]; content?: Record<string, { schema: JsonObject; example?: unknown }> }>
  'x-codeSamples': Sample[]
}
export type Reference = { operations: Operation[]; schemas: JsonObject; servers: { url: string }[] }

/** A control plane that listens, with one of everything in it, and a directory where its reference's examples are run. */
export type Playground = {
  http: TestHttp
  url: string
  dir: string
  reference: Reference
  sample(operation: Operation, lang: Sample['lang']): string
  /** With another Node beside them, what a command line would have: our keys and tools. */
  run(command: string, args: string[]): Promise<{ code: number; out: string; err: string }>
  [Symbol.asyncDispose](): Promise<void>
}

export const isInstalled = (command: string): boolean => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export async function openPlayground(): Promise<Playground> {
  const database = await createTestDatabase()
  const http = await startTestHttp(database.url, {
    // There is no engine to be asked.
    checkServer: () => Promise.resolve({ memoryBytes: 16e9, memoryFreeBytes: 12e9 }),
  })
  await http.app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(http.app.server.address() as AddressInfo).port}`
  const dir = mkdtempSync(join(tmpdir(), 'zaptria-reference-'))
  const { ids, env, exported } = await fill(http, url)
  writeFileSync(join(dir, UPLOADS.postTenantsMedia.file), 'Pão francês: R$ 18,90/kg\n')
  writeFileSync(join(dir, UPLOADS.postTenantsBotSnapshotsImport.file), exported)
  // Where it is missing, the header that it fills is left out by curl.
  writeFileSync(join(dir, 'uuidgen'), '#!/bin/sh\ncat /proc/sys/kernel/random/uuid\n')
  chmodSync(join(dir, 'uuidgen'), 0o755)

  const inReal = (text: string): string =>
    Object.entries(SAMPLE_IDS)
      // A delivery's number is too short to be looked for alone.
      .map(([name, sample]) => ({ name, sample, before: name === 'delivery' ? '/' : '' }))
      .reduce((all, { name, sample, before }) => all.replaceAll(before + sample, before + (ids[name] ?? sample)), text)
      .replaceAll('dona@example.com', OPERATOR.email)
      // Unique among tenants.
      .replace(/(external_id\W+)7/, (_, before: string) => `${before}${uuidv7()}`)

  return {
    http,
    url,
    dir,
    reference: referenceOf(await (await fetch(`${url}/api/openapi.json`)).json()),
    sample: (operation, lang) => inReal(operation['x-codeSamples'].find((one) => one.lang === lang)!.source),
    run: (command, args) =>
      new Promise((resolve) => {
        const options = { cwd: dir, env: { ...env, PATH: `${dir}:${process.env['PATH']}` }, timeout: 30_000 }
        execFile(command, args, options, (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }))
      }),
    async [Symbol.asyncDispose]() {
      rmSync(dir, { recursive: true })
      await http[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

function referenceOf(document: unknown): Reference {
  const { paths, components, servers } = document as {
    paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>>
    components: { schemas: JsonObject }
    servers: { url: string }[]
  }
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ ...operation, path, method })),
  )
  return { operations, schemas: components.schemas, servers }
}

/** One of everything, and who may ask. */
async function fill(http: TestHttp, url: string): Promise<{ ids: Record<string, string>; env: NodeJS.ProcessEnv; exported: Buffer }> {
  const made = async <T>(path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method: 'POST',
      headers: { cookie: http.cookie, origin: url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`POST ${path} answers ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as T
  }
  type Made = { id: string }
  const { key } = await made<{ key: string }>('/api-keys', { name: 'examples' })
  const tenant = await made<Made & { bot_token: string }>('/tenants', { name: 'Padaria da Praça', subscription: 'paid' })
  const at = `/tenants/${tenant.id}`
  const message = await made<Made & { conversation_id: string }>(`${at}/messages`, { to: '5511912345678', body: 'Oi, Ana' })
  const webhook = await made<Made>(`${at}/webhooks`, { url: 'https://app.example.com/webhooks/first' })
  const flow = { format: 1, name: 'Oi', trigger: { type: 'any' }, start: 'oi', nodes: { oi: { type: 'text', text: 'Olá!' } } }
  const bot = await http.db.selectFrom('bots').select('id').executeTakeFirstOrThrow()
  const snapshot = await makeStoredSnapshot(http.db, { id: bot.id, tenantId: tenant.id }, http.vault)
  const exported = await fetch(`${url}/api/v1${at}/bot/snapshots/${snapshot}/export`, {
    method: 'POST',
    headers: { cookie: http.cookie, origin: url, 'content-type': 'application/json' },
    body: JSON.stringify({ transfer_key: SAMPLE_TRANSFER_KEY }),
  })
  const alert = await raiseAlert(http.db, {
    kind: 'bot_needs_scan',
    severity: 'warning',
    subject: bot.id,
    tenantId: tenant.id,
    detail: null,
  })
  // It takes no bots, so that it can be removed in the end.
  const server = uuidv7()
  await http.db
    .insertInto('servers')
    .values({ id: server, name: 'recife', driver: 'docker', address: 'unix:///x', trouble: 'away' })
    .execute()
  return {
    ids: {
      server,
      tenant: tenant.id,
      bot: bot.id,
      conversation: message.conversation_id,
      message: message.id,
      version: (await made<Made>(`${at}/flow/versions`, flow)).id,
      webhook: webhook.id,
      delivery: (await made<Made>(`${at}/webhooks/${webhook.id}/test`)).id,
      alert: alert.id,
      snapshot,
      reply: (await made<Made>(`${at}/quick-replies`, { shortcut: 'oi', body: 'Olá!' })).id,
      // Not the one in use: it is going to be revoked.
      key: (await made<Made>('/api-keys', { name: 'another' })).id,
    },
    exported: Buffer.from(await exported.arrayBuffer()),
    env: { ZAPTRIA_API_KEY: key, ZAPTRIA_BOT_TOKEN: tenant.bot_token, ZAPTRIA_COOKIE: http.cookie },
  }
}
