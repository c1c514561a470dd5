import { randomUUID } from 'node:crypto'
import { PageQuery, page, type BotState, Snapshot, SnapshotCheck, ZaptriaError } from '@zaptria/contract'
import { sql } from 'kysely'
import { z } from 'zod'
import { FileAwayError } from '../files/port.ts'
import { raiseEpoch } from '../grants/index.ts'
import { changeBot, lockBot } from '../store/bots.ts'
import { askSnapshot, findSnapshot, listSnapshots, partsOf, snapshotVerified } from '../store/snapshots.ts'
import type { ListedSnapshot } from '../store/snapshots.ts'
import type { Db } from '../store/db.ts'
import { withTenant } from '../store/with-tenant.ts'
import { uuidv7 } from '../uuid.ts'
import { noteDamaged } from '../vault/damaged.ts'
import { verifyArchive } from '../vault/verify.ts'
import type { Vault } from '../vault/index.ts'
import type { App } from './app.ts'
import { changingInTenant } from './audited.ts'
import { decodeCursor, pageOf } from './cursor.ts'
import { inTenant } from './in-tenant.ts'
import { TenantParams } from './tenants.ts'

export const SnapshotParams = TenantParams.extend({ snapshot: z.uuid() })

/** States in which there is a session to be copied, now or in a moment. */
const LINKED: ReadonlySet<BotState> = new Set(['syncing', 'connected', 'reconnecting', 'conflict'])

