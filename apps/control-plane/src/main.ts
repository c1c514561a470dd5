import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { LINK_PATH } from '@zaptria/contract'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { createAuth } from './auth/auth.ts'
import { createArchive } from './backups/archive.ts'
import { BACKUPS_FOLDER } from './backups/folder.ts'
import type { Config } from './config.ts'
import { readConfig } from './config.ts'
import { createHttp } from './http/server.ts'
import { createHandout, HANDOUTS_AT_ONCE } from './link/handout.ts'
import { attachLink } from './link/index.ts'
import { createHints } from './live/hints.ts'
import { createMetrics } from './metrics.ts'
import { startReconcile } from './reconcile/index.ts'
import { specOf } from './reconcile/spec.ts'
import { createSecrets } from './secrets/index.ts'
import { loadOrMakeMasterKey } from './secrets/master-key.ts'
import { parseMasterKeys } from './secrets/seal.ts'
import { createBotDriver } from './start/bot-driver.ts'
import { migrateWhenThere } from './start/database.ts'
import { addressOf, listenForBots } from './start/listen.ts'
import { openFiles, openVaultFiles } from './start/files.ts'
import { pgPlace } from './start/pg-place.ts'
import { tellOfLostServers } from './start/lost-servers.ts'
import { createLocalServer } from './start/server.ts'
import { createServerCheck } from './start/server-check.ts'
import { createServers } from './start/servers.ts'
import { startWorkers } from './start/workers.ts'
import { createVault } from './vault/index.ts'
import { createIngestQueue } from './ingest/queue.ts'
import { ensureApiKey } from './store/bootstrap.ts'
import { createDatabase } from './store/db.ts'
import { hasSnapshots } from './store/snapshots.ts'

const DEFAULT_OPERATOR = 'operator@localhost.localdomain'
/** A clean stop is over within 10 s; after that nobody waits. */
const STOP_MS = 9_500
/** So long a start waits for the bots' listener; then people are served without it, and it follows when it can. */
const BOTS_LISTENER_MS = 10_000

