import { SnapshotProof } from '@zaptria/contract'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Hints } from '../live/hints.ts'
import type { Metrics } from '../metrics.ts'
import { LIMITS } from '../orchestrator/limits.ts'
import type { Driver } from '../orchestrator/port.ts'
import type { Db } from '../store/db.ts'
import { dueProof, leaveProofPlace, proofFailed, snapshotProved, takeProofPlace, type DueProof } from '../store/proofs.ts'
import { IMPORTED_UNUSED, partsOf } from '../store/snapshots.ts'
import { withTenant } from '../store/with-tenant.ts'
import { noteDamaged } from '../vault/damaged.ts'
import type { Vault } from '../vault/index.ts'
import { tellFindings, type Finding } from './findings.ts'

const MOST_MS = 150_000
const UNPROVEN_HOURS = 48

export type ProofDeps = {
  db: Db
  vault: Pick<Vault, 'read' | 'hasPart'>
  /** Of the bots' environment, what is the same for all. */
  env: Readonly<Record<string, string>>
  log: Logger
  metrics: Pick<Metrics, 'proofs'>
  /** We are being stopped: what is under way is broken off, and nothing is said of it. */
  closing: AbortSignal
}

/**
 * Opens one bot's newest snapshot where nothing can be reached, and writes down what was found. `again`: there may be more to prove. Any number of replicas may
 * run it: a server proves one at a time.
 */
export async function proveNext(deps: ProofDeps, serverId: string, driver: Driver, now: Date): Promise<'again' | 'done'> {
  const { db } = deps
  // Most looks find nothing, and need not write.
  if ((await dueProof(db, serverId, now)) === null || !(await takeProofPlace(db, serverId))) return 'done'
  try {
    const due = await dueProof(db, serverId, now)
    if (due === null) return 'done'
    await proveOne(deps, driver, due)
    return 'again'
  } finally {
    await leaveProofPlace(db, serverId)
  }
}

async function proveOne({ db, vault, env, log, metrics, closing }: ProofDeps, driver: Driver, due: DueProof): Promise<void> {
  const { id, tenantId, botId, manifest } = due
  const parts = await withTenant(db, tenantId, (trx) => partsOf(trx, id))
  let unread: unknown = null
  const archive = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* vault.read(tenantId, id, parts)
    } catch (error) {
      unread = error
      throw error
    }
  }
  const json = Buffer.from(JSON.stringify(manifest))
  const files = [
    { name: 'manifest.json', sizeBytes: json.length, bytes: once(json) },
    { name: 'archive', sizeBytes: manifest.archive.size_bytes, bytes: archive() },
  ]
  try {
    const said = await driver.prove({ env, limits: LIMITS, files, signal: AbortSignal.any([closing, AbortSignal.timeout(MOST_MS)]) })
    const proof = SnapshotProof.parse(JSON.parse(said.trim().split('\n').at(-1) ?? ''))
    await snapshotProved(db, id, proof)
    metrics.proofs.inc({ outcome: proof.fault === null ? 'good' : 'bad' })
    log[proof.fault === null ? 'info' : 'error']({ snapshot: id, tenant: tenantId, ...proof }, 'a snapshot was opened and looked at')
  } catch (error) {
    if (closing.aborted) return
    const why = unread ?? error
    metrics.proofs.inc({ outcome: 'failed' })
    log.warn({ err: why, snapshot: id, tenant: tenantId }, 'a snapshot could not be looked at')
    await proofFailed(db, id, (why instanceof Error ? why.message : String(why)).slice(0, 1000))
    await noteDamaged({ db, vault }, { id: botId, tenantId }, id, unread)
  }
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes)
}

/** An alert for each bot whose newest snapshot was found wanting, or of which none has been proven for two days. */
export function watchProofs({ db, hints, now }: { db: Db; hints: Pick<Hints, 'changed'>; now: Date }): Promise<'done'> {
  return db.transaction().execute(async (trx): Promise<'done'> => {
    const { rows } = await sql<Finding>`
      with bots_now as (
        select b.id as bot_id, b.tenant_id, s.proof_fault, coalesce(s.proof_fault, s.proof_error) as detail,
          b.desired = 'running' and b.number is not null and (s.proof_fault is not null or coalesce(
            (select max(proved_at) from snapshots p where p.bot_id = b.id and p.proof_fault is null),
            (select min(stored_at) from snapshots p where p.bot_id = b.id and p.state = 'stored')
          ) < ${now}::timestamptz - make_interval(hours => ${UNPROVEN_HOURS})) as found
        from bots b left join lateral (
          select proof_fault, proof_error from snapshots s where s.bot_id = b.id and s.state = 'stored' and s.void_at is null
          order by ${IMPORTED_UNUSED}, asked_at desc, id desc limit 1
        ) s on true
      )
      select 'snapshot_unproven' as kind, 'warning' as severity, n.bot_id, n.tenant_id, coalesce(n.found, false) as found, n.detail
      from bots_now n left join alerts a on a.fingerprint = 'snapshot_unproven:' || n.bot_id and a.resolved_at is null
      where coalesce(n.found, false) <> (a.id is not null)`.execute(trx)
    await tellFindings(trx, hints, rows)
    return 'done'
  })
}
