import { PrunedSnapshots, SnapshotPrune, ZaptriaError } from '@zaptria/contract'
import { prunableSnapshots, pruneSnapshots } from '../due/vault-prune.ts'
import type { PrunedSnapshot } from '../due/vault-prune.ts'
import type { Db } from '../store/db.ts'
import { findTenant } from '../store/tenants-read.ts'
import type { Vault } from '../vault/index.ts'
import type { App } from './app.ts'

type PruneDeps = { db: Db; vault: Pick<Vault, 'deletePart'>; vaultQuotaBytes: number | undefined }

/** What the vault lets go of by itself every six hours, when people want it to. */
export function snapshotPruneRoutes(app: App, { db, vault, vaultQuotaBytes: quotaBytes }: PruneDeps): void {
  app.post(
    '/snapshots/prune',
    {
      config: { audit: { done: 'snapshot.prune' } },
      schema: {
        tags: ['snapshots'],
        summary: 'Prune the vault',
        description:
          'Lets go of what the retention would let go of by now, or of all but each bot’s newest `keep_last`; `dry_run` only says which. Never of the snapshot that a bot without its volume would be given, nor of one that people want a session to go back to.',
        body: SnapshotPrune,
        response: { 200: PrunedSnapshots },
      },
    },
    async (request) => {
      const { tenant, keep_last: keepLast, dry_run: dry } = request.body
      if (tenant !== undefined && (await findTenant(db, tenant)) === undefined) throw new ZaptriaError('tenant_not_found')
      const pruning = { now: new Date(), quotaBytes, tenantId: tenant, keepLast }
      if (dry) {
        request.audit.settled = true
        return prunedView(await prunableSnapshots(db, pruning), dry)
      }
      const { pruned, parts } = await pruneSnapshots(db, pruning)
      request.audit.tenantId = tenant ?? null
      request.audit.detail = { snapshots: pruned.map(({ id }) => id), ...(keepLast === undefined ? {} : { keep_last: keepLast }) }
      // What cannot be deleted now is when the vault is next looked through: no row names it any more.
      await Promise.allSettled(parts.map(({ tenant_id, sha256 }) => vault.deletePart(tenant_id, sha256)))
      return prunedView(pruned, dry)
    },
  )
}

const prunedView = (pruned: readonly PrunedSnapshot[], dry_run: boolean): PrunedSnapshots =>
  PrunedSnapshots.parse({
    dry_run,
    snapshots: pruned.map(({ bytes, asked_at, ...one }) => ({ ...one, asked_at: asked_at.toISOString(), size_bytes: bytes })),
    size_bytes: pruned.reduce((sum, { bytes }) => sum + bytes, 0),
  })
