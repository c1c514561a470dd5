import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LINK_PATH } from '@zaptria/contract'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { createAuth } from './auth/auth.ts'
import type { Config } from './config.ts'
import { readConfig } from './config.ts'
import { createHttp } from './http/server.ts'
import { attachLink } from './link/index.ts'
import { createHints } from './live/hints.ts'
import { createMetrics } from './metrics.ts'
import type { Driver } from './orchestrator/port.ts'
import { botEntry, createProcessDriver } from './orchestrator/process/index.ts'
import { holdLock } from './reconcile/hold.ts'
import { startReconcile } from './reconcile/index.ts'
import { specOf } from './reconcile/spec.ts'
import { createSecrets } from './secrets/index.ts'
import { loadOrMakeMasterKey } from './secrets/master-key.ts'
import { parseMasterKeys } from './secrets/seal.ts'
import { createBotDriver } from './start/bot-driver.ts'
import { migrateWhenThere } from './start/database.ts'
import { startWorkers } from './start/workers.ts'
import { ensureApiKey } from './store/bootstrap.ts'
import { createDatabase } from './store/db.ts'
import { takeOver } from './store/reconcile.ts'
import { ensureServer } from './store/servers.ts'

const LOCAL_SERVER = 'local'
const DEFAULT_OPERATOR = 'operator@localhost.localdomain'
/** A clean stop is over within 10 s; after that nobody waits. */
const STOP_MS = 9_500

export type ControlPlane = {
  url: string | null
  botsUrl: string
  linkUrl: string
  signInLink: () => Promise<string>
  close: () => Promise<void>
}

/** Wires the control plane and starts it: the only place that knows all its parts. */
export async function startControlPlane(config: Config, log: Logger): Promise<ControlPlane> {
  const stack = new AsyncDisposableStack()
  try {
    return await wire(config, log, stack)
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function wire(config: Config, log: Logger, stack: AsyncDisposableStack): Promise<ControlPlane> {
  const masterKeys = parseMasterKeys(config.masterKey ?? (await loadOrMakeMasterKey(config.dataDir)))
  await migrateWhenThere(config.databaseUrl, log)
  const metrics = createMetrics()
  const onError = (error: Error): void => log.warn({ err: error }, 'a database connection broke')
  const { db, close: closeDatabase } = createDatabase(config.databaseUrl, { onError })
  stack.defer(closeDatabase)
  const hints = createHints({ url: config.databaseUrl, onError })
  stack.defer(() => hints.close())
  await hints.start()
  const secrets = createSecrets({ db, masterKeys })
  const serverId = await ensureServer(db, LOCAL_SERVER, 'process')
  if (config.bootstrapApiKey !== undefined) await ensureApiKey(db, 'bootstrap', config.bootstrapApiKey)
  const auth = createAuth({ db, masterKey: masterKeys.current.key, secureCookies: config.public.url?.startsWith('https:') ?? false })
  await auth.ensureOperator({ email: config.operatorEmail ?? DEFAULT_OPERATOR })

  const works = config.role !== 'web'
  const drivers = new Map<string, Driver>()
  if (works) {
    const args = [...config.bot.nodeArgs, botEntry(config.bot.entry)]
    drivers.set(serverId, createProcessDriver({ dataDir: config.dataDir, command: process.execPath, args }))
  }

  const http = await createHttp({
    db,
    hints,
    secrets,
    auth,
    driver: createBotDriver(db, drivers),
    logger: log,
    registry: metrics.registry,
    publicUrl: config.public.url,
    dashboardDir: config.dashboardDir,
  })
  stack.defer(async () => void (await Promise.all([http.public.close(), http.bots.close()])))
  const links = attachLink([http.public.server, http.bots.server], {
    db,
    hints,
    log,
    metrics,
    secrets,
    replicaId: randomUUID(),
    maxStarting: config.maxStarting,
  })
  stack.defer(() => links.close())
  await http.bots.listen({ host: config.bots.host, port: config.bots.port })
  const botsUrl = addressOf(http.bots.server)
  const linkUrl = config.bots.linkUrl ?? `${botsUrl.replace(/^http/, 'ws')}${LINK_PATH}`

  if (works) {
    const stopAll = async (driver: Driver): Promise<void> => {
      for (const { name } of await driver.list()) await driver.stop(name)
    }
    const servers = [...drivers].map(([id, driver]) => {
      const lost = (): void => void stopAll(driver).catch((error: unknown) => log.error({ err: error }, 'bots could not be stopped'))
      const hold = holdLock({ url: config.databaseUrl, name: `server ${id}`, log, taken: () => takeOver(db, id), lost })
      stack.defer(() => hold.close())
      return { id, driver, mayAct: () => hold.held() }
    })
    // The bots end before the server is let go, so that another replica finds their volumes free.
    for (const driver of drivers.values()) stack.defer(() => driver.close())
    const reconcile = await startReconcile({
      db,
      hints,
      log,
      metrics,
      servers,
      specOf: async (bot) => specOf(bot, await secrets.botToken(bot.tenant_id, bot.token_version), linkUrl, config),
    })
    stack.defer(() => reconcile.close())
    const workers = startWorkers({ db, hints, secrets, log, metrics })
    stack.defer(() => workers.close())
  }

  let url: string | null = null
  if (config.role !== 'worker') {
    await http.public.listen({ host: config.public.host, port: config.public.port })
    url = addressOf(http.public.server)
  }
  const forPeople = config.public.url ?? url
  return {
    url,
    botsUrl,
    linkUrl,
    signInLink: () => auth.createSignInLink(forPeople ?? botsUrl),
    close: () => stack.disposeAsync(),
  }
}

function addressOf(server: Server): string {
  const { address, port, family } = server.address() as AddressInfo
  // What listens everywhere is dialled here.
  const host = address === '0.0.0.0' || address === '::' ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address
  return `http://${host}:${port}`
}

/** The program: environment in, exit code out. */
async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = pino({ level: config.logLevel, base: null })
  let controlPlane: ControlPlane | undefined
  let stopping = false
  const stop = async (why: string, code = 0): Promise<void> => {
    if (stopping) return
    stopping = true
    log.info({ why }, 'stopping')
    setTimeout(() => {
      log.error('the clean stop took too long')
      process.exit(1)
    }, STOP_MS).unref()
    await controlPlane?.close().catch((error: unknown) => log.error({ err: error }, 'the stop was not clean'))
    process.exit(code)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error) => {
      log.fatal({ err: error }, 'an error that nobody expected')
      void stop(event, 1)
    })
  }
  if (config.exitWithStdin) {
    process.stdin.on('end', () => void stop('standard input closed'))
    process.stdin.on('error', () => void stop('standard input closed'))
    process.stdin.resume()
  }
  try {
    controlPlane = await startControlPlane(config, log)
  } catch (error) {
    log.fatal({ err: error }, error instanceof Error ? error.message : String(error))
    process.exit(1)
  }
  log.info({ url: controlPlane.url, bots_url: controlPlane.botsUrl, link_url: controlPlane.linkUrl, role: config.role }, 'listening')
  if (config.printSignInLink) log.info({ url: await controlPlane.signInLink() }, 'sign_in_link')
}

if (import.meta.main) {
  try {
    await main()
  } catch (error) {
    // The settings: the only thing that can fail before there is a log.
    process.stdout.write(`${JSON.stringify({ level: 60, msg: error instanceof Error ? error.message : String(error) })}\n`)
    process.exit(2)
  }
}
