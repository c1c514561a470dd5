import type { FastifyBaseLogger } from 'fastify'
import type { Registry } from 'prom-client'
import { API_BASE, isLoopback } from '@zaptria/contract'
import type { MediaLimits } from '@zaptria/contract'
import type { Auth } from '../auth/auth.ts'
import type { Hints } from '../live/hints.ts'
import type { FileStore } from '../files/port.ts'
import type { Secrets } from '../secrets/index.ts'
import type { IngestQueue } from '../ingest/queue.ts'
import type { Db } from '../store/db.ts'
import { auditRoutes } from './audit.ts'
import { auditing } from './audited.ts'
import { alertRoutes } from './alerts.ts'
import { apiKeyRoutes } from './api-keys.ts'
import { createApp } from './app.ts'
import type { WebhookPolicy } from '../webhooks/address.ts'
import type { App } from './app.ts'
import { botRoutes } from './bot.ts'
import type { BotDriver } from './bot.ts'
import { isPage, serveDashboard } from './dashboard.ts'
import { guard } from './guard.ts'
import { botMediaRoutes } from './bot-media.ts'
import { botSnapshotRoutes } from './bot-snapshots.ts'
import { healthRoutes } from './health.ts'
import { conversationRoutes } from './conversations.ts'
import { flowRoutes } from './flow.ts'
import { liveRoutes } from './live.ts'
import { mediaRoutes } from './media.ts'
import { messageChangeRoutes } from './message-changes.ts'
import { messageRoutes } from './messages.ts'
import { measureRequests, metricsRoutes, requestHistogram } from './metrics.ts'
import { describeApi } from './openapi.ts'
import { overviewRoutes } from './overview.ts'
import { pairingRoutes } from './pairing.ts'
import { quickReplyRoutes } from './quick-replies.ts'
import { seedRoutes } from './seed.ts'
import { serverRoutes } from './servers.ts'
import type { CheckServer } from './servers.ts'
import { sessionRoutes } from './session.ts'
import { refuseUnstorable } from './storable.ts'
import { snapshotPruneRoutes } from './snapshot-prune.ts'
import { snapshotTransferRoutes } from './snapshot-transfer.ts'
import { snapshotRoutes } from './snapshots.ts'
import { removedTenantRoutes } from './removed-tenants.ts'
import { tenantRoutes } from './tenants.ts'
import { createThrottle } from './throttle.ts'
import type { Vault } from '../vault/index.ts'
import { timelineRoutes } from './timeline.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries.ts'
import { webhookRoutes } from './webhooks.ts'

export type HttpDeps = {
  db: Db
  hints: Hints
  secrets: Secrets
  auth: Auth
  driver: BotDriver
  checkServer: CheckServer
  media: FileStore
  vault: Vault
  /** So much of each tenant's stays in the vault. */
  vaultQuotaBytes: number | undefined
  mediaLimits: MediaLimits
  ingest: IngestQueue
  logger: FastifyBaseLogger
  registry: Registry
  /** How browsers reach this service: https, or plain http on a loopback address. */
  publicUrl: string | undefined
  dashboardDir: string | undefined
  webhookPolicy: WebhookPolicy
  /** Monotonic milliseconds, for the throttles. */
  now?: () => number
}

/** Two applications: `public` serves everything, `bots` the bots' routes alone. The caller listens, and attaches the link's upgrade to both. */
export async function createHttp(deps: HttpDeps): Promise<{ public: App; bots: App }> {
  const origin = deps.publicUrl === undefined ? undefined : publicOrigin(deps.publicUrl)
  const https = origin?.startsWith('https:') ?? false
  const now = deps.now ?? (() => performance.now())
  const throttles = {
    login: createThrottle({ burst: 5, everyMs: 12_000, now }),
    key: createThrottle({ burst: 60, everyMs: 1000 / 60, now }),
    bot: createThrottle({ burst: 50, everyMs: 20, now }),
    // A page that looks every other second, for a few people behind one address.
    pairingLook: createThrottle({ burst: 60, everyMs: 200, now }),
    // WhatsApp gives out few codes in a row.
    pairingAsk: createThrottle({ burst: 5, everyMs: 20_000, now }),
  }

  const site = await createApp({ logger: deps.logger, https, ...(deps.dashboardDir === undefined ? {} : { isPage }) })
  const histogram = requestHistogram(deps.registry)
  measureRequests(site, histogram)
  await describeApi(site, origin)
  healthRoutes(site, deps)
  metricsRoutes(site, deps)
  await site.register(
    async (plugin) => {
      const api = plugin as unknown as App
      guard(api, { ...deps, publicOrigin: origin, keyThrottle: throttles.key })
      auditing(api, deps)
      refuseUnstorable(api)
      sessionRoutes(api, { auth: deps.auth, loginThrottle: throttles.login })
      tenantRoutes(api, deps)
      removedTenantRoutes(api, deps)
      overviewRoutes(api, deps)
      botRoutes(api, deps)
      snapshotRoutes(api, deps)
      snapshotPruneRoutes(api, deps)
      snapshotTransferRoutes(api, deps)
      timelineRoutes(api, deps)
      pairingRoutes(api, { ...deps, publicOrigin: origin, lookThrottle: throttles.pairingLook, askThrottle: throttles.pairingAsk })
      conversationRoutes(api, deps)
      messageRoutes(api, deps)
      messageChangeRoutes(api, deps)
      mediaRoutes(api, deps)
      quickReplyRoutes(api, deps)
      flowRoutes(api, deps)
      alertRoutes(api, deps)
      apiKeyRoutes(api, deps)
      serverRoutes(api, deps)
      webhookRoutes(api, deps)
      webhookDeliveryRoutes(api, deps)
      auditRoutes(api, deps)
      liveRoutes(api, deps)
    },
    { prefix: API_BASE },
  )
  const seed = async (plugin: unknown): Promise<void> => seedRoutes(plugin as App, { ...deps, botThrottle: throttles.bot })
  const botMedia = async (plugin: unknown): Promise<void> => botMediaRoutes(plugin as App, deps)
  const botSnapshots = async (plugin: unknown): Promise<void> => botSnapshotRoutes(plugin as App, deps)
  await site.register(seed)
  await site.register(botMedia)
  await site.register(botSnapshots)

  if (deps.dashboardDir !== undefined) await serveDashboard(site, deps.dashboardDir)

  const bots = await createApp({ logger: deps.logger, https: false })
  measureRequests(bots, histogram)
  healthRoutes(bots, deps)
  await bots.register(seed)
  await bots.register(botMedia)
  await bots.register(botSnapshots)
  await Promise.all([site.ready(), bots.ready()])
  return { public: site, bots }
}

/** Throws when browsers would send passwords over an open network. */
export function publicOrigin(publicUrl: string): string {
  const { protocol, hostname, origin } = new URL(publicUrl)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname)))
    throw new Error(`The public address ${publicUrl} must be https; plain http is for loopback addresses.`)
  return origin
}
