import type { DesiredState, InstanceState } from '@zaptria/contract'
import { sql } from 'kysely'
import { takeDue } from '../due/take.ts'
import type { Db } from './db.ts'
import type { Row } from './tables.ts'

export const LEASE_SECONDS = 60
export type ClaimedBot = Row<'bots'> & { now_ms: number }

/** Takes bots that are due on these servers. The lease keeps other replicas away while the driver works; it ends by itself should we die. */
export function claimBots(db: Db, serverIds: readonly string[], limit: number): Promise<ClaimedBot[]> {
  if (serverIds.length === 0 || limit === 0) return Promise.resolve([])
  return db.transaction().execute(async (trx) => {
    const due = await takeDue(trx, {
      table: 'bots',
      due: 'due_at',
      // A foreign bot has no instance; but one that was ours before may still have the one that we started.
      where: sql`(transport = 'link' or started_at is not null) and server_id = any(${serverIds}::uuid[]) and (lease_until is null or lease_until <= now())`,
      limit,
    })
    if (due.length === 0) return []
    const lease = sql<Date>`now() + make_interval(secs => ${LEASE_SECONDS})`
    return trx
      .updateTable('bots')
      .set({ lease_until: lease, due_at: lease })
      .where('id', 'in', due)
      .returningAll()
      .returning(sql<number>`extract(epoch from now())::float8 * 1000`.as('now_ms'))
      .execute()
  })
}

/** Gives a bot back; the next look is then, or sooner when somebody asked for it meanwhile. */
export async function releaseBot(db: Db, botId: string, lookAgainMs: number): Promise<void> {
  await db
    .updateTable('bots')
    .set({ lease_until: null, due_at: sql<Date>`least(due_at, now() + make_interval(secs => ${lookAgainMs / 1000}))` })
    .where('id', '=', botId)
    .execute()
}

export type InstanceSeen = { state: InstanceState; generation: number | null; detail: string | null; restarts: number; url: string | null }

/**
 * Writes what the driver of this server says, when it is news. Answers with the row, whose `instance_at` says since when; null: the bot is on another
 * server by now, of which it says nothing.
 */
export async function noteInstance(
  db: Db,
  botId: string,
  serverId: string,
  seen: InstanceSeen,
): Promise<{ row: Row<'bots'>; changed: boolean } | null> {
  const changed = await db
    .updateTable('bots')
    .set({
      instance_state: seen.state,
      instance_generation: seen.generation,
      instance_detail: seen.detail,
      instance_restarts: seen.restarts,
      // A foreign bot’s address is its owner’s word, not the driver’s.
      public_url: sql<string | null>`case when transport = 'link' then ${seen.url} else public_url end`,
      instance_at: sql<Date>`now()`,
      version: sql`version + 1`,
    })
    .where('id', '=', botId)
    .where('server_id', '=', serverId)
    .where(
      sql<boolean>`((instance_state, instance_generation, instance_detail, instance_restarts)
        is distinct from (${seen.state}, ${seen.generation}::int, ${seen.detail}, ${seen.restarts}::int)
        or (transport = 'link' and public_url is distinct from ${seen.url}) or instance_at is null)`,
    )
    .returningAll()
    .executeTakeFirst()
  if (changed !== undefined) return { row: changed, changed: true }
  const row = await db.selectFrom('bots').selectAll().where('id', '=', botId).executeTakeFirstOrThrow()
  return row.server_id === serverId ? { row, changed: false } : null
}

/** Before something is started: should we die in between, the attempt still counts. */
export async function noteStart(db: Db, botId: string): Promise<void> {
  await db
    .updateTable('bots')
    .set({ attempts: sql`attempts + 1`, started_at: sql<Date>`now()` })
    .where('id', '=', botId)
    .execute()
}

/** The platform started it again by itself: it has to settle anew. */
export async function noteRestarted(db: Db, botId: string): Promise<void> {
  await db
    .updateTable('bots')
    .set({ started_at: sql<Date>`now()` })
    .where('id', '=', botId)
    .execute()
}

/** `dialled_in`: has its link. `said_more`: and a state of its own, so that its session is open again, or waits for a person. */
const PLACE_IS_FREE = {
  dialled_in: sql<boolean>`o.link_replica is not null and o.last_beat_at >= o.started_at`,
  said_more: sql<boolean>`o.link_replica is not null and o.state_at >= o.started_at and o.state <> 'starting'`,
}

/**
 * Takes one of the `most` places of a server for bots that are being started; false when none is free. A place is free again when its bot has come so
 * far, or after two minutes. The caller asks for one bot of a server at a time.
 */
export async function takeStartingPlace(
  db: Db,
  bot: { id: string; server_id: string },
  { most, until }: { most: number; until: keyof typeof PLACE_IS_FREE },
): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    update bots set started_at = now() where id = ${bot.id} and ${most}::int > (
      select count(*) from bots o
      where o.server_id = ${bot.server_id} and o.id <> ${bot.id} and o.desired = 'running' and o.transport = 'link'
        and o.started_at > now() - interval '2 minutes' and not coalesce(${PLACE_IS_FREE[until]}, false))
    returning id`.execute(db)
  return rows.length > 0
}

export async function noteSettled(db: Db, botId: string): Promise<void> {
  await db.updateTable('bots').set({ attempts: 0 }).where('id', '=', botId).where('attempts', '>', 0).execute()
}

/** What people want of it on this server by now: a pass that waited for a driver must not act on an old wish. */
export async function desiredOf(db: Db, { id, server_id }: Pick<Row<'bots'>, 'id' | 'server_id'>): Promise<DesiredState | null> {
  const row = await db
    .selectFrom('bots')
    .select(['desired', 'transport'])
    .where('id', '=', id)
    .where('server_id', '=', server_id)
    .executeTakeFirst()
  return row === undefined ? null : desiredHere(row)
}

/** What we are to run of it: of a foreign bot nothing, whatever is wanted of the bot itself. */
export const desiredHere = ({ desired, transport }: Pick<Row<'bots'>, 'desired' | 'transport'>): DesiredState =>
  transport === 'http' ? 'removed' : desired

/** A driver heard something about an instance: look now. */
export async function dueNow(db: Db, containerName: string): Promise<void> {
  await db
    .updateTable('bots')
    .set({ due_at: sql<Date>`now()` })
    .where('container_name', '=', containerName)
    .execute()
}

/** A server has come to us anew: whoever looked after its bots is gone, leases and all. Look at each now. */
export async function takeOver(db: Db, serverId: string): Promise<void> {
  await db
    .updateTable('bots')
    .set({ due_at: sql<Date>`now()`, lease_until: null })
    .where('server_id', '=', serverId)
    .execute()
}

/** Of these names on a server, those that no row owns there: neither a bot that is on it, nor one that was taken from it and may still be there. */
export async function unowned(db: Db, serverId: string, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  const { rows } = await sql<{ container_name: string }>`
    select container_name from bots b where container_name = any(${names}::text[])
      and (server_id = ${serverId} or exists (select from ousted_bots o where o.bot_id = b.id and o.server_id = ${serverId} and o.gone_at is null))`.execute(
    db,
  )
  const owned = new Set(rows.map((row) => row.container_name))
  return names.filter((name) => !owned.has(name))
}