/** Copies of a bot's session: to be asked for, listed, and read to their last byte. */
export function snapshotRoutes(app: App, { db, vault }: { db: Db; vault: Vault }): void {
  const tags = ['snapshots']

  app.post(
    '/tenants/:tenant/bot/snapshots',
    {
      config: { audit: { done: 'snapshot.ask' } },
      schema: {
        tags,
        summary: 'Take a snapshot of the session',
        description:
          'The bot copies its session and brings the copy; nothing is handled for less than a second. What becomes of it is in `state`, a while later: this answers at once. One that is under way is answered.',
        params: TenantParams,
        response: { 202: Snapshot },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params
      const row = await changingInTenant(db, request, tenant, async (trx) => {
        const bot = await lockBot(trx, tenant)
        if (bot === undefined) throw new ZaptriaError('bot_not_found')
        if (bot.transport === 'http') throw new ZaptriaError('conflict', { detail: 'This bot is not run here (transport "http").' })
        if (bot.desired !== 'running') throw new ZaptriaError('bot_not_running')
        if (!LINKED.has(bot.state)) throw new ZaptriaError('bot_not_connected')
        const asked = await askSnapshot(trx, bot, { id: uuidv7(), cause: 'asked' })
        request.audit.detail = { snapshot: asked.id }
        return asked
      })
      return reply.code(202).send(snapshotView(row))
    },
  )

  app.get(
    '/tenants/:tenant/bot/snapshots',
    {
      schema: {
        tags,
        summary: 'List snapshots, newest first',
        params: TenantParams,
        querystring: PageQuery,
        response: { 200: page(Snapshot) },
      },
    },
    async ({ params, query: { cursor, limit } }) => {
      const at = decodeCursor(cursor, [z.iso.datetime(), z.uuid()])
      const before: [Date, string] | undefined = at === undefined ? undefined : [new Date(at[0]), at[1]]
      const rows = await inTenant(db, params.tenant, (trx) => listSnapshots(trx, { before, limit: limit + 1 }))
      return pageOf(rows, limit, snapshotView, (row) => [row.asked_at.toISOString(), row.id])
    },
  )

  app.post(
    '/tenants/:tenant/bot/snapshots/:snapshot/restore',
    {
      config: { audit: { done: 'snapshot.restore' } },
      schema: {
        tags,
        summary: 'Go back to a snapshot',
        description:
          'The bot is restarted, and opens its session as it was then; the one that it has stays beside it until the next snapshot is stored. For a session that does not work any more: what WhatsApp has agreed with it since is gone, so that it may have to be linked again. When it cannot be fetched within an hour it stays as it is (`restore_failed_at`). Messages are not lost: they are read from the phone.',
        params: SnapshotParams,
        response: { 202: Snapshot },
      },
    },
    async (request, reply) => {
      const { tenant, snapshot: id } = request.params
      // Before the bot is restarted for nothing: with the vault away this says so.
      const [first] = await inTenant(db, tenant, (trx) => partsOf(trx, id))
      const there = first !== undefined && (await vault.hasPart(tenant, first.sha256))
      const row = await changingInTenant(db, request, tenant, async (trx) => {
        const bot = await lockBot(trx, tenant)
        if (bot === undefined) throw new ZaptriaError('bot_not_found')
        const found = await findSnapshot(trx, id)
        if (found?.bot_id !== bot.id) throw new ZaptriaError('snapshot_not_found')
        if (found.state !== 'stored')
          throw new ZaptriaError('conflict', { detail: `The snapshot is ${found.state}: no session can be opened from it.` })
        if (found.void_at !== null)
          throw new ZaptriaError('conflict', { detail: `No session can be opened from this snapshot any more: ${found.void_reason}.` })
        if (bot.desired !== 'running') throw new ZaptriaError('bot_not_running')
        if (!there)
          throw new ZaptriaError('conflict', { detail: 'The snapshot’s bytes are not in the vault: verify it, or put its file back.' })
        await raiseEpoch(trx, bot.id)
        await changeBot(trx, bot.id, {
          restore_from: id,
          restore_wish: randomUUID(),
          // By the clock that it is measured with.
          restore_asked_at: sql<Date>`now()` as never,
          generation: bot.generation + 1,
        })
        request.audit.detail = { snapshot: id }
        return found
      })
      return reply.code(202).send(snapshotView(row))
    },
  )

  app.post(
    '/tenants/:tenant/bot/snapshots/:snapshot/verify',
    {
      config: { audit: { done: 'snapshot.verify' } },
      schema: {
        tags,
        summary: 'Verify a snapshot',
        description:
          'Reads every byte of it out of the vault, opens the seal, and compares it with what the bot packed. One that turns out to be damaged is not used any more (`void_at`), until it is found whole.',
        params: SnapshotParams,
        response: { 200: SnapshotCheck },
      },
    },
    async (request) => {
      const { tenant, snapshot: id } = request.params
      const { row, parts } = await inTenant(db, tenant, async (trx) => ({
        row: await findSnapshot(trx, id),
        parts: await partsOf(trx, id),
      }))
      if (row === undefined) throw new ZaptriaError('snapshot_not_found')
      if (row.state !== 'stored' || row.manifest === null)
        throw new ZaptriaError('conflict', { detail: `The snapshot is ${row.state}: there is nothing to verify.` })
      const found = await verifyArchive(vault.read(tenant, id, parts), row.manifest.archive).catch((error: unknown) => {
        if (error instanceof FileAwayError || !(error instanceof Error)) throw error
        return error
      })
      const fault = found?.message ?? null
      // What is known to be damaged must not wait for a restore to be found so.
      if (found === null) await withTenant(db, tenant, (trx) => snapshotVerified(trx, id))
      else await noteDamaged({ db, vault }, { id: row.bot_id, tenantId: tenant }, id, found)
      request.audit.detail = { snapshot: id, ok: fault === null }
      return { ok: fault === null, fault }
    },
  )
}

export const snapshotView = (row: ListedSnapshot): Snapshot => ({
  id: row.id,
  cause: row.cause,
  state: row.state,
  asked_at: row.asked_at.toISOString(),
  taken_at: (row.taken_at ?? row.asked_at).toISOString(),
  stored_at: row.stored_at?.toISOString() ?? null,
  size_bytes: row.size_bytes === null ? null : Number(row.size_bytes),
  number: row.manifest?.number ?? null,
  epoch: row.epoch,
  held_ms: row.manifest?.held_ms ?? null,
  failure: row.failure,
  verified_at: row.verified_at?.toISOString() ?? null,
  restored_at: row.restored_at?.toISOString() ?? null,
  void_at: row.void_at?.toISOString() ?? null,
  void_reason: row.void_reason,
  proved_at: row.proved_at?.toISOString() ?? null,
  proof_ms: row.proof_ms,
  proof_fault: row.proof_fault,
  proof_error: row.proof_error,
  restore_failed_at: row.restore_failed_at?.toISOString() ?? null,
})
