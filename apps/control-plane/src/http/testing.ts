import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { BotStats, LogLine } from '@zaptria/contract'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { readConfig } from '../config.ts'
import { createAuth } from '../auth/auth.ts'
import type { Auth } from '../auth/auth.ts'
import { createHints } from '../live/hints.ts'
import { createDirectoryStore } from '../files/directory/index.ts'
import { createSecrets } from '../secrets/index.ts'
import { parseMasterKeys } from '../secrets/seal.ts'
import { createVault } from '../vault/index.ts'
import type { Vault } from '../vault/index.ts'
import { createIngestQueue } from '../ingest/queue.ts'
import { createServerCheck } from '../start/server-check.ts'
import { createDatabase } from '../store/db.ts'
import type { Db } from '../store/db.ts'
import { uuidv7 } from '../uuid.ts'
import type { App } from './app.ts'
import { createHttp } from './server.ts'
import type { HttpDeps } from './server.ts'

export const OPERATOR = { email: 'operator@example.com', password: 'correct horse battery' }

export type Answer = { status: number; body: unknown; headers: Record<string, string | string[] | number | undefined> }
export type TestHttp = {
  app: App
  bots: App
  db: Db
  auth: Auth
  /** The signed-in operator's cookie header. */
  cookie: string
  /** As the operator, from the site's own page. */
  call(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  log: string[]
  /** Where files lie; those of the vault below `vault`. */
  mediaDir: string
  vault: Vault
  [Symbol.asyncDispose](): Promise<void>
}

/** The whole HTTP side on a migrated database, with a server row and an operator who is signed in. For tests. */
export async function startTestHttp(url: string, overrides: Partial<HttpDeps> = {}): Promise<TestHttp> {
  const database = createDatabase(url, { max: 8 })
  const { db } = database
  const masterKeys = parseMasterKeys(randomBytes(32).toString('base64'))
  const hints = createHints({ url })
  await hints.start()
  const log: string[] = []
  const logger = pino({ level: 'debug' }, { write: (line: string) => void log.push(line) })
  const auth = createAuth({ db, masterKey: masterKeys.current.key, secureCookies: false })
  await auth.ensureOperator(OPERATOR)
  await db.insertInto('servers').values({ id: uuidv7(), name: 'local', driver: 'process', embedded: true }).execute()
  const secrets = createSecrets({ db, masterKeys })
  const mediaDir = await mkdtemp(path.join(tmpdir(), 'zaptria-media-'))
  const vault = createVault({ files: createDirectoryStore(path.join(mediaDir, 'vault')), secrets })
  const { public: app, bots } = await createHttp({
    db,
    hints,
    auth,
    secrets,
    driver: {
      exposes: () => ['none', 'host'] as const,
      stats: async (): Promise<BotStats | null> => null,
      logs: async (): Promise<LogLine[]> => [],
    },
    checkServer: createServerCheck({
      config: readConfig({ DATABASE_URL: url, ZAPTRIA_DATA_DIR: path.join(mediaDir, 'data') }),
      log: logger,
    }),
    media: createDirectoryStore(mediaDir),
    vault,
    vaultQuotaBytes: undefined,
    mediaLimits: { document: 256 * 1024, other: 64 * 1024 },
    ingest: createIngestQueue({ db, hints }),
    logger,
    registry: new Registry(),
    publicUrl: undefined,
    dashboardDir: undefined,
    webhookPolicy: { allowed: [], http: true },
    ...overrides,
  })
  const signedIn = await auth.signIn(OPERATOR, new Headers())
  const cookie = signedIn.cookies.map((each) => each.split(';')[0]).join('; ')
  return {
    app,
    bots,
    db,
    auth,
    cookie,
    log,
    mediaDir,
    vault,
    async call(method, path, body, headers) {
      const answer = await app.inject({
        method,
        url: path,
        headers: { cookie, host: 'localhost', origin: 'http://localhost', ...headers },
        ...(body === undefined ? {} : { payload: body as object }),
      })
      const isJson = String(answer.headers['content-type']).includes('json')
      return { status: answer.statusCode, body: isJson ? JSON.parse(answer.body) : undefined, headers: answer.headers }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([app.close(), bots.close()])
      await hints.close()
      await database.close()
      await rm(mediaDir, { recursive: true, force: true })
    },
  }
}
