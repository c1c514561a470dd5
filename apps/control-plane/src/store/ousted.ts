import { sql } from 'kysely'
import type { Db } from './db.ts'
import type { Row, Trx } from './tables.ts'

/** Before this a link is held and says nothing: its bot may still live. */
export const LIVES = sql<boolean>`(b.link_replica is not null and b.last_beat_at > now() - interval '60 s')`
const AT_ONCE = 50

export type BotToMove = { id: string; tenant_id: string }

/**
 * Bots that should run and do not, on servers that were given up, most valuable first: those that were connected, of them paying customers', of them
 * those with the most conversations of the last seven days.
 */
export async function botsToMove(db: Db): Promise<BotToMove[]> {
  const { rows } = await sql<BotToMove>`
    select b.id, b.tenant_id from servers s join bots b on b.server_id = s.id join tenants t on t.id = b.tenant_id
    cross join lateral (select count(*) as conversations from conversations c where c.tenant_id = b.tenant_id and c.listed_at > now() - interval '7 days') lively
    where s.state = 'given_up' and b.desired = 'running' and b.transport = 'link' and not ${LIVES}
    order by (b.state = 'connected') desc, (t.subscription = 'paid') desc, lively.conversations desc, b.id limit ${AT_ONCE}`.execute(db)
  return rows
}

/** It may still be where it was. Answers whether it had been granted the session there. */
export async function noteOusted(trx: Trx, bot: Pick<Row<'bots'>, 'id' | 'tenant_id' | 'server_id' | 'epoch' | 'moves'>): Promise<boolean> {
  const granted = await trx.selectFrom('grants').select('volume_id').where('bot_id', '=', bot.id).executeTakeFirst()
  const row = { volume_id: granted?.volume_id ?? null, epoch: bot.epoch, place: bot.moves }
  await trx
    .insertInto('ousted_bots')
    .values({ bot_id: bot.id, tenant_id: bot.tenant_id, server_id: bot.server_id, ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['bot_id', 'server_id'])
        .doUpdateSet({ ...row, ousted_at: sql<Date>`now()`, gone_at: null, said_at: null, drained_at: null, revived_at: null }),
    )
    .execute()
  return granted !== undefined
}

/**
 * Whether what asks was left behind where its bot was taken from. An instance says by its place which it is; of an older one the volume tells, when
 * it was known before the bot was moved.
 */
export async function isOusted(
  trx: Trx,
  bot: { id: string; moves: number },
  { place, volumeId }: { place?: number | undefined; volumeId: string },
): Promise<boolean> {
  if (place !== undefined) return place !== bot.moves
  if (bot.moves === 0) return false
  const { rows } = await sql<{ ousted: boolean }>`
    select exists (select from ousted_bots o where o.bot_id = ${bot.id} and (o.volume_id = ${volumeId}
      or exists (select from volumes v where v.id = ${volumeId} and v.first_seen_at < o.ousted_at))) as ousted`.execute(trx)
  return rows[0]?.ousted === true
}

/** Its link was heard. `drained`: what it holds is delivered, and its session is shut. */
export async function oustedSaid(
  db: Db,
  botId: string,
  { place, volumeId, drained }: { place: number | undefined; volumeId: string; drained: boolean },
): Promise<void> {
  await sql`
    update ousted_bots set said_at = now(), drained_at = case when ${drained} then coalesce(drained_at, now()) end
    where bot_id = ${botId} and gone_at is null and ${place === undefined ? sql`volume_id = ${volumeId}` : sql`place = ${place}`}`.execute(
    db,
  )
}

export type OustedInstance = Row<'ousted_bots'> & {
  container_name: string
  desired: Row<'bots'>['desired']
  /** Since its server was heard again, the instance started anew, or its link was heard. */
  wordless_ms: number
  /** For so long its server has been heard. */
  well_ms: number
}

/** What may still be on a server that is heard. */
export async function oustedThere(db: Db, serverId: string): Promise<OustedInstance[]> {
  const { rows } = await sql<OustedInstance>`
    select o.*, b.container_name, case when b.transport = 'link' then b.desired else 'removed' end as desired,
      extract(epoch from now() - greatest(s.well_since, o.ousted_at, o.said_at, o.revived_at))::float8 * 1000 as wordless_ms,
      extract(epoch from now() - greatest(s.well_since, o.ousted_at))::float8 * 1000 as well_ms
    from ousted_bots o join bots b on b.id = o.bot_id join servers s on s.id = o.server_id
    where o.server_id = ${serverId} and o.gone_at is null and s.well_since is not null order by o.ousted_at`.execute(db)
  return rows
}

export async function noteRevived(db: Db, { bot_id, server_id }: OustedInstance): Promise<void> {
  await db
    .updateTable('ousted_bots')
    .set({ revived_at: sql<Date>`now()` })
    .where('bot_id', '=', bot_id)
    .where('server_id', '=', server_id)
    .execute()
}

/** The driver confirmed that nothing of it runs there; its volume stays. What it says while it is being stopped is no reason to call it not drained. */
export async function noteGone(db: Db, { bot_id, server_id, place, drained_at }: OustedInstance): Promise<void> {
  await db
    .updateTable('ousted_bots')
    .set({ gone_at: sql<Date>`now()`, drained_at })
    .where('bot_id', '=', bot_id)
    .where('server_id', '=', server_id)
    .where('place', '=', place)
    .execute()
}