export type ControlPlane = {
  url: string | null
  botsUrl: string
  linkUrl: string
  /** The row of the server that these settings name: on all that is made there. */
  serverId: string
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

/** As many as ingest and the handout use at once, and no more: each has plans of its own, to be made anew whenever tables are analysed. */
const MESSAGE_CONNECTIONS = Math.min(4, availableParallelism()) + HANDOUTS_AT_ONCE

async function wire(config: Config, log: Logger, stack: AsyncDisposableStack): Promise<ControlPlane> {
  const masterKeys = parseMasterKeys(config.masterKey ?? (await loadOrMakeMasterKey(config.dataDir)))
  await migrateWhenThere(config.databaseUrl, log)
  const metrics = createMetrics()
  const onError = (error: Error): void => log.warn({ err: error }, 'a database connection broke')
  const { db, close: closeDatabase } = createDatabase(config.databaseUrl, { onError })
  stack.defer(closeDatabase)
  // Messages do not queue behind whatever else there is to do: looks at every bot, people's lists, deliveries.
  const messages = createDatabase(config.databaseUrl, { max: MESSAGE_CONNECTIONS, onError })
  stack.defer(messages.close)
  const hints = createHints({ url: config.databaseUrl, onError })
  stack.defer(() => hints.close())
  await hints.start()
  const secrets = createSecrets({ db, masterKeys })
  if (config.bootstrapApiKey !== undefined) await ensureApiKey(db, 'bootstrap', config.bootstrapApiKey)
  const auth = createAuth({ db, masterKey: masterKeys.current.key, secureCookies: config.public.url?.startsWith('https:') ?? false })
  await auth.ensureOperator({ email: config.operatorEmail ?? DEFAULT_OPERATOR })

  const works = config.role !== 'web'
  const server = await createLocalServer(db, config, log)
  const servers = createServers({
    db,
    databaseUrl: config.databaseUrl,
    hints,
    secrets,
    log,
    metrics,
    config,
    embedded: server,
    works,
  })
  const inDataDir = (name: string): string => path.join(config.dataDir, name)
  const media = await openFiles(
    config.media,
    { what: 'files of messages', setting: 'ZAPTRIA_MEDIA_DIR', defaultDir: inDataDir('media'), spoolDir: inDataDir('spool') },
    log,
  )
  stack.defer(media.close)
  const vaultFiles = await openVaultFiles(config, log, { isExpected: await hasSnapshots(db) })
  stack.defer(vaultFiles.close)
  const vault = createVault({ files: vaultFiles.files, secrets })
  const ingest = createIngestQueue({ db: messages.db, hints })
  const http = await createHttp({
    db,
    hints,
    secrets,
    auth,
    driver: createBotDriver(db, servers),
    checkServer: createServerCheck({ config, log }),
    media: media.files,
    mediaLimits: config.media.limits,
    vault,
    vaultQuotaBytes: config.vault.quotaBytes,
    ingest,
    logger: log,
    registry: metrics.registry,
    publicUrl: config.public.url,
    dashboardDir: config.dashboardDir,
    webhookPolicy: config.webhooks,
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
    ingest,
    handout: createHandout(messages.db),
    mediaLimits: config.media.limits,
  })
  stack.defer(() => links.close())
  const ending = new AbortController()
  stack.defer(() => ending.abort())
  const { host = server.listenHost, port } = config.bots
  const ensureHost = host === server.listenHost ? server.ensureListenHost : () => Promise.resolve()
  const listening = listenForBots({ app: http.bots, host, port, ensureHost, log, signal: ending.signal })
  const patient = delay(BOTS_LISTENER_MS, undefined, { ref: false, signal: ending.signal }).catch(() => {})
  await (port === 0 ? listening : Promise.race([listening, patient]))
  const botsUrl = http.bots.server.listening ? addressOf(http.bots.server) : `http://${host}:${port}`
  const linkUrl = config.bots.linkUrl ?? `${botsUrl.replace(/^http/, 'ws')}${LINK_PATH}`

  stack.defer(() => servers.close())
  await servers.start()
  if (works) {
    await tellOfLostServers(
      { db, hints, log },
      servers.current().map(({ id }) => id),
    )
    const reconcile = await startReconcile({
      db,
      hints,
      log,
      metrics,
      servers,
      maxStarting: config.maxStarting,
      specOf: async (bot) => {
        const token = await secrets.botToken(bot.tenant_id, bot.token_version)
        return specOf(bot, token, servers.linkUrlOf(bot.server_id) ?? linkUrl, config)
      },
    })
    stack.defer(() => reconcile.close())
    const workers = startWorkers({
      db,
      hints,
      secrets,
      log,
      metrics,
      media: media.files,
      vaultFiles: vaultFiles.files,
      vaultQuotaBytes: config.vault.quotaBytes,
      vault,
      servers,
      serverPolicy: config.servers,
      maxStarting: config.maxStarting,
      browserSandbox: config.bot.browserSandbox,
      moveFiles: [media, vaultFiles].flatMap(({ move }) => (move === undefined ? [] : [move])),
      keepMediaDays: config.media.keepDays,
      webhookPolicy: config.webhooks,
      backups: {
        databaseUrl: config.databaseUrl,
        archive: createArchive(vaultFiles.objects(BACKUPS_FOLDER), masterKeys),
        tools: pgPlace(config),
        hour: config.backups.hour,
      },
    })
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
    serverId: server.id,
    signInLink: () => auth.createSignInLink(forPeople ?? botsUrl),
    close: () => stack.disposeAsync(),
  }
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
  log.info(
    {
      url: controlPlane.url,
      bots_url: controlPlane.botsUrl,
      link_url: controlPlane.linkUrl,
      server_id: controlPlane.serverId,
      role: config.role,
    },
    'listening',
  )
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
