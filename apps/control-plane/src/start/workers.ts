import type { ServerPolicy } from '@zaptria/core'
import type { Logger } from 'pino'
import { createBackupPass } from '../due/backups.ts'
import type { BackupDeps } from '../due/backups.ts'
import { watchBeats } from '../due/beats.ts'
import { endChanges } from '../due/changes.ts'
import { watchDamaged } from '../due/damaged.ts'
import { eraseTenants } from '../due/erase/tenants.ts'
import { eraseVolumes } from '../due/erase/volumes.ts'
import { queueScheduled } from '../due/scheduled.ts'
import { wakeFlows } from '../due/flows.ts'
import { startLoop } from '../due/loop.ts'
import { pruneMedia } from '../due/media.ts'
import { expireMessages } from '../due/messages.ts'
import { watchNumbers } from '../due/numbers.ts'
import { proveNext, watchProofs } from '../due/proofs.ts'
import { prune } from '../due/prune.ts'
import { resumeBots } from '../due/resumes.ts'
import { watchServers } from '../due/servers.ts'
import { listenTo } from '../due/servers-listen.ts'
import { pruneVault } from '../due/vault.ts'
import { startSender } from '../due/send/index.ts'
import { startWebhooks } from '../due/webhooks/index.ts'
import { PER_ENDPOINT } from '../due/webhooks/take.ts'
import { measureWebhooks, pruneWebhooks } from '../due/webhooks/upkeep.ts'
import type { Hints } from '../live/hints.ts'
import type { FileStore } from '../files/port.ts'
import type { Metrics } from '../metrics.ts'
import type { Servers } from '../reconcile/servers.ts'
import type { Secrets } from '../secrets/index.ts'
import type { Db } from '../store/db.ts'
import { scheduleSnapshots, watchSnapshots } from '../due/snapshots.ts'
import { giveUpSnapshots } from '../store/snapshots.ts'
import type { Vault } from '../vault/index.ts'
import type { WebhookPolicy } from '../webhooks/address.ts'
import { tellOfLostServers } from './lost-servers.ts'
import { createWebhookAgent } from '../webhooks/connector.ts'

export type WorkerDeps = {
  db: Db
  hints: Hints
  secrets: Pick<Secrets, 'botToken' | 'openFor'>
  log: Logger
  metrics: Metrics
  media: FileStore
  /** Where the parts of snapshots lie. */
  vaultFiles: FileStore
  /** Of each tenant's snapshots. */
  vaultQuotaBytes: number | undefined
  /** Of stores whose files are not yet where they belong. */
  moveFiles: readonly (() => Promise<'done'>)[]
  /** Read by proofs, which run on these servers. */
  vault: Vault
  servers: Servers
  serverPolicy: ServerPolicy
  maxStarting: number
  browserSandbox: boolean
  /** Undefined: files are kept. */
  keepMediaDays: number | undefined
  webhookPolicy: WebhookPolicy
  backups: Pick<BackupDeps, 'databaseUrl' | 'archive' | 'tools' | 'hour'>
}

/** A bot's first snapshot is proven soon after it was taken. */
const PROOFS_EVERY_MS = 15_000

