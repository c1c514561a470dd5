import { GRANT_GUARD_MS, GRANT_TTL_MS } from '@zaptria/contract'
import { decideGrant } from '@zaptria/core'
import type { GrantHolder } from '@zaptria/core'
import { sql } from 'kysely'
import type { Db } from '../store/db.ts'
import { isOusted } from '../store/ousted.ts'
import type { Trx } from '../store/tables.ts'

export type GrantRequest = {
  botId: string
  tenantId: string
  volumeId: string
  /** The bot's process: another one than before opens the session anew, whatever is left of the grant. */
  bootId: string
  /** The session is open right now: it is renewed, never queued behind new ones. */
  sessionOpen: boolean
  /** Where the instance says that it is; undefined: it does not say. */
  place?: number | undefined
}
export type GrantAnswer =
  | { granted: true; epoch: number; ttlMs: number }
  | { granted: false; reason: 'held_elsewhere' | 'admission' | 'not_wanted'; retryAfterMs: number }

/** A bot that is neither open nor has got past `starting` after this long no longer counts as being started. */
const OPENING_MS = 60_000
const RETRY_MS = { admission: 2_000, notWanted: 60_000, heldAtLeast: 1_000, ousted: 5_000 }

/**
 * Rule 3: one volume per bot may hold the session, for 45 s at a time, on the database's clock. The same volume renews; another one gets a new
 * epoch only when the old grant ran out 15 s ago or was released because the driver confirmed its holder gone. New openings wait while the
 * server starts `maxStarting` others. What was left behind on a server that its bot was taken from is granted nothing, not even what it held.
 */
export function requestGrant({ db, maxStarting }: { db: Db; maxStarting: number }, request: GrantRequest): Promise<GrantAnswer> {
  return db.transaction().execute(async (trx) => {
    const bot = await trx
      .selectFrom('bots')
      .select(['id', 'desired', 'transport', 'epoch', 'moves', 'server_id', 'tenant_id'])
      .where('id', '=', request.botId)
      .forUpdate()
      .executeTakeFirst()
    // A foreign bot opens its session by itself; ours must not open the same one beside it.
    if (bot?.desired !== 'running' || bot.transport !== 'link')
      return { granted: false, reason: 'not_wanted', retryAfterMs: RETRY_MS.notWanted }
    const ousted = await isOusted(trx, bot, request)
    const held = await holder(trx, request.botId)
    const decision = decideGrant(held, { ...request, ousted }, bot.epoch, GRANT_GUARD_MS)
    if (!decision.granted) {
      const leastMs = ousted ? RETRY_MS.ousted : RETRY_MS.heldAtLeast
      return { granted: false, reason: 'held_elsewhere', retryAfterMs: Math.max(leastMs, Math.ceil(decision.waitMs)) }
    }
    const { epoch, opens } = decision
    if (opens && !(await admitted(trx, bot.server_id, request.botId, maxStarting))) {
      return { granted: false, reason: 'admission', retryAfterMs: RETRY_MS.admission }
    }
    await write(trx, request, epoch, opens)
    if (epoch !== bot.epoch) await trx.updateTable('bots').set({ epoch }).where('id', '=', request.botId).execute()
    return { granted: true, epoch, ttlMs: GRANT_TTL_MS }
  })
}

/**
 * The driver has confirmed that the container of this bot is gone: nobody can hold the session any more, so that the next volume need not wait
 * for the clock. Call it before anything is started again. What a volume holds that was left behind on another server is not this driver's to confirm.
 */
export async function releaseGrant(on: Db | Trx, botId: string): Promise<void> {
  await on
    .updateTable('grants')
    .set({
      expires_at: sql<Date>`least(expires_at, clock_timestamp() - make_interval(secs => ${GRANT_GUARD_MS / 1000}))`,
      session_open: false,
      opening_since: null,
    })
    .where('bot_id', '=', botId)
    .where(
      sql<boolean>`not exists (select from ousted_bots o where o.bot_id = grants.bot_id and o.volume_id = grants.volume_id and o.gone_at is null)`,
    )
    .execute()
}

/** What the same volume holds from here on is another session, or the same one as of another moment: nothing that was begun before is believed. */
export async function raiseEpoch(trx: Trx, botId: string): Promise<void> {
  await sql`
    with raised as (update bots set epoch = epoch + 1 where id = ${botId} returning id, epoch)
    update grants g set epoch = raised.epoch from raised where g.bot_id = raised.id`.execute(trx)
}

async function holder(trx: Trx, botId: string): Promise<GrantHolder | null> {
  const { rows } = await sql<GrantHolder>`
    select volume_id as "volumeId", epoch, boot_id as "bootId", extract(epoch from expires_at - clock_timestamp())::float8 * 1000 as "leftMs"
    from grants where bot_id = ${botId} for update`.execute(trx)
  return rows[0] ?? null
}

/** Counts the openings under way on the server. One at a time per server counts, so that two replicas do not both see the last free place. */
async function admitted(trx: Trx, serverId: string, botId: string, most: number): Promise<boolean> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`admission ${serverId}`}, 0))`.execute(trx)
  const { rows } = await sql<{ opening: number }>`
    select count(*)::int as opening from grants g join bots b on b.id = g.bot_id
    where b.server_id = ${serverId} and g.bot_id <> ${botId} and g.opening_since > clock_timestamp() - make_interval(secs => ${OPENING_MS / 1000})
      and g.expires_at > clock_timestamp()
      -- What has shown its QR, or connected, no longer needs the machine's whole attention.
      and not g.session_open and not (b.state <> 'starting' and b.state_at > g.opening_since)`.execute(trx)
  return (rows[0]?.opening ?? 0) < most
}

async function write(trx: Trx, request: GrantRequest, epoch: number, opens: boolean): Promise<void> {
  const expires = sql<Date>`clock_timestamp() + make_interval(secs => ${GRANT_TTL_MS / 1000})`
  await trx
    .insertInto('grants')
    .values({
      bot_id: request.botId,
      tenant_id: request.tenantId,
      epoch,
      volume_id: request.volumeId,
      expires_at: expires,
      session_open: request.sessionOpen,
      boot_id: request.bootId,
      opening_since: opens ? sql<Date>`clock_timestamp()` : null,
    })
    .onConflict((conflict) =>
      conflict.column('bot_id').doUpdateSet({
        epoch,
        volume_id: request.volumeId,
        expires_at: expires,
        session_open: request.sessionOpen,
        boot_id: request.bootId,
        ...(opens ? { opening_since: sql<Date>`clock_timestamp()` } : request.sessionOpen ? { opening_since: null } : {}),
      }),
    )
    .execute()
}