/** The due work that is not reconcile. Any number of replicas may run it. */
export function startWorkers(deps: WorkerDeps): { close(): Promise<void> } {
  const { db, log, metrics, media, vaultFiles, moveFiles, servers, keepMediaDays: keepDays } = deps
  const env = { ZAPTRIA_BROWSER_SANDBOX: deps.browserSandbox ? 'on' : 'off' }
  const common = { log, metrics }
  const ending = new AbortController()
  const backUp = createBackupPass({ ...deps, ...deps.backups, signal: ending.signal })
  const dispatcher = createWebhookAgent({ allowed: deps.webhookPolicy.allowed, perOrigin: PER_ENDPOINT })
  const proving = servers.subscribe(({ id, driver, mayAct }) => {
    const going = new AbortController()
    const closing = AbortSignal.any([ending.signal, going.signal])
    const loop = startLoop({
      name: 'prove snapshots',
      yielding: true,
      everyMs: PROOFS_EVERY_MS,
      pass: async () => (mayAct() ? proveNext({ ...deps, env, closing }, id, driver, new Date()) : 'done'),
      ...common,
    })
    return async () => {
      going.abort(new Error('the server goes'))
      await loop.close()
    }
  })
  const listening = servers.subscribe((server) => {
    const loop = listenTo(deps, server)
    return () => loop.close()
  })
  const erasing = servers.subscribe(({ id, driver, mayAct }) => {
    const pass = async (): Promise<'done'> => (mayAct() ? eraseVolumes(deps, id, driver) : 'done')
    const loop = startLoop({ name: 'erase volumes', everyMs: 5_000, pass, ...common })
    return () => loop.close()
  })
  const loops = [
    startLoop({ name: 'erase tenants', yielding: true, everyMs: 5_000, pass: () => eraseTenants(deps), ...common }),
    startLoop({ name: 'expire messages', yielding: true, everyMs: 2_000, pass: () => expireMessages(deps), ...common }),
    startLoop({ name: 'end changes', yielding: true, everyMs: 2_000, pass: () => endChanges(deps), ...common }),
    startLoop({ name: 'queue scheduled', everyMs: 500, pass: () => queueScheduled(deps), ...common }),
    startLoop({ name: 'resume bots', everyMs: 2_000, pass: () => resumeBots(deps), ...common }),
    startLoop({ name: 'wake flows', everyMs: 500, pass: () => wakeFlows(deps), ...common }),
    startLoop({ name: 'watch beats', everyMs: 15_000, pass: () => watchBeats(deps), ...common }),
    startLoop({ name: 'watch numbers', everyMs: 3_000, pass: () => watchNumbers(deps), ...common }),
    startLoop({ name: 'give up snapshots', everyMs: 5_000, pass: () => giveUpSnapshots(db), ...common }),
    startLoop({ name: 'schedule snapshots', everyMs: 15_000, pass: () => scheduleSnapshots({ db, now: new Date() }), ...common }),
    startLoop({ name: 'watch snapshots', everyMs: 60_000, pass: () => watchSnapshots({ ...deps, now: new Date() }), ...common }),
    startLoop({ name: 'watch damaged snapshots', everyMs: 15_000, pass: () => watchDamaged(deps), ...common }),
    startLoop({ name: 'watch proofs', everyMs: 60_000, pass: () => watchProofs({ ...deps, now: new Date() }), ...common }),
    startLoop({
      name: 'lost servers',
      everyMs: 15_000,
      pass: () =>
        tellOfLostServers(
          deps,
          servers.current().map(({ id }) => id),
        ),
      ...common,
    }),
    startLoop({ name: 'watch servers', everyMs: 1_000, pass: () => watchServers({ ...deps, policy: deps.serverPolicy }), ...common }),
    startLoop({ name: 'prune', everyMs: 10 * 60_000, pass: () => prune(db), ...common }),
    startLoop({ name: 'prune media', everyMs: 6 * 3600_000, pass: () => pruneMedia({ db, media, keepDays, now: new Date() }), ...common }),
    startLoop({
      name: 'prune vault',
      everyMs: 6 * 3600_000,
      pass: () => pruneVault({ db, files: vaultFiles, quotaBytes: deps.vaultQuotaBytes, now: new Date() }),
      ...common,
    }),
    startLoop({ name: 'back up', everyMs: 5 * 60_000, pass: () => backUp(new Date()), ...common }),
    ...moveFiles.map((pass) => startLoop({ name: 'move files', everyMs: 6 * 3600_000, pass, ...common })),
    startLoop({ name: 'prune webhooks', yielding: true, everyMs: 10 * 60_000, pass: () => pruneWebhooks(db), ...common }),
    startLoop({ name: 'measure webhooks', everyMs: 15_000, pass: () => measureWebhooks(db, metrics), ...common }),
    startSender(deps),
    startWebhooks({ ...deps, dispatcher }),
  ]
  return {
    async close() {
      ending.abort(new Error('the control plane stops'))
      await Promise.all([proving(), listening(), erasing(), ...loops.map((loop) => loop.close())])
      await dispatcher.destroy()
    },
  }
}
